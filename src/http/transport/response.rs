//! What a function answered as a response. Knows no requests.

use ::http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, Entry},
};

use super::{
    Answer,
    answer::{BYTES, TEXT},
    pairs::{self, Pairs},
};
use crate::{
    component::{Type, types::Record},
    function::Outcome,
    payload::{Payload, clip},
};

/// Names, values and 32 bytes for each field that the head of a response has at most, as RFC 9113 counts them.
const MAX_HEADER_BYTES: usize = 64 << 10;

/// What a field counts beside its name and its value.
const FIELD_BYTES: usize = 32;

/// Fields that belong to the connection and not to the message: the host sets them.
const FORBIDDEN: [&str; 11] = [
    "connection",
    "content-length",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What the value of a function is as a response.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// No body.
    Nothing,
    Text,
    Bytes,
    /// The value is the response itself.
    Whole(Whole),
    Json,
}

/// A record of a status, and headers or a body.
#[derive(Clone, Debug)]
pub(super) struct Whole {
    /// How its headers are written, if it has them.
    headers: Option<Pairs>,
}

impl Form {
    /// The form of values of a type.
    ///
    /// # Errors
    ///
    /// If it is a response but for the type of a field: the end of a sentence that begins with the field `transport`.
    pub(super) fn of(ty: Option<&Type>) -> Result<Form, String> {
        Ok(match ty {
            None => Form::Nothing,
            Some(Type::String) => Form::Text,
            Some(Type::List(list)) if list.ty() == Type::U8 => Form::Bytes,
            Some(Type::Record(record)) => Whole::of(record)?.map_or(Form::Json, Form::Whole),
            Some(_) => Form::Json,
        })
    }

    /// The response of an outcome.
    pub(super) fn answer(&self, outcome: Outcome) -> Answer {
        let value = match outcome {
            Outcome::Value(value) => value,
            Outcome::GuestError(error) => return Answer::json(StatusCode::UNPROCESSABLE_ENTITY, &error),
        };
        match (self, value) {
            (Form::Nothing, None) => Answer::empty(StatusCode::NO_CONTENT),
            (Form::Text, Some(Payload::String(text))) => Answer::of(StatusCode::OK, TEXT, text.into_bytes()),
            (Form::Bytes, Some(Payload::Bytes(bytes))) => Answer::of(StatusCode::OK, BYTES, bytes),
            (Form::Whole(whole), Some(value)) => whole.answer(value).unwrap_or_else(Answer::failed),
            (Form::Json, Some(value)) => Answer::json(StatusCode::OK, &value),
            _ => Answer::failed("the result does not have its type".to_owned()),
        }
    }
}

impl Whole {
    /// The response that a record is; none if it is another record.
    fn of(record: &Record) -> Result<Option<Whole>, String> {
        let mut whole = Whole { headers: None };
        let (mut has_status, mut wrong) = (false, None);
        for (name, ty) in record.fields() {
            let inner = match &ty {
                Type::Option(option) => option.ty(),
                ty => ty.clone(),
            };
            match (name, &inner) {
                ("status", _) if is_integer(&ty) => has_status = true,
                ("body", Type::String) => {}
                ("body", Type::List(list)) if list.ty() == Type::U8 => {}
                ("headers", inner) if Pairs::of(inner).is_some() => whole.headers = Pairs::of(inner),
                ("body" | "headers", _) => wrong = Some(name),
                _ => return Ok(None),
            }
        }
        match wrong {
            _ if !has_status || record.fields().len() < 2 => Ok(None),
            None => Ok(Some(whole)),
            Some(name) => Err(format!(
                "cannot be wasi-http: a record of status, headers and body is the response itself, and {name} does not have \
                 a type of one; headers are {}, a body is a string, list<u8>, or an option of one",
                pairs::TYPES
            )),
        }
    }

    /// The response; or what the guest did wrong.
    fn answer(&self, value: Payload) -> Result<Answer, String> {
        let Payload::Map(record) = value else { return Err("the result is no record".to_owned()) };
        let (mut status, mut headers, mut body) = (None, HeaderMap::new(), Payload::Null);
        for (name, value) in record.into_entries() {
            match (name.as_str(), &self.headers) {
                ("status", _) => status = Some(self::status(&value)?),
                ("headers", Some(pairs)) => headers = self::headers(pairs, &value)?,
                _ => body = value,
            }
        }
        let status = status.ok_or("the response has no status")?;
        let (content_type, body) = match body {
            Payload::String(text) => (TEXT, text.into_bytes()),
            Payload::Bytes(bytes) => (BYTES, bytes),
            Payload::Null => return Ok(Answer { headers, ..Answer::empty(status) }),
            _ => return Err("the body does not have its type".to_owned()),
        };
        if is_bodyless(status) {
            return match body.len() {
                0 => Ok(Answer { headers, ..Answer::empty(status) }),
                len => Err(format!("a response of status {} has no body, found one of {len} bytes", status.as_u16())),
            };
        }
        if let Ok(Entry::Vacant(vacant)) = headers.try_entry(CONTENT_TYPE) {
            // The budget of bytes keeps the map far from full.
            let _fits = vacant.try_insert(HeaderValue::from_static(content_type));
        }
        Ok(Answer { headers, body, ..Answer::empty(status) })
    }
}

fn status(value: &Payload) -> Result<StatusCode, String> {
    let number = value.as_int().filter(|number| (200..=599).contains(number));
    let status = number.and_then(|number| u16::try_from(number).ok()).and_then(|code| StatusCode::from_u16(code).ok());
    status.ok_or_else(|| match value.as_int() {
        Some(number) => format!("status {number} is not one of 200 to 599"),
        None => format!("the status is a {}", value.word()),
    })
}

fn headers(pairs: &Pairs, value: &Payload) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    if value.is_null() {
        return Ok(headers);
    }
    let mut size_bytes: usize = 0;
    for (name, value) in pairs.read(value).ok_or("the headers do not have their type")? {
        size_bytes = size_bytes.saturating_add(name.len() + value.len() + FIELD_BYTES);
        if size_bytes > MAX_HEADER_BYTES {
            return Err(format!("the headers are larger than {MAX_HEADER_BYTES} bytes"));
        }
        let shown = || clip(name);
        let field =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{:?} is no name of a header", shown()))?;
        if FORBIDDEN.contains(&field.as_str()) {
            return Err(format!("header {field} belongs to the connection; leave it to the server"));
        }
        let value = HeaderValue::from_bytes(value)
            .map_err(|_| format!("header {} has a value with a character that no header can have", shown()))?;
        headers.try_append(field, value).map_err(|_| "there are more headers than a response can have")?;
    }
    Ok(headers)
}

fn is_integer(ty: &Type) -> bool {
    matches!(ty, Type::S8 | Type::U8 | Type::S16 | Type::U16 | Type::S32 | Type::U32 | Type::S64 | Type::U64)
}

/// Whether responses of a status end with their head (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5).
fn is_bodyless(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED)
}
