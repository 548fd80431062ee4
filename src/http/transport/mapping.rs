//! [`Mapping`]: what a function takes of a request, and what its value is as a response.

use ::http::HeaderMap;

use super::{Answer, named::Named, request::Request, response::Form};
use crate::{
    component::Type,
    function::{Function, Outcome},
    payload::Payload,
};

/// How a function is called by a request and answers it.
#[derive(Clone, Debug)]
pub struct Mapping {
    input: Input,
    form: Form,
}

/// Where arguments come from.
#[derive(Clone, Debug)]
enum Input {
    /// The body, as text.
    Text,
    /// The body as it is.
    Bytes,
    /// The fields of the record `request`.
    Request(Request),
    /// Path parameters, the query, the fields of a JSON body.
    Named(Named),
}

/// What a client asked, the body collected.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The method, as `GET`.
    pub method: &'a str,
    /// The path as it was sent, without the query.
    pub path: &'a str,
    /// What stands after the `?`, as it was sent.
    pub query: Option<&'a str>,
    /// The fields of the head.
    pub headers: &'a HeaderMap,
    /// The parameters of the route: names, and values without percent-encoding.
    pub params: &'a [(String, String)],
    /// The body; it may be left empty unless [`Mapping::needs_body`].
    pub body: Vec<u8>,
}

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRequest {
    /// A sentence for who sent it.
    pub message: String,
}

impl BadRequest {
    pub(super) fn new(message: impl Into<String>) -> Self {
        BadRequest { message: message.into() }
    }
}

impl Mapping {
    /// The mapping of a function, by its type and the form of its result.
    ///
    /// # Errors
    ///
    /// Why there is none: the end of a sentence that begins with the field `transport`.
    pub fn of(function: &Function) -> Result<Mapping, String> {
        let params: Vec<(&str, Type)> = function.ty().params().collect();
        for (name, ty) in &params {
            check_travels(&format!("parameter {name}"), ty)?;
        }
        if let Some(ty) = function.ty().result() {
            check_travels("the result", &ty)?;
        }
        let input = match &params[..] {
            [(_, Type::String)] => Input::Text,
            [(_, Type::List(list))] if list.ty() == Type::U8 => Input::Bytes,
            [("request", Type::Record(record))] => Input::Request(Request::of(record)?),
            _ => Input::Named(Named::of(&params)),
        };
        Ok(Mapping { input, form: Form::of(function.value_type().as_ref())? })
    }

    /// Whether the parameter `name` of a path means something: a function that takes arguments by their names has to have it.
    ///
    /// # Errors
    ///
    /// What its parameters are: the end of a sentence that begins with the function.
    pub fn check_path_parameter(&self, name: &str) -> Result<(), String> {
        match &self.input {
            Input::Named(named) => match named.others_than(name) {
                Some(others) if !others.is_empty() => Err(format!("takes {}", others.join(", "))),
                _ => Ok(()),
            },
            Input::Text | Input::Bytes | Input::Request(_) => Ok(()),
        }
    }

    /// Whether the body of a request has to be collected before the call.
    pub fn needs_body(&self) -> bool {
        match &self.input {
            Input::Text | Input::Bytes => true,
            Input::Request(request) => request.has_body(),
            Input::Named(named) => !named.is_empty(),
        }
    }

    /// The arguments of the call that a request asks for. They have the types of the parameters.
    ///
    /// # Errors
    ///
    /// What is wrong with the request.
    pub fn arguments(&self, asked: Asked<'_>) -> Result<Vec<Payload>, BadRequest> {
        match &self.input {
            Input::Text => body_text(asked.body).map(|text| vec![text]),
            Input::Bytes => Ok(vec![Payload::Bytes(asked.body)]),
            Input::Request(request) => request.payload(asked).map(|request| vec![request]),
            Input::Named(named) => named.payloads(&asked),
        }
    }

    /// The response that the outcome of the call is.
    pub fn response(&self, outcome: Outcome) -> Answer {
        self.form.answer(outcome)
    }
}

/// A body that has to be text.
pub(super) fn body_text(body: Vec<u8>) -> Result<Payload, BadRequest> {
    let text = String::from_utf8(body).map_err(|_| BadRequest::new("the body is not UTF-8"))?;
    Ok(Payload::String(text))
}

/// Checks that there is nothing in a type that belongs to one instance.
fn check_travels(what: &str, ty: &Type) -> Result<(), String> {
    match bound(ty) {
        None => Ok(()),
        Some(ty) => Err(format!(
            "cannot be wasi-http: {what} has {ty}, which belongs to its instance and is neither text nor JSON; use \
             `transport: payload`, or a type that travels as data"
        )),
    }
}

/// The first part of a type whose values belong to an instance.
fn bound(ty: &Type) -> Option<Type> {
    match ty {
        Type::Own(_) | Type::Borrow(_) | Type::Stream(_) | Type::Future(_) | Type::ErrorContext => Some(ty.clone()),
        Type::List(list) => bound(&list.ty()),
        Type::FixedList(list) => bound(&list.ty()),
        Type::Map(map) => {
            let (key, value) = map.entry();
            bound(&key).or_else(|| bound(&value))
        }
        Type::Record(record) => record.fields().find_map(|(_, ty)| bound(&ty)),
        Type::Tuple(tuple) => tuple.types().find_map(|ty| bound(&ty)),
        Type::Variant(variant) => variant.cases().find_map(|(_, ty)| bound(&ty?)),
        Type::Option(option) => bound(&option.ty()),
        Type::Result(result) => result.ok().iter().chain(&result.err()).find_map(bound),
        _ => None,
    }
}
