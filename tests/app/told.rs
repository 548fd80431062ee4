//! What is told of an app, as lines.

use std::{
    sync::{Condvar, Mutex, MutexGuard},
    time::Duration,
};

use nojit::event::{Call, End, Event, Observer, Request};

/// All that was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

impl Told {
    /// All that was told since this was last asked.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines())
    }

    /// All that was told of one kind since this was last asked, of which lines are the first word.
    pub(super) fn take_of(&self, kind: &str) -> Vec<String> {
        let lines = self.take();
        lines.into_iter().filter_map(|line| Some(line.strip_prefix(kind)?.trim_start().to_owned())).collect()
    }

    /// Waits until a line was told, where time is real.
    pub(super) fn wait_for(&self, line: &str) {
        let is_missing = |lines: &mut Vec<String>| !lines.iter().any(|told| told == line);
        let waited = self.more.wait_timeout_while(self.lines(), Duration::from_secs(20), is_missing);
        let (lines, waited) = waited.expect("nobody panics with it");
        assert!(!waited.timed_out(), "{line} is missing: {lines:?}");
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.lines.lock().expect("nobody panics with it")
    }
}

impl Observer for Told {
    fn observe(&self, event: &Event<'_>) {
        let line = match event {
            Event::Line(line) => {
                let call = line.call.map_or_else(|| "-".to_owned(), |call| call.to_string());
                format!("line {} {call} {} {:?}", line.function, line.output.name(), line.text)
            }
            Event::Call(Call { function, call, end, .. }) => match end {
                End::Value => format!("call {function} {call} value"),
                End::GuestError => format!("call {function} {call} err"),
                End::Dropped => format!("call {function} {call} dropped"),
                End::Failed(error) => format!("call {function} {call} {:?}: {}", error.kind(), error.message()),
            },
            Event::BadResponse(bad) => format!("bad {} {} {}", bad.function, bad.call, bad.why),
            Event::Request(Request { service, endpoint, call, record }) => {
                let status = record.status.map_or(0, |status| status.as_u16());
                let end = if record.is_complete { "whole" } else { "cut" };
                let (endpoint, call) = (endpoint.unwrap_or("-"), call.map_or(0, |call| call.number));
                let (method, uri, len) = (&record.method, &record.uri, record.body_bytes);
                format!("request {service} {endpoint} {call} {method} {uri} {status} {len} {end}")
            }
            _ => format!("other {event:?}"),
        };
        self.lines().push(line);
        self.more.notify_all();
    }
}
