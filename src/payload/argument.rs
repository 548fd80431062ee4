//! Arguments of the command line: JSON or WAVE, whichever fits the type.

use super::{Payload, json, to_val, wave};
use crate::{
    component::Type,
    error::{Error, Result},
};

/// Reads the text of an argument of type `ty`. The first of these that gives a value of the type:
///
/// 1. JSON: `[1, 2]`, `{"name": "x"}`, `null`;
/// 2. WAVE: `{name: "x"}`, `some(1)`, `north`;
/// 3. for a `string`, a `char` or an option of one, the text itself: `hello world`, `true`, `'`. A text that begins with `"` is
///    none, it has to be a string of JSON or WAVE; and of WAVE only literals of the type, `none` and `some(..)` are read for
///    these types.
///
/// # Errors
///
/// [`Kind::Invalid`](crate::Kind::Invalid): the path and what was expected there if it is JSON or WAVE of another type,
/// both complaints if it is neither.
///
/// # Examples
///
/// ```
/// use nojit::{component::Type, payload::{Payload, parse_argument}};
///
/// assert_eq!(parse_argument("7", &Type::U8)?, Payload::from(7_u8));
/// assert_eq!(parse_argument("hello world", &Type::String)?, Payload::from("hello world"));
/// # Ok::<(), nojit::Error>(())
/// ```
pub fn parse_argument(text: &str, ty: &Type) -> Result<Payload> {
    let fitting = |payload: Payload| to_val(&payload, ty).map(|_| payload);
    let json = json::from_text(text);
    let json = match json.map(fitting) {
        Ok(Ok(payload)) => return Ok(payload),
        Ok(Err(misfit)) => Attempt::Misfit(misfit),
        Err(error) => Attempt::Syntax(error),
    };
    let text_form = TextForm::of(ty);
    if text_form.is_some_and(|form| !form.is_wave(text)) {
        return fitting(text.into());
    }
    let wave = match wave::from_text(text, ty).map(fitting) {
        Ok(Ok(payload)) => return Ok(payload),
        Ok(Err(misfit)) => Attempt::Misfit(misfit),
        Err(error) => Attempt::Syntax(error),
    };
    if text_form.is_some()
        && !text.trim_start().starts_with('"')
        && let Ok(payload) = fitting(text.into())
    {
        return Ok(payload);
    }
    Err(match (json, wave) {
        // WAVE is directed by the type and says more of it.
        (_, Attempt::Misfit(misfit)) | (Attempt::Misfit(misfit), _) => misfit,
        (Attempt::Syntax(json), Attempt::Syntax(wave)) => {
            Error::invalid(format!("expected {ty} as WAVE or JSON: {}; {}", wave.message(), json.message()))
        }
    })
}

/// Why a text is not a value of the type.
enum Attempt {
    /// It is no text of the format.
    Syntax(Error),
    /// It is a value of another type.
    Misfit(Error),
}

/// How the text itself may be the value.
#[derive(Clone, Copy)]
struct TextForm {
    is_option: bool,
    is_char: bool,
}

impl TextForm {
    fn of(ty: &Type) -> Option<TextForm> {
        let (is_option, ty) = match ty {
            Type::Option(option) => (true, &option.ty()),
            ty => (false, ty),
        };
        let is_char = *ty == Type::Char;
        (is_char || *ty == Type::String).then_some(TextForm { is_option, is_char })
    }

    /// Whether WAVE is meant and not the text itself.
    fn is_wave(self, text: &str) -> bool {
        let text = text.trim();
        text.starts_with('"')
            || (self.is_option && (text == "none" || text.starts_with("some(")))
            || (self.is_char && text.len() > 1 && text.starts_with('\''))
    }
}
