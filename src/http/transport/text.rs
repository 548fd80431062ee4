//! Text of a path or a query as a value: numbers, booleans and cases where the type asks for them. Knows no requests.

use crate::{
    component::Type,
    payload::{Payload, clip},
};

/// How texts become a value of a type.
#[derive(Clone, Debug)]
pub(super) enum TextForm {
    /// One text.
    One(Scalar),
    /// Any number of texts: a list, or flags by their names.
    Many(Scalar),
}

/// How one text becomes a value.
#[derive(Clone, Debug)]
pub(super) enum Scalar {
    Bool,
    /// An integer of this type.
    Integer(Type),
    /// A float of this type.
    Float(Type),
    /// A string, or what is written like one: a char, a case.
    Text,
    /// The bytes of the text.
    Bytes,
}

impl TextForm {
    /// The form of a type, or of the type in an option; none if its values have no text.
    pub(super) fn of(ty: &Type) -> Option<TextForm> {
        if let Type::Option(option) = ty {
            return match option.ty() {
                Type::Option(_) => None,
                some => TextForm::of(&some),
            };
        }
        if let Some(scalar) = Scalar::of(ty) {
            return Some(TextForm::One(scalar));
        }
        match ty {
            Type::List(list) => Scalar::of(&list.ty()).map(TextForm::Many),
            Type::FixedList(list) => Scalar::of(&list.ty()).map(TextForm::Many),
            Type::Flags(_) => Some(TextForm::Many(Scalar::Text)),
            _ => None,
        }
    }

    /// The value of texts, of which there is at least one. It still has to be checked against the type.
    ///
    /// # Errors
    ///
    /// The end of a sentence that begins with the name of the parameter.
    pub(super) fn payload(&self, texts: &[&str]) -> Result<Payload, String> {
        match (self, texts) {
            (TextForm::One(scalar), [text]) => scalar.payload(text).map_err(|expected| format!(": {expected}")),
            (TextForm::One(_), _) => Err(format!(" is given {} times, and is no list", texts.len())),
            (TextForm::Many(scalar), _) => {
                let element = |(index, text): (usize, &&str)| {
                    scalar.payload(text).map_err(|expected| format!("[{index}]: {expected}"))
                };
                texts.iter().enumerate().map(element).collect::<Result<_, _>>().map(Payload::Array)
            }
        }
    }
}

impl Scalar {
    fn of(ty: &Type) -> Option<Scalar> {
        match ty {
            Type::Bool => Some(Scalar::Bool),
            Type::S8 | Type::U8 | Type::S16 | Type::U16 | Type::S32 | Type::U32 | Type::S64 | Type::U64 => {
                Some(Scalar::Integer(ty.clone()))
            }
            Type::Float32 | Type::Float64 => Some(Scalar::Float(ty.clone())),
            Type::Char | Type::String | Type::Enum(_) => Some(Scalar::Text),
            // Cases with a value are refused by name when they are asked for.
            Type::Variant(variant) if variant.cases().any(|(_, ty)| ty.is_none()) => Some(Scalar::Text),
            Type::List(list) if list.ty() == Type::U8 => Some(Scalar::Bytes),
            Type::FixedList(list) if list.ty() == Type::U8 => Some(Scalar::Bytes),
            _ => None,
        }
    }

    fn payload(&self, text: &str) -> Result<Payload, String> {
        let (value, expected) = match self {
            Scalar::Text => return Ok(text.into()),
            Scalar::Bytes => return Ok(text.as_bytes().to_vec().into()),
            Scalar::Bool => (text.parse().ok().map(Payload::Bool), &Type::Bool),
            Scalar::Integer(ty) => (Payload::from_number_text(text), ty),
            Scalar::Float(ty) => (special_float(text).or_else(|| Payload::from_number_text(text)), ty),
        };
        value.ok_or_else(|| format!("expected {expected}, found {:?}", clip(text)))
    }
}

/// The floats without digits, written as in JSON.
fn special_float(text: &str) -> Option<Payload> {
    match text {
        "NaN" => Some(f64::NAN.into()),
        "Infinity" => Some(f64::INFINITY.into()),
        "-Infinity" => Some(f64::NEG_INFINITY.into()),
        _ => None,
    }
}
