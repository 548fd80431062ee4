//! Text with variables: `${env:NAME}`, `${env:NAME|default}`, and `$${` for a literal `${`.
//!
//! Everything else with a dollar sign is plain text. Knows nothing of where variables come from.

use super::tree::quote;

/// Text with the variables in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Env { name: String, default: Option<String> },
}

impl Template {
    /// Reads `text`.
    ///
    /// # Errors
    ///
    /// A sentence about a variable that is not closed or whose name is none.
    pub(crate) fn parse(text: &str) -> Result<Template, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            literal.push_str(before);
            if let Some(after) = after.strip_prefix("${") {
                literal.push_str("${");
                rest = after;
            } else if let Some(after) = after.strip_prefix("{env:") {
                let (inside, after) = after
                    .split_once('}')
                    .ok_or_else(|| format!("variable {} is not closed; add }}", quote(&format!("${{env:{after}"))))?;
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(variable(inside)?);
                rest = after;
            } else {
                literal.push('$');
                rest = after;
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() || parts.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Template { parts })
    }

    /// The text with each variable as `value_of` gives it, or else its default.
    ///
    /// # Errors
    ///
    /// The name of the first variable that has neither.
    pub(crate) fn resolve(&self, mut value_of: impl FnMut(&str) -> Option<String>) -> Result<String, &str> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Env { name, default } => match (value_of(name), default) {
                    (Some(value), _) => text.push_str(&value),
                    (None, Some(default)) => text.push_str(default),
                    (None, None) => return Err(name),
                },
            }
        }
        Ok(text)
    }
}

fn variable(inside: &str) -> Result<Part, String> {
    let (name, default) = match inside.split_once('|') {
        Some((name, default)) => (name, Some(default.to_owned())),
        None => (inside, None),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(format!(
            "variable {} has no valid name; write ${{env:NAME}}",
            quote(&format!("${{env:{inside}}}"))
        ));
    }
    Ok(Part::Env { name: name.to_owned(), default })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_resolve_to_their_value_or_default() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let template = Template::parse(text).expect("a valid template");
            let found = template.resolve(|name| (name == "HOME").then(|| "/home".to_owned()));
            assert_eq!(found.as_deref().map_err(|name| *name), expected, "{text:?}");
        };
        check("", Ok(""));
        check("plain $x ${y} $", Ok("plain $x ${y} $"));
        check("${env:HOME}/x", Ok("/home/x"));
        check("${env:HOME|no}", Ok("/home"));
        check("a ${env:NONE|b c} d", Ok("a b c d"));
        check("${env:NONE|}", Ok(""));
        check("$${env:HOME} $$", Ok("${env:HOME} $$"));
        check("${env:NONE}", Err("NONE"));
    }

    #[test]
    fn malformed_variables_are_errors() {
        let check = |text: &str, expected: &str| {
            assert_eq!(Template::parse(text), Err(expected.to_owned()), "{text:?}");
        };
        check("${env:A", "variable \"${env:A\" is not closed; add }");
        check("${env:}", "variable \"${env:}\" has no valid name; write ${env:NAME}");
        check("${env:A B|c}", "variable \"${env:A B|c}\" has no valid name; write ${env:NAME}");
    }
}
