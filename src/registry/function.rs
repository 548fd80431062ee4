//! The kinds `function.wat` and `function.wasm`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::decode::{Cx, Field, Fields};
use super::tree::quote;
use super::{EntryKind, Id, Limits, Pool, Token, WasiConfig, paths};
use crate::Error;

/// `function.wat`: a function whose WAT text stands in the entry.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionWat {
    /// WAT text: a core module or a component.
    pub source: Arc<str>,
    /// What all functions have.
    pub function: Function,
}

/// `function.wasm`: a function whose binary lies in a file system entry.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionWasm {
    /// The `fs.directory` entry.
    pub fs: Id,
    /// The file in it: relative, normalised, with `/` between names.
    pub path: String,
    /// What the file must hash to.
    pub hash: ContentHash,
    /// What all functions have.
    pub function: Function,
}

/// What all functions have, whatever they are written in.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// The export, as `transform-users` or `interface#function`.
    pub method: String,
    /// The signature of a core module, as WIT text.
    pub wit: Option<Arc<str>>,
    /// How many calls run at once.
    pub pool: Pool,
    /// How callers' values become arguments.
    pub transport: Transport,
    /// How a `result` becomes the caller's value.
    pub result: ResultForm,
    /// The capabilities it may use.
    pub imports: BTreeSet<Token>,
    /// What it is given through WASI.
    pub wasi: WasiConfig,
    /// What it may use up.
    pub limits: Limits,
    /// The values of `bind`, not looked into.
    pub bind: Option<serde_json::Value>,
}

/// How callers' values become arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Arguments by position.
    #[default]
    Payload,
    /// The function answers an HTTP request.
    WasiHttp,
}

/// How the `result` of a function becomes the caller's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResultForm {
    /// The pair of a value and an error.
    #[default]
    Pair,
    /// The table `{ok: v}` or `{err: e}`.
    Tagged,
}

/// The SHA-256 of a binary; `Display` prints `sha256:` and 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        ContentHash(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads `sha256:` and 64 hex digits; the error is the end of a sentence that begins with the name of the field.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let form = || format!("must be sha256: and 64 hex digits (found {})", quote(text));
        let digits = text.strip_prefix("sha256:").ok_or_else(form)?.as_bytes();
        if digits.len() != 64 {
            return Err(format!("must be sha256: and 64 hex digits (found {} digits)", digits.len()));
        }
        let value =
            |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).ok_or_else(form);
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Ok(ContentHash(bytes))
    }
}

impl FromStr for ContentHash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        ContentHash::parse(text).map_err(|why| Error::invalid(format!("a hash {why}")))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FunctionWat {
    pub(crate) fn decode(fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Option<FunctionWat> {
        let source = fields.required("source", cx).and_then(|field| field.name(cx).cloned());
        let function = Function::decode(fields, cx);
        Some(FunctionWat { source: source?, function })
    }
}

impl FunctionWasm {
    pub(crate) fn decode(fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Option<FunctionWasm> {
        let fs = fields.required("fs", cx).and_then(|field| field.reference(cx, &[EntryKind::FsDirectory]));
        let path = fields.required("path", cx).and_then(|field| field.parsed(cx, paths::within_entry));
        let hash = fields.required("hash", cx).and_then(|field| field.parsed(cx, ContentHash::parse));
        let function = Function::decode(fields, cx);
        Some(FunctionWasm { fs: fs?, path: path?, hash: hash?, function })
    }
}

impl Function {
    /// A method that is missing is reported and left empty: the binary can be verified without it.
    fn decode(fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Function {
        let method = fields.required("method", cx).and_then(|field| field.name(cx)).map(|text| text.to_string());
        Function {
            method: method.unwrap_or_default(),
            wit: fields.optional("wit").and_then(|field| field.name(cx).cloned()),
            pool: fields.optional("pool").and_then(|field| Pool::decode(&field, cx)).unwrap_or_default(),
            transport: fields
                .optional("transport")
                .and_then(|field| {
                    field.one_of(cx, &[("payload", Transport::Payload), ("wasi-http", Transport::WasiHttp)])
                })
                .unwrap_or_default(),
            result: fields
                .optional("result")
                .and_then(|field| field.one_of(cx, &[("pair", ResultForm::Pair), ("tagged", ResultForm::Tagged)]))
                .unwrap_or_default(),
            imports: fields.optional("imports").map(|field| imports(&field, cx)).unwrap_or_default(),
            wasi: fields.optional("wasi").and_then(|field| WasiConfig::decode(&field, cx)).unwrap_or_default(),
            limits: fields.optional("limits").and_then(|field| Limits::decode(&field, cx)).unwrap_or_default(),
            bind: fields.optional("bind").map(|field| field.node.to_data()),
        }
    }
}

fn imports(field: &Field<'_>, cx: &mut Cx<'_>) -> BTreeSet<Token> {
    let items = field.list(cx).unwrap_or_default();
    let token = |item: Field<'_>| match Token::parse(item.text(cx)?) {
        Ok(token) => Some(token),
        Err(message) => {
            cx.report(item.pos, &item.path, format!("{}: {message}", item.path));
            None
        }
    };
    items.into_iter().filter_map(token).collect()
}
