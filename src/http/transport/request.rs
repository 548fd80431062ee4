//! The record `request`: the fields it has of what there is.

use std::{borrow::Cow, collections::BTreeMap};

use ::http::HeaderMap;

use super::{
    Asked, BadRequest,
    mapping::body_text,
    pairs::{self, Pairs},
    query,
};
use crate::{
    component::{Type, types::Record},
    payload::{Map, Payload},
};

/// The fields of the record.
#[derive(Clone, Debug)]
pub(super) struct Request(Vec<Field>);

#[derive(Clone, Debug)]
struct Field {
    name: String,
    part: Part,
    /// It is an option, and none where there is nothing to give.
    is_option: bool,
}

/// What a field is given.
#[derive(Clone, Debug)]
enum Part {
    Method,
    Path,
    /// The query as it was sent.
    RawQuery,
    Query(Pairs),
    Headers(Pairs),
    Params(Pairs),
    TextBody,
    ByteBody,
    /// Nothing that a request has: none of an option.
    Nothing,
}

impl Request {
    /// The fields of a record.
    ///
    /// # Errors
    ///
    /// The first that no request has, with those there are.
    pub(super) fn of(record: &Record) -> Result<Request, String> {
        record.fields().map(|(name, ty)| Field::of(name, &ty)).collect::<Result<_, _>>().map(Request)
    }

    /// Whether one of them is the body.
    pub(super) fn has_body(&self) -> bool {
        self.0.iter().any(|field| matches!(field.part, Part::TextBody | Part::ByteBody))
    }

    /// The record for a request.
    pub(super) fn payload(&self, mut asked: Asked<'_>) -> Result<Payload, BadRequest> {
        let mut record = Map::new();
        for field in &self.0 {
            record.insert(field.name.as_str(), field.payload(&mut asked)?);
        }
        Ok(Payload::Map(record))
    }
}

impl Field {
    fn of(name: &str, ty: &Type) -> Result<Field, String> {
        let (is_option, inner) = match ty {
            Type::Option(option) => (true, option.ty()),
            ty => (false, ty.clone()),
        };
        let part = match Part::of(name, &inner) {
            Some(part) => part,
            None if is_option => Part::Nothing,
            None => return Err(refused(name)),
        };
        Ok(Field { name: name.to_owned(), part, is_option })
    }

    fn payload(&self, asked: &mut Asked<'_>) -> Result<Payload, BadRequest> {
        match &self.part {
            Part::Method => Ok(asked.method.into()),
            Part::Path => Ok(asked.path.into()),
            Part::RawQuery | Part::Query(_) if self.is_option && asked.query.is_none() => Ok(Payload::Null),
            Part::RawQuery => Ok(asked.query.unwrap_or_default().into()),
            Part::Query(pairs) => {
                let query = query::pairs(asked.query)?;
                let query = query.iter().map(|(name, value)| (&**name, value.as_bytes()));
                pairs.payload(query).map_err(|sentence| BadRequest::new(format!("query: {sentence}")))
            }
            Part::Headers(pairs) => {
                headers(pairs, asked.headers).map_err(|sentence| BadRequest::new(format!("headers: {sentence}")))
            }
            Part::Params(pairs) => {
                let params = asked.params.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
                pairs.payload(params).map_err(|sentence| BadRequest::new(format!("path: {sentence}")))
            }
            Part::TextBody | Part::ByteBody if self.is_option && asked.body.is_empty() => Ok(Payload::Null),
            Part::TextBody => body_text(std::mem::take(&mut asked.body)),
            Part::ByteBody => Ok(std::mem::take(&mut asked.body).into()),
            Part::Nothing => Ok(Payload::Null),
        }
    }
}

impl Part {
    fn of(name: &str, ty: &Type) -> Option<Part> {
        match (name, ty) {
            ("method", Type::String) => Some(Part::Method),
            ("path", Type::String) => Some(Part::Path),
            ("query", Type::String) => Some(Part::RawQuery),
            ("query", ty) => Pairs::of(ty).map(Part::Query),
            ("headers", ty) => Pairs::of(ty).map(Part::Headers),
            ("params", ty) => Pairs::of(ty).map(Part::Params),
            ("body", Type::String) => Some(Part::TextBody),
            ("body", Type::List(list)) if list.ty() == Type::U8 => Some(Part::ByteBody),
            _ => None,
        }
    }
}

/// Fields of the head. Where a name can be there only once, its values are one list (RFC 9110, section 5.3).
fn headers(pairs: &Pairs, headers: &HeaderMap) -> Result<Payload, String> {
    let all = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    if !pairs.is_unique() {
        return pairs.payload(all);
    }
    let mut joined: BTreeMap<&str, Cow<'_, [u8]>> = BTreeMap::new();
    for (name, value) in all {
        let separator: &[u8] = if name == "cookie" { b"; " } else { b", " };
        let join = |values: &mut Cow<'_, [u8]>| {
            let values = values.to_mut();
            values.extend_from_slice(separator);
            values.extend_from_slice(value);
        };
        joined.entry(name).and_modify(join).or_insert(Cow::Borrowed(value));
    }
    pairs.payload(joined.iter().map(|(name, value)| (*name, &**value)))
}

#[cold]
fn refused(name: &str) -> String {
    format!(
        "cannot be wasi-http: no request has the field {name} of the parameter request in this type; there are method \
         (string), path (string), query (string or pairs), headers (pairs), params (pairs) and body (string or list<u8>), \
         where pairs are {}; make it one of these, or an option, which is none",
        pairs::TYPES
    )
}
