//! The log of an app: lines on standard error, for people or as JSON. Knows no app.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    time::{Duration, UNIX_EPOCH},
};

use http::StatusCode;
use nojit_shims::{
    clocks::wall_clock::Datetime,
    host::{Clock, system::SystemClock},
    http::server::Record,
    sockets::ErrorCode,
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

/// A line of the log.
struct Entry<'a> {
    level: &'static str,
    event: &'static str,
    function: Option<&'a str>,
    call: Option<CallId>,
    content: Content,
}

/// What a line says besides the function and the call.
enum Content {
    /// To a person.
    Text(String),
    /// As fields of JSON.
    Fields(Map<String, Value>),
}

impl Content {
    /// In one form; the other is not made.
    fn new(format: LogFormat, text: impl FnOnce() -> String, fields: impl FnOnce() -> Value) -> Content {
        match format {
            LogFormat::Text => Content::Text(text()),
            LogFormat::Json => match fields() {
                Value::Object(fields) => Content::Fields(fields),
                _ => Content::Fields(Map::new()),
            },
        }
    }
}

impl Log {
    pub(super) fn new(format: LogFormat) -> Self {
        Log { format, clock: SystemClock::new() }
    }

    /// Writes a line that is no event.
    pub(super) fn say(&self, event: &'static str, text: impl Into<String>, more: Value) {
        let content = Content::new(self.format, || text.into(), || more);
        self.write(Entry { level: "info", event, function: None, call: None, content });
    }

    fn write(&self, entry: Entry<'_>) {
        terminal::remark(&entry.line(self.clock.wall()));
    }
}

impl Entry<'_> {
    /// It as one line, without control characters: guests and clients choose parts of it.
    fn line(self, now: Datetime) -> String {
        let Entry { level, event, function, call, content } = self;
        let now = UNIX_EPOCH + Duration::new(now.seconds, now.nanoseconds);
        let time = humantime::format_rfc3339_millis(now);
        match content {
            Content::Text(text) => {
                let mut line = format!("{time} {level:<5} ");
                line.extend(function.into_iter().flat_map(|function| [function, " "]));
                line.extend(call.map(|call| format!("{call} ")));
                line.push_str(&text);
                match terminal::visible(&line) {
                    Cow::Borrowed(plain) if !plain.contains('\n') => line,
                    visible => visible.replace('\n', "\\n"),
                }
            }
            Content::Fields(fields) => {
                let mut line = Map::new();
                line.insert("time".to_owned(), time.to_string().into());
                line.insert("level".to_owned(), level.into());
                line.insert("event".to_owned(), event.into());
                line.extend(function.map(|function| ("function".to_owned(), function.into())));
                line.extend(call.map(|call| ("call".to_owned(), call.to_string().into())));
                line.extend(fields);
                without_controls(Value::Object(line).to_string())
            }
        }
    }
}

/// JSON in which control characters are escaped that may stand in it as they are.
fn without_controls(json: String) -> String {
    if !json.contains(char::is_control) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter.is_control() {
            true => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            false => out.push(letter),
        }
    }
    out
}

impl Observer for Log {
    fn observe(&self, event: &Event<'_>) {
        if let Some(entry) = entry(event, self.format) {
            self.write(entry);
        }
    }
}

/// Why a server cannot accept connections, and what to do.
pub(super) fn not_accepting(code: ErrorCode) -> String {
    let way_out = match code {
        ErrorCode::NewSocketLimit => ": the process has all the files and sockets that it may have; raise ulimit -n",
        _ => "",
    };
    format!("cannot accept connections for now: {}{way_out}", code.name())
}

