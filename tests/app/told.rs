//! What is told of an app, as lines.

use std::sync::{Mutex, MutexGuard};

use nojit::event::{Call, End, Event, Observer, Request};

/// All that was told.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<Vec<String>>);

impl Told {
    /// All that was told since this was last asked.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines())
    }

    /// All that was told of one kind since this was last asked, of which lines are the first word.
    pub(crate) fn take_of(&self, kind: &str) -> Vec<String> {
        let lines = self.take();
        lines.into_iter().filter_map(|line| Some(line.strip_prefix(kind)?.trim_start().to_owned())).collect()
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().expect("nobody panics with it")
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
    }
}
