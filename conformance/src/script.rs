//! Reads a `.wast` script into directives with lines. Knows nothing of the engine.
//!
//! The form of scripts is that of the reference interpreter, with the component forms of the Component Model's tests:
//! `(component definition $a ..)` defines, `(component instance $i $a)` instantiates, `(component ..)` does both.

use wast::{
    QuoteWat, Wast, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat,
    lexer::Lexer,
    parser::{self, ParseBuffer},
    token::{Id, Span},
};

/// A step of a script.
#[derive(Debug)]
pub struct Directive<'a> {
    /// The line it begins on, from 1.
    pub line: usize,
    /// What to do.
    pub action: Action<'a>,
}

/// What a step of a script asks for.
#[derive(Debug)]
pub enum Action<'a> {
    /// Define a component and instantiate it.
    Component(Option<&'a str>, Source),
    /// Define a component.
    Definition(Option<&'a str>, Source),
    /// Instantiate a definition; the last one if it is not named.
    Instance {
        /// The name of the new instance.
        name: Option<&'a str>,
        /// The name of the definition.
        definition: Option<&'a str>,
    },
    /// Call an export; what it returns does not matter.
    Invoke(Call<'a>),
    /// Call an export, which must return these results.
    AssertReturn(Call<'a>, Vec<WastRet<'a>>),
    /// Call an export or instantiate a component, which must trap.
    AssertTrap(Execute<'a>, &'a str),
    /// Call an export, which must use up the stack.
    AssertExhaustion(Call<'a>),
    /// The bytes must not be decoded.
    AssertMalformed(Source),
    /// The component must not pass validation.
    AssertInvalid(Source),
    /// The component is valid and must not be instantiated for want of an import.
    AssertUnlinkable(Source),
    /// A form that component scripts do not use.
    Unsupported(&'static str),
}

impl Action<'_> {
    /// The keyword of the directive.
    pub fn keyword(&self) -> &'static str {
        match self {
            Action::Component(..) => "component",
            Action::Definition(..) => "component definition",
            Action::Instance { .. } => "component instance",
            Action::Invoke(_) => "invoke",
            Action::AssertReturn(..) => "assert_return",
            Action::AssertTrap(..) => "assert_trap",
            Action::AssertExhaustion(_) => "assert_exhaustion",
            Action::AssertMalformed(_) => "assert_malformed",
            Action::AssertInvalid(_) => "assert_invalid",
            Action::AssertUnlinkable(_) => "assert_unlinkable",
            Action::Unsupported(keyword) => keyword,
        }
    }
}

/// A component of a script.
#[derive(Debug)]
pub enum Source {
    /// Its binary.
    Binary(Vec<u8>),
    /// Why its text is none.
    NoText(String),
}

/// What may trap.
#[derive(Debug)]
pub enum Execute<'a> {
    /// A call of an export.
    Call(Call<'a>),
    /// The instantiation of a component.
    Instantiate(Source),
}

/// A call of an export.
#[derive(Debug)]
pub struct Call<'a> {
    /// The name of the instance; the last one if it is not named.
    pub instance: Option<&'a str>,
    /// The name of the export.
    pub export: &'a str,
    /// The arguments.
    pub args: Vec<WastArg<'a>>,
}

/// Why a script cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line of the error, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// Prepares the text of a script for [`parse`], which borrows from it.
///
/// # Errors
///
/// The text is no sequence of tokens.
pub fn lex(text: &str) -> Result<ParseBuffer<'_>, SyntaxError> {
    let mut lexer = Lexer::new(text);
    // The tests of strings contain bidirectional marks and the like on purpose.
    lexer.allow_confusing_unicode(true);
    ParseBuffer::new_with_lexer(lexer).map_err(|error| syntax_error(text, &error))
}

/// Reads the script `text` that `buffer` was made of.
///
/// # Errors
///
/// The text is no script. A component within it whose text is wrong is no error, for that may be the point of the test.
pub fn parse<'a>(text: &'a str, buffer: &'a ParseBuffer<'a>) -> Result<Vec<Directive<'a>>, SyntaxError> {
    let script = parser::parse::<Wast<'a>>(buffer).map_err(|error| syntax_error(text, &error))?;
    let directives = script.directives.into_iter();
    Ok(directives.map(|found| Directive { line: line_of(text, found.span()), action: action(found) }).collect())
}

fn syntax_error(text: &str, error: &wast::Error) -> SyntaxError {
    SyntaxError { line: line_of(text, error.span()), message: error.message() }
}

fn line_of(text: &str, span: Span) -> usize {
    span.linecol_in(text).0 + 1
}

