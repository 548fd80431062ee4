//! A call in WAVE: `transform("x", [1, 2])`.

use wasm_wave::parser::ParserErrorKind;

use super::{invalid, parse, with_line_break};
use crate::error::{Error, Result};

/// A function's name and the texts of its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The name as it stands before the parenthesis, `interface#function` included.
    pub function: String,
    /// The text of each argument, still to be read by its type.
    pub arguments: Vec<String>,
}

impl Call {
    /// Splits a call into its parts.
    ///
    /// # Errors
    ///
    /// [`Kind::Invalid`](crate::Kind::Invalid) if it is not `name(arguments)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use nojit::payload::wave::Call;
    ///
    /// let call = Call::parse(r#"greet("Ana", {polite: true})"#)?;
    /// assert_eq!(call.function, "greet");
    /// assert_eq!(call.arguments, [r#""Ana""#, "{polite: true}"]);
    /// # Ok::<(), nojit::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Call> {
        let text = with_line_break(text)?;
        let form = || Error::invalid("expected a call: name(argument, ..)");
        let (function, _) = text.split_once('(').ok_or_else(form)?;
        let arguments = text.get(function.len()..).ok_or_else(form)?;
        let function = function.trim();
        if function.is_empty() || function.contains(char::is_whitespace) {
            return Err(form());
        }
        let arguments = match parse(arguments) {
            Ok(value) => {
                let nodes = value.node().as_tuple().map_err(|_| form())?;
                nodes.map(|node| arguments.get(node.span()).unwrap_or_default().to_owned()).collect()
            }
            Err(error) if error.kind() == ParserErrorKind::EmptyTuple && is_empty_tuple(arguments) => Vec::new(),
            Err(error) => return Err(invalid(arguments, &error)),
        };
        Ok(Call { function: function.to_owned(), arguments })
    }
}

/// Whether nothing follows an empty tuple, which the parser does not look at.
fn is_empty_tuple(text: &str) -> bool {
    text.split_once(')').is_some_and(|(_, rest)| {
        rest.lines().all(|line| line.split("//").next().is_none_or(|code| code.trim().is_empty()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_a_name_and_arguments() {
        for (text, expected) in [
            (r#"f(1, "x")"#, Ok(("f", vec!["1", "\"x\""]))),
            ("f()", Ok(("f", vec![]))),
            (" f ( ) // nothing", Ok(("f", vec![]))),
            ("a:b/c@1.2.3#f-g([1, (2, 3)], {a: 'x',}, )", Ok(("a:b/c@1.2.3#f-g", vec!["[1, (2, 3)]", "{a: 'x',}"]))),
            ("f(some(1)) //", Ok(("f", vec!["some(1)"]))),
            ("f", Err("expected a call: name(argument, ..)")),
            ("(1)", Err("expected a call: name(argument, ..)")),
            ("f()()", Err("invalid WAVE: empty tuple at line 1 column 1")),
            ("f(1)(2)", Err("invalid WAVE: trailing characters after value at line 1 column 4")),
            ("f(1", Err("invalid WAVE: unexpected end of input at line 1 column 3")),
            ("f(,)", Err("invalid WAVE: unexpected token (Comma) at line 1 column 2")),
        ] {
            let found = Call::parse(text);
            let found = found.as_ref().map(|call| (&*call.function, call.arguments.iter().map(|a| &**a).collect()));
            assert_eq!(found.map_err(Error::message), expected, "{text}");
        }
    }
}
