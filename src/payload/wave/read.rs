//! WAVE text to payloads, directed by type.
//!
//! The type decides what braces, labels and the short forms of options and results mean. What does not fit the type
//! becomes what it looks like, so that reading the payload by the same type reports it, with the path.

use wasm_wave::ast::{Node, NodeType};

use super::{invalid, parse, with_line_break};
use crate::{
    component::{
        Type,
        abi::path::{in_element, in_field},
    },
    error::{Error, Result},
    payload::{
        Map, Payload, build,
        shape::{clip, is_label, position},
    },
};

/// Reads WAVE text of a value of type `ty`.
///
/// Bare words are strings where a string is expected.
///
/// # Errors
///
/// [`Kind::Invalid`](crate::Kind::Invalid) with line and column, if it is no WAVE. That the value has type `ty` is known
/// only when it is read as such, as by [`to_val`](crate::payload::to_val).
pub fn from_text(text: &str, ty: &Type) -> Result<Payload> {
    let text = with_line_break(text)?;
    let value = parse(&text).map_err(|error| invalid(&text, &error))?;
    Reader { text: &text }.value(value.node(), Some(ty))
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn value(self, node: &Node, ty: Option<&Type>) -> Result<Payload> {
        match ty {
            Some(Type::Option(option)) => self.option(node, &option.ty()),
            Some(Type::Result(result)) => self.result(node, result.ok().as_ref(), result.err().as_ref()),
            Some(Type::Variant(variant)) => {
                let cases: Vec<_> = variant.cases().collect();
                let of_case = |name: &str| cases.get(position(name, &cases)?)?.1.clone();
                self.case(node, of_case)
            }
            Some(Type::Enum(_)) => self.case(node, |_| None),
            _ => self.plain(node, ty),
        }
    }

    /// A value whose form says what it is.
    fn plain(self, node: &Node, ty: Option<&Type>) -> Result<Payload> {
        let wave = |error| invalid(self.text, &error);
        Ok(match node.ty() {
            NodeType::BoolTrue => Payload::Bool(true),
            NodeType::BoolFalse => Payload::Bool(false),
            NodeType::Number => self.number(node, ty)?,
            NodeType::Char => node.as_char(self.text).map_err(wave)?.to_string().into(),
            NodeType::String | NodeType::MultilineString => {
                Payload::String(node.as_str(self.text).map_err(wave)?.into())
            }
            NodeType::List => self.elements(node.as_list().map_err(wave)?, element_type(ty))?,
            NodeType::Tuple => {
                let types: Vec<Type> = match ty {
                    Some(Type::Tuple(tuple)) => tuple.types().collect(),
                    _ => Vec::new(),
                };
                self.elements(node.as_tuple().map_err(wave)?, |index| types.get(index).cloned())?
            }
            NodeType::EmptySet => Payload::Map(Map::new()),
            NodeType::TupleSet => match ty {
                Some(Type::Map(map)) => self.pairs(node, &map.entry())?,
                _ => self.fields(node, ty)?,
            },
            NodeType::Flags => {
                let names = node.as_flags(self.text).map_err(wave)?;
                Payload::Array(names.map(Payload::from).collect())
            }
            NodeType::OptionNone => Payload::Null,
            NodeType::Label
            | NodeType::VariantWithPayload
            | NodeType::OptionSome
            | NodeType::ResultOk
            | NodeType::ResultErr => self.case(node, |_| None)?,
        })
    }

    fn number(self, node: &Node, ty: Option<&Type>) -> Result<Payload> {
        let text = self.slice(node);
        let out_of_range = || Error::invalid(format!("number {} is out of range", clip(text)));
        match text {
            "nan" => Ok(Payload::Float(f64::NAN)),
            "inf" => Ok(Payload::Float(f64::INFINITY)),
            "-inf" => Ok(Payload::Float(f64::NEG_INFINITY)),
            // An f32 is read as such: rounding twice could miss the nearest.
            _ if ty == Some(&Type::Float32) => text.parse().map(Payload::Float32).map_err(|_| out_of_range()),
            _ => Payload::from_number_text(text).ok_or_else(out_of_range),
        }
    }

    fn elements<'n>(
        self,
        nodes: impl Iterator<Item = &'n Node>,
        ty: impl Fn(usize) -> Option<Type>,
    ) -> Result<Payload> {
        let element = |(index, node)| self.value(node, ty(index).as_ref()).map_err(|error| in_element(error, index));
        Ok(Payload::Array(nodes.enumerate().map(element).collect::<Result<_>>()?))
    }

    fn fields(self, node: &Node, ty: Option<&Type>) -> Result<Payload> {
        let fields: Vec<(&str, Type)> = match ty {
            Some(Type::Record(record)) => record.fields().collect(),
            _ => Vec::new(),
        };
        let mut entries = Vec::new();
        for (key, value) in node.as_map().map_err(|error| invalid(self.text, &error))? {
            let name = match self.plain(key, None)? {
                Payload::String(name) => name,
                _ => self.slice(key).to_owned(),
            };
            let ty = fields.iter().find(|(field, _)| is_label(&name, field)).map(|(_, ty)| ty);
            let value = self.value(value, ty).map_err(|error| in_field(error, &name))?;
            entries.push((name, value));
        }
        let map = Map::from_entries(entries);
        map.map(Payload::Map).map_err(|name| Error::invalid(format!("field {name} is given twice")))
    }

    fn pairs(self, node: &Node, (key_type, value_type): &(Type, Type)) -> Result<Payload> {
        let mut pairs = Vec::new();
        for (key, value) in node.as_map().map_err(|error| invalid(self.text, &error))? {
            let key = match (key_type, self.slice(key)) {
                (Type::Bool, "true") => Payload::Bool(true),
                (Type::Bool, "false") => Payload::Bool(false),
                _ => self.value(key, Some(key_type))?,
            };
            let value = self.value(value, Some(value_type)).map_err(|error| in_element(error, pairs.len()))?;
            pairs.push(Payload::Array(vec![key, value]));
        }
        Ok(Payload::Array(pairs))
    }

    /// `some(v)`, `none`, or `v` alone where that is no option or result itself.
    fn option(self, node: &Node, some: &Type) -> Result<Payload> {
        let is_nested = matches!(some, Type::Option(_));
        let value = match node.ty() {
            NodeType::OptionNone => return Ok(Payload::Null),
            NodeType::OptionSome => match node.as_option() {
                Ok(Some(payload)) => self.value(payload, Some(some))?,
                _ => return Err(Error::invalid("some needs a value")),
            },
            _ if is_flattened(some) => self.value(node, Some(some))?,
            _ => return self.plain(node, None),
        };
        match value {
            Payload::Null if !is_nested => Err(Error::invalid(format!("expected {some}, found none"))),
            value => Ok(build::option(Some(value), is_nested)),
        }
    }

    /// `ok(v)`, `err(e)`, or `v` alone for `ok(v)` where that is no option or result itself.
    fn result(self, node: &Node, ok: Option<&Type>, err: Option<&Type>) -> Result<Payload> {
        match (node.as_result(), ok) {
            (Ok(Ok(payload)), ty) => self.outcome(true, payload, ty),
            (Ok(Err(payload)), _) => self.outcome(false, payload, err),
            (_, Some(ty)) if is_flattened(ty) => self.outcome(true, Some(node), ok),
            _ => self.plain(node, None),
        }
    }

    fn outcome(self, is_ok: bool, payload: Option<&Node>, ty: Option<&Type>) -> Result<Payload> {
        Ok(match payload {
            Some(node) => build::result(is_ok, Some(self.value(node, ty)?)),
            // As a bare word it is an error where a value is needed.
            None => build::variant(if is_ok { "ok" } else { "err" }, None),
        })
    }

    /// A label with or without a payload, whose type its name gives; keywords are labels here.
    fn case(self, node: &Node, ty: impl Fn(&str) -> Option<Type>) -> Result<Payload> {
        let (name, payload) = match node.ty() {
            NodeType::Label | NodeType::VariantWithPayload => {
                node.as_variant(self.text).map_err(|error| invalid(self.text, &error))?
            }
            NodeType::OptionSome => ("some", node.as_option().ok().flatten()),
            NodeType::ResultOk => ("ok", node.as_result().ok().and_then(|result| result.ok().flatten())),
            NodeType::ResultErr => ("err", node.as_result().ok().and_then(|result| result.err().flatten())),
            NodeType::OptionNone | NodeType::BoolTrue | NodeType::BoolFalse => (self.slice(node), None),
            NodeType::Number if matches!(self.slice(node), "inf" | "nan") => (self.slice(node), None),
            _ => return self.plain(node, None),
        };
        let payload = payload.map(|node| self.value(node, ty(name).as_ref()).map_err(|error| in_field(error, name)));
        Ok(build::variant(name, payload.transpose()?))
    }

    fn slice(&self, node: &Node) -> &str {
        self.text.get(node.span()).unwrap_or_default()
    }
}

/// The type of each element of a list.
fn element_type(ty: Option<&Type>) -> impl Fn(usize) -> Option<Type> {
    let element = match ty {
        Some(Type::List(list)) => Some(list.ty()),
        Some(Type::FixedList(list)) => Some(list.ty()),
        _ => None,
    };
    move |_| element.clone()
}

/// Whether a value of this type stands for the option or result of it.
fn is_flattened(ty: &Type) -> bool {
    !matches!(ty, Type::Option(_) | Type::Result(_))
}