fn action(directive: WastDirective<'_>) -> Action<'_> {
    match directive {
        WastDirective::Module(component) if is_component(&component) => {
            Action::Component(component.name().map(name), source(component))
        }
        WastDirective::ModuleDefinition(component) if is_component(&component) => {
            Action::Definition(component.name().map(name), source(component))
        }
        WastDirective::ModuleInstance { instance, module, .. } => {
            Action::Instance { name: instance.map(name), definition: module.map(name) }
        }
        WastDirective::Invoke(invoke) => Action::Invoke(call(invoke)),
        WastDirective::AssertReturn { exec: WastExecute::Invoke(invoke), results, .. } => {
            Action::AssertReturn(call(invoke), results)
        }
        WastDirective::AssertTrap { exec: WastExecute::Invoke(invoke), message, .. } => {
            Action::AssertTrap(Execute::Call(call(invoke)), message)
        }
        WastDirective::AssertTrap { exec: WastExecute::Wat(wat @ Wat::Component(_)), message, .. } => {
            Action::AssertTrap(Execute::Instantiate(source(QuoteWat::Wat(wat))), message)
        }
        WastDirective::AssertExhaustion { call: invoke, .. } => Action::AssertExhaustion(call(invoke)),
        WastDirective::AssertMalformed { module, .. } => Action::AssertMalformed(source(module)),
        WastDirective::AssertInvalid { module, .. } => Action::AssertInvalid(source(module)),
        WastDirective::AssertUnlinkable { module, .. } => Action::AssertUnlinkable(source(QuoteWat::Wat(module))),
        other => Action::Unsupported(unsupported(&other)),
    }
}

fn unsupported(directive: &WastDirective<'_>) -> &'static str {
    match directive {
        WastDirective::Module(_) => "module",
        WastDirective::ModuleDefinition(_) => "module definition",
        WastDirective::Register { .. } => "register",
        WastDirective::AssertReturn { .. } => "assert_return of something other than a call",
        WastDirective::AssertTrap { .. } => "assert_trap of something other than a call or a component",
        WastDirective::AssertException { .. } => "assert_exception",
        WastDirective::AssertSuspension { .. } => "assert_suspension",
        WastDirective::AssertInvalidCustom { .. } => "assert_invalid_custom",
        WastDirective::AssertMalformedCustom { .. } => "assert_malformed_custom",
        WastDirective::Thread(_) => "thread",
        WastDirective::Wait { .. } => "wait",
        _ => "a directive that the runner does not know",
    }
}

fn is_component(wat: &QuoteWat<'_>) -> bool {
    matches!(wat, QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..))
}

fn name(id: Id<'_>) -> &str {
    id.name()
}

fn call(invoke: WastInvoke<'_>) -> Call<'_> {
    Call { instance: invoke.module.map(name), export: invoke.name, args: invoke.args }
}

fn source(mut wat: QuoteWat<'_>) -> Source {
    match wat.encode() {
        Ok(binary) => Source::Binary(binary),
        Err(error) => Source::NoText(error.message()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line and keyword of each directive.
    fn outline(text: &str) -> Result<Vec<(usize, &'static str)>, SyntaxError> {
        let buffer = lex(text)?;
        let directives = parse(text, &buffer)?;
        Ok(directives.iter().map(|directive| (directive.line, directive.action.keyword())).collect())
    }

    #[test]
    fn component_forms_are_told_apart() {
        let text = "(component $a)\n(component definition $b)\n(component instance $i $b)\n\n(component quote \"\")";
        let expected = [(1, "component"), (2, "component definition"), (3, "component instance"), (5, "component")];
        assert_eq!(outline(text).as_deref(), Ok(&expected[..]));
    }

    #[test]
    fn forms_of_core_scripts_are_named() {
        let text = "(module)\n(register \"m\")\n(assert_return (get \"g\") (i32.const 1))";
        let keywords: Vec<_> = outline(text).expect("is a script").into_iter().map(|(_, keyword)| keyword).collect();
        assert_eq!(keywords, ["module", "register", "assert_return of something other than a call"]);
    }

    #[test]
    fn a_component_whose_text_is_wrong_is_kept() {
        let text = "(assert_malformed (component quote \"(import \\\"a\\\" (fnc))\") \"\")";
        let buffer = lex(text).expect("has tokens");
        let directives = parse(text, &buffer).expect("is a script");
        assert!(matches!(&directives[0].action, Action::AssertMalformed(Source::NoText(_))), "{directives:?}");
    }

    #[test]
    fn an_error_names_its_line() {
        let error = outline("(component)\n(assert_nothing)").expect_err("no such directive");
        assert_eq!(error.line, 2);
    }
}
