//! [`Answer`]: a response as values, and those that are the host's own.

use std::{fmt::Display, time::Duration};

use ::http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};

use super::BadRequest;
use crate::{
    error::{Error, Kind},
    payload::{Payload, json},
};

/// The content types of answers.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";
pub(super) const BYTES: &str = "application/octet-stream";
const JSON: &str = "application/json";

/// A response, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The fields of the head, without those that the server sets.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// What the guest did wrong with the response it made, for the log and not for the client; the status is 500 then.
    pub internal: Option<String>,
}

impl Answer {
    /// The same answer; one for a response that the guest made wrongly says `id` then, which is what the log calls the request.
    #[must_use]
    pub fn with_id(self, id: impl Display) -> Answer {
        match self.internal {
            None => self,
            internal => Answer { internal, ..internal_error(id) },
        }
    }

    /// An answer without a body.
    pub(super) fn empty(status: StatusCode) -> Answer {
        Answer { status, headers: HeaderMap::new(), body: Vec::new(), internal: None }
    }

    pub(super) fn of(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Answer {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        Answer { status, headers, body, internal: None }
    }

    pub(super) fn json(status: StatusCode, value: &Payload) -> Answer {
        Answer::of(status, JSON, json::to_text(value).into_bytes())
    }

    /// The answer in place of a response that the guest made wrongly.
    #[cold]
    pub(in crate::http) fn failed(reason: String) -> Answer {
        Answer { internal: Some(reason), ..text(StatusCode::INTERNAL_SERVER_ERROR, "internal error") }
    }
}

/// The answer for a call that failed. `id` is what the log calls the request; nothing else of the inside is in it.
pub fn failure(error: &Error, id: impl Display) -> Answer {
    match error.kind() {
        Kind::Timeout => text(StatusCode::GATEWAY_TIMEOUT, "the answer took too long"),
        Kind::Unavailable => {
            let mut answer = text(StatusCode::SERVICE_UNAVAILABLE, "not available now; try again");
            answer.headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            answer
        }
        _ => internal_error(id),
    }
}

/// The answer for a request that is wrong.
pub fn bad_request(wrong: &BadRequest) -> Answer {
    text(StatusCode::BAD_REQUEST, wrong.message.as_str())
}

/// The answer for a body that is too large.
pub fn too_large() -> Answer {
    text(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
}

/// The answer for a request that may come again after so much time, for one client has sent too many.
pub fn too_many(wait: Duration) -> Answer {
    let mut answer = text(StatusCode::TOO_MANY_REQUESTS, "too many requests; try again later");
    // Whole seconds: who comes after them is not too early.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    answer.headers.insert(RETRY_AFTER, seconds.into());
    answer
}

fn internal_error(id: impl Display) -> Answer {
    text(StatusCode::INTERNAL_SERVER_ERROR, format!("internal error {id}"))
}

fn text(status: StatusCode, text: impl Into<String>) -> Answer {
    Answer::of(status, TEXT, text.into().into_bytes())
}