/// What the log says of an event, if anything.
fn entry<'a>(event: &Event<'a>, format: LogFormat) -> Option<Entry<'a>> {
    let content = |text: &dyn Fn() -> String, fields: &dyn Fn() -> Value| Content::new(format, text, fields);
    Some(match event {
        Event::Line(line) => Entry {
            level: "info",
            event: "line",
            function: Some(line.function),
            call: line.call,
            content: content(
                &|| format!("{}: {}", line.output.name(), line.text),
                &|| json!({"output": line.output.name(), "text": line.text}),
            ),
        },
        Event::Call(call) => {
            let End::Failed(error) = call.end else { return None };
            let is_callers = error.kind() == Kind::Invalid;
            Entry {
                level: if is_callers { "warn" } else { "error" },
                event: "failed",
                function: Some(call.function),
                call: Some(call.call),
                content: content(&|| format!("failed: {error}"), &|| {
                    json!({
                        "kind": format!("{:?}", error.kind()),
                        "error": error.to_string(),
                        "queued_ms": ms(call.queued),
                        "took_ms": call.took.map(ms),
                        "fuel": call.fuel,
                    })
                }),
            }
        }
        Event::BadResponse(bad) => Entry {
            level: "error",
            event: "bad_response",
            function: Some(bad.function),
            call: Some(bad.call),
            content: content(&|| format!("returned no response: {}", bad.why), &|| json!({"error": bad.why})),
        },
        Event::NotAccepting(event) => Entry {
            level: "error",
            event: "not_accepting",
            function: None,
            call: None,
            content: content(
                &|| format!("{} {}", event.service, not_accepting(event.code)),
                &|| json!({"service": event.service, "error": event.code.name()}),
            ),
        },
        Event::Request(request) => Entry {
            level: "info",
            event: "request",
            function: None,
            call: request.call,
            content: content(
                &|| format!("{} {} {}", request.service, request.endpoint.unwrap_or("-"), access(request.record)),
                &|| {
                    let record = request.record;
                    json!({
                        "service": request.service,
                        "endpoint": request.endpoint,
                        "remote": record.remote.map(|remote| remote.to_string()),
                        "method": record.method.as_str(),
                        "uri": record.uri.to_string(),
                        "status": record.status.map(|status| status.as_u16()),
                        "body_bytes": record.body_bytes,
                        "is_complete": record.is_complete,
                        "took_ms": ms(record.took),
                    })
                },
            ),
        },
    })
}

/// A request and its response in a line.
pub(super) fn access(record: &Record) -> String {
    let mut line = String::with_capacity(128);
    let written = write_access(&mut line, record);
    debug_assert!(written.is_ok(), "writing to memory does not fail");
    line
}

/// Each request pays for this: what is text already is copied.
fn write_access(line: &mut String, record: &Record) -> fmt::Result {
    let Record { remote, method, uri, status, body_bytes, is_complete, took } = record;
    match remote {
        Some(remote) => write!(line, "{remote}")?,
        None => line.push('-'),
    }
    line.extend([" ", method.as_str(), " "]);
    match (uri.scheme(), uri.path_and_query()) {
        (None, Some(target)) => line.push_str(target.as_str()),
        _ => write!(line, "{uri}")?,
    }
    line.extend([" ", status.as_ref().map_or("-", StatusCode::as_str), " "]);
    let tenths = (took.as_micros() + 50) / 100;
    write!(line, "{body_bytes}B {}.{}ms", tenths / 10, tenths % 10)?;
    if !is_complete {
        line.push_str(" cut");
    }
    Ok(())
}

