//! The log of an app: lines on standard error, for people or as JSON.

use std::time::{Duration, UNIX_EPOCH};

use nojit_shims::{
    host::{Clock, system::SystemClock},
    http::server::Record,
};
use serde_json::{Map, Value, json};

use super::terminal;
use crate::{
    Kind,
    event::{CallId, End, Event, Observer},
    registry::LogFormat,
};

/// Writes what happens to standard error: what guests write, calls that fail, and requests.
pub(super) struct Log {
    format: LogFormat,
    clock: SystemClock,
}

/// A line of the log before it has a form.
struct Entry {
    level: &'static str,
    event: &'static str,
    function: Option<String>,
    call: Option<CallId>,
    /// Without the function and the call.
    text: String,
    /// What JSON has besides.
    more: Map<String, Value>,
}

impl Log {
    pub(super) fn new(format: LogFormat) -> Self {
        Log { format, clock: SystemClock::new() }
    }

    /// Writes a line that is no event.
    pub(super) fn say(&self, event: &'static str, text: impl Into<String>, more: Map<String, Value>) {
        self.write(Entry { level: "info", event, function: None, call: None, text: text.into(), more });
    }

    fn write(&self, entry: Entry) {
        let Entry { level, event, function, call, text, more } = entry;
        let now = self.clock.wall();
        let now = UNIX_EPOCH + Duration::new(now.seconds, now.nanoseconds);
        let time = humantime::format_rfc3339_millis(now).to_string();
        let line = match self.format {
            LogFormat::Text => {
                let who = [function, call.map(|call| call.to_string())];
                let who: String = who.into_iter().flatten().map(|word| format!("{word} ")).collect();
                format!("{time} {level:<5} {who}{text}")
            }
            LogFormat::Json => {
                let mut line = Map::new();
                line.insert("time".to_owned(), time.into());
                line.insert("level".to_owned(), level.into());
                line.insert("event".to_owned(), event.into());
                line.extend(function.map(|function| ("function".to_owned(), function.into())));
                line.extend(call.map(|call| ("call".to_owned(), call.to_string().into())));
                line.extend(more);
                Value::Object(line).to_string()
            }
        };
        terminal::remark(&line);
    }
}

impl Observer for Log {
    fn observe(&self, event: &Event<'_>) {
        if let Some(entry) = entry(event) {
            self.write(entry);
        }
    }
}

/// What the log says of an event, if anything.
fn entry(event: &Event<'_>) -> Option<Entry> {
    Some(match event {
        Event::Line(line) => Entry {
            level: "info",
            event: "line",
            function: Some(line.function.to_owned()),
            call: line.call,
            text: format!("{}: {}", line.output.name(), line.text),
            more: fields(json!({"output": line.output.name(), "text": line.text})),
        },
        Event::Call(call) => {
            let End::Failed(error) = call.end else { return None };
            let is_callers = error.kind() == Kind::Invalid;
            Entry {
                level: if is_callers { "warn" } else { "error" },
                event: "failed",
                function: Some(call.function.to_owned()),
                call: Some(call.call),
                text: format!("failed: {error}"),
                more: fields(json!({
                    "kind": format!("{:?}", error.kind()),
                    "error": error.to_string(),
                    "queued_ms": ms(call.queued),
                    "took_ms": call.took.map(ms),
                    "fuel": call.fuel,
                })),
            }
        }
        Event::BadResponse(bad) => Entry {
            level: "error",
            event: "bad_response",
            function: Some(bad.function.to_owned()),
            call: Some(bad.call),
            text: format!("returned no response: {}", bad.why),
            more: fields(json!({"error": bad.why})),
        },
        Event::Request(request) => {
            let record = request.record;
            let endpoint = request.endpoint.unwrap_or("-");
            Entry {
                level: "info",
                event: "request",
                function: None,
                call: request.call,
                text: format!("{} {endpoint} {}", request.service, access(record)),
                more: fields(json!({
                    "service": request.service,
                    "endpoint": request.endpoint,
                    "remote": record.remote.map(|remote| remote.to_string()),
                    "method": record.method.as_str(),
                    "uri": record.uri.to_string(),
                    "status": record.status.map(|status| status.as_u16()),
                    "body_bytes": record.body_bytes,
                    "is_complete": record.is_complete,
                    "took_ms": ms(record.took),
                })),
            }
        }
    })
}

/// A request and its response in a line.
pub(super) fn access(record: &Record) -> String {
    let Record { remote, method, uri, status, body_bytes, is_complete, took } = record;
    let remote = remote.map_or_else(|| "-".to_owned(), |remote| remote.to_string());
    let status = status.map_or_else(|| "-".to_owned(), |status| status.as_str().to_owned());
    let cut = if *is_complete { "" } else { " cut" };
    format!("{remote} {method} {uri} {status} {body_bytes}B {:.1}ms{cut}", ms(*took))
}

fn ms(time: Duration) -> f64 {
    // To the microsecond.
    (time.as_secs_f64() * 1e6).round() / 1e3
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
