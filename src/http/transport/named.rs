//! Arguments by the names of their parameters: from the path, then the query, then a JSON body.
//! Knows no responses.

use ::http::{HeaderMap, header::CONTENT_TYPE};

use super::{
    Asked, BadRequest,
    query::{self, Pair},
    text::TextForm,
};
use crate::{
    component::{Type, abi::path::in_field},
    payload::{Map, Payload, check, is_label, json},
};

/// The parameters of a function.
#[derive(Clone, Debug)]
pub(super) struct Named(Vec<Parameter>);

#[derive(Clone, Debug)]
struct Parameter {
    name: String,
    ty: Type,
    /// How texts become its value; none if it can come from JSON only.
    text: Option<TextForm>,
}

impl Named {
    pub(super) fn of(params: &[(&str, Type)]) -> Named {
        let parameter =
            |(name, ty): &(&str, Type)| Parameter { name: (*name).to_owned(), ty: ty.clone(), text: TextForm::of(ty) };
        Named(params.iter().map(parameter).collect())
    }

    /// Whether there are no parameters.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the parameters, if none of them is called `name`.
    pub(super) fn others_than(&self, name: &str) -> Option<Vec<&str>> {
        let names = self.0.iter().map(|parameter| parameter.name.as_str());
        let is_none = !self.0.iter().any(|parameter| is_label(name, &parameter.name));
        is_none.then(|| names.collect())
    }

    /// The arguments that a request has.
    pub(super) fn payloads(&self, asked: &Asked<'_>) -> Result<Vec<Payload>, BadRequest> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        let query = query::pairs(asked.query)?;
        let texts = self.0.iter().map(|parameter| parameter.of_texts(asked.params, &query));
        let mut found: Vec<Option<Payload>> = texts.collect::<Result<_, _>>()?;
        let is_body_asked = found.contains(&None) || is_json(asked.headers);
        if is_body_asked && !asked.body.is_empty() {
            self.take(object(&asked.body)?, &mut found)?;
        }
        let found = self.0.iter().zip(found);
        found.map(|(parameter, value)| value.map_or_else(|| parameter.absent(), Ok)).collect()
    }

    /// Takes what was not found in path and query from the fields of the body. Fields that no parameter has are left alone,
    /// like names in the query.
    fn take(&self, body: Map, found: &mut [Option<Payload>]) -> Result<(), BadRequest> {
        let mut taken = vec![false; found.len()];
        for (key, value) in body.into_entries() {
            let Some(index) = self.0.iter().position(|parameter| is_label(&key, &parameter.name)) else { continue };
            let (Some(parameter), Some(slot), Some(is_taken)) =
                (self.0.get(index), found.get_mut(index), taken.get_mut(index))
            else {
                continue;
            };
            if std::mem::replace(is_taken, true) {
                let name = &parameter.name;
                return Err(BadRequest::new(format!(
                    "JSON body: {name} is given twice, in kebab-case and in snake_case"
                )));
            }
            if slot.is_none() {
                parameter.check("JSON body:", &value)?;
                *slot = Some(value);
            }
        }
        Ok(())
    }
}

impl Parameter {
    /// The value that it has in the path, or else in the query.
    fn of_texts(&self, params: &[(String, String)], query: &[Pair<'_>]) -> Result<Option<Payload>, BadRequest> {
        let Some(form) = &self.text else { return Ok(None) };
        let in_path = params.iter().filter(|(name, _)| is_label(name, &self.name)).map(|(_, value)| value.as_str());
        let in_query = query.iter().filter(|(name, _)| is_label(name, &self.name)).map(|(_, value)| &**value);
        let (place, texts) = match in_path.collect::<Vec<_>>() {
            texts if texts.is_empty() => ("query parameter", in_query.collect()),
            texts => ("path parameter", texts),
        };
        if texts.is_empty() {
            return Ok(None);
        }
        let value = form.payload(&texts).map_err(|end| BadRequest::new(format!("{place} {}{end}", self.name)))?;
        self.check(place, &value)?;
        Ok(Some(value))
    }

    /// Its value when no part of the request has one.
    fn absent(&self) -> Result<Payload, BadRequest> {
        if matches!(self.ty, Type::Option(_)) {
            return Ok(Payload::Null);
        }
        let places = match self.text {
            Some(_) => "the path, the query and the JSON body do not have it",
            None => "the JSON body does not have it",
        };
        Err(BadRequest::new(format!("missing parameter {}: {places}", self.name)))
    }

    fn check(&self, place: &str, value: &Payload) -> Result<(), BadRequest> {
        check(value, &self.ty).map_err(|error| {
            let error = in_field(error, &self.name);
            BadRequest::new(format!("{place} {}", error.message().trim_start_matches('.')))
        })
    }
}

/// Whether the body is said to be JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// A body that has to be a JSON object.
fn object(body: &[u8]) -> Result<Map, BadRequest> {
    match json::from_slice(body) {
        Ok(Payload::Map(map)) => Ok(map),
        Ok(other) => Err(BadRequest::new(format!("the body must be a JSON object, found {}", other.word()))),
        Err(error) => Err(BadRequest::new(format!("the body must be a JSON object: {}", error.message()))),
    }
}