fn ms(time: Duration) -> f64 {
    // To the microsecond.
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use http::{Method, StatusCode};
    use nojit_shims::http::server::Record;

    use super::*;
    use crate::{
        error::{Error, Fault},
        event::{BadResponse, Call, Line, NotAccepting, Output, Request},
    };

    const CALL: CallId = CallId { world: 0xab, number: 7 };

    /// The line of an event in both formats, without the time.
    fn check(event: &Event<'_>, text: &str, json: &str) {
        let line = |format| {
            let entry = entry(event, format).expect("something is said");
            entry.line(Datetime { seconds: 1_767_225_600, nanoseconds: 5_000_000 })
        };
        let expected = format!("2026-01-01T00:00:00.005Z {text}");
        assert_eq!(line(LogFormat::Text), expected);
        assert_eq!(terminal::visible(&expected), expected, "a terminal shows it as it is");
        let expected = format!(r#"{{"time":"2026-01-01T00:00:00.005Z",{json}}}"#);
        assert_eq!(line(LogFormat::Json), expected);
        assert!(serde_json::from_str::<Value>(&expected).is_ok() && !expected.contains(char::is_control));
    }

    fn call(end: End<'_>) -> Event<'_> {
        let (queued, took) = (Duration::from_micros(1500), Some(Duration::from_millis(20)));
        Event::Call(Call { function: "t:f", call: CALL, end, queued, took, fuel: 1234, memory_bytes: 65_536 })
    }

    #[test]
    fn lines_of_guests_have_their_function_and_call() {
        let line = |call, output, text| Event::Line(Line { function: "t:f", call, output, text });
        check(
            &line(Some(CALL), Output::Stdout, "hello"),
            "info  t:f 000000ab-7 stdout: hello",
            r#""level":"info","event":"line","function":"t:f","call":"000000ab-7","output":"stdout","text":"hello""#,
        );
        check(
            &line(None, Output::Stderr, "\u{1b}[2J\u{7f}\u{9b}\r\t\"é\u{2028}"),
            "info  t:f stderr: \\u{1b}[2J\\u{7f}\\u{9b}\\r\\t\"é\u{2028}",
            concat!(
                r#""level":"info","event":"line","function":"t:f","output":"stderr","#,
                r#""text":"\u001b[2J\u007f\u009b\r\t\"é"#,
                "\u{2028}\""
            ),
        );
    }

    #[test]
    fn calls_are_told_of_if_they_fail() {
        let error = Error::new(Fault::Guest, Kind::Guest, "first\nsecond");
        check(
            &call(End::Failed(&error)),
            "error t:f 000000ab-7 failed: first\\nsecond",
            r#""level":"error","event":"failed","function":"t:f","call":"000000ab-7","kind":"Guest","error":"first\nsecond","queued_ms":1.5,"took_ms":20.0,"fuel":1234"#,
        );
        let error = Error::invalid("wrong");
        check(
            &call(End::Failed(&error)),
            "warn  t:f 000000ab-7 failed: wrong",
            r#""level":"warn","event":"failed","function":"t:f","call":"000000ab-7","kind":"Invalid","error":"wrong","queued_ms":1.5,"took_ms":20.0,"fuel":1234"#,
        );
        for end in [End::Value, End::GuestError, End::Dropped] {
            assert!(entry(&call(end), LogFormat::Text).is_none(), "{end:?}");
        }
    }

    #[test]
    fn responses_that_are_none_say_why() {
        check(
            &Event::BadResponse(BadResponse { function: "t:f", call: CALL, why: "status 7" }),
            "error t:f 000000ab-7 returned no response: status 7",
            r#""level":"error","event":"bad_response","function":"t:f","call":"000000ab-7","error":"status 7""#,
        );
    }

    #[test]
    fn a_server_that_has_no_sockets_left_says_so() {
        check(
            &Event::NotAccepting(NotAccepting { service: "t:web", code: ErrorCode::NewSocketLimit }),
            "error t:web cannot accept connections for now: new-socket-limit: \
             the process has all the files and sockets that it may have; raise ulimit -n",
            r#""level":"error","event":"not_accepting","service":"t:web","error":"new-socket-limit""#,
        );
    }

    #[test]
    fn requests_have_a_line_each() {
        let record = Record {
            remote: Some(([127, 0, 0, 1], 5000).into()),
            method: Method::GET,
            uri: "/a?b=%0a".parse().expect("a path"),
            status: Some(StatusCode::OK),
            body_bytes: 12,
            is_complete: true,
            took: Duration::from_micros(1250),
        };
        check(
            &Event::Request(Request { service: "t:web", endpoint: Some("t:e"), call: Some(CALL), record: &record }),
            "info  000000ab-7 t:web t:e 127.0.0.1:5000 GET /a?b=%0a 200 12B 1.3ms",
            r#""level":"info","event":"request","call":"000000ab-7","service":"t:web","endpoint":"t:e","remote":"127.0.0.1:5000","method":"GET","uri":"/a?b=%0a","status":200,"body_bytes":12,"is_complete":true,"took_ms":1.25"#,
        );
        let record = Record { remote: None, status: None, is_complete: false, ..record };
        check(
            &Event::Request(Request { service: "t:web", endpoint: None, call: None, record: &record }),
            "info  t:web - - GET /a?b=%0a - 12B 1.3ms cut",
            r#""level":"info","event":"request","service":"t:web","endpoint":null,"remote":null,"method":"GET","uri":"/a?b=%0a","status":null,"body_bytes":12,"is_complete":false,"took_ms":1.25"#,
        );
    }
}
