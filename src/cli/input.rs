//! Arguments of calls: text, files and standard input.

use std::io::{self, Read};
use std::path::Path;

use super::failure::Failure;
use crate::{
    component::{FuncType, Type, abi::path::in_argument, wrap},
    error::{Error, Result},
    function::MAX_BINARY_BYTES,
    payload::{MAX_TEXT_LEN_BYTES, Payload, json, parse_argument, to_val, yaml},
};

/// Reads the arguments of a function, as many as it takes: each a value as JSON or WAVE, `@file`, or `-` for standard input.
pub(super) fn arguments(texts: &[String], ty: &FuncType) -> Result<Vec<Payload>, Failure> {
    if texts.iter().filter(|text| *text == "-").count() > 1 {
        return Err(Failure::usage("standard input is one argument: `-` can be given once"));
    }
    let pairs = texts.iter().zip(ty.params()).enumerate();
    pairs.map(|(index, (text, (name, ty)))| argument(text, &ty, index, name)).collect()
}

/// As [`arguments`], where no text means a file.
pub(super) fn literals(texts: &[String], ty: &FuncType) -> Result<Vec<Payload>, Failure> {
    let pairs = texts.iter().zip(ty.params()).enumerate();
    let read = |(index, (text, (name, ty))): (usize, (&String, (&str, Type)))| {
        parse_argument(text, &ty).map_err(|error| Failure::unusable(&in_argument(error, index, name)))
    };
    pairs.map(read).collect()
}

fn argument(text: &str, ty: &Type, index: usize, name: &str) -> Result<Payload, Failure> {
    let in_place = |error: Error| Failure::unusable(&in_argument(error, index, name));
    let (source, bytes) = match text.strip_prefix('@') {
        _ if text == "-" => ("standard input", read_stdin()?),
        None => return parse_argument(text, ty).map_err(in_place),
        // `@@x` is the text `@x`.
        Some(literal) if literal.starts_with('@') => return parse_argument(literal, ty).map_err(in_place),
        Some(path) => (path, file(Path::new(path), MAX_TEXT_LEN_BYTES as u64)?),
    };
    content(source, bytes, ty).map_err(in_place)
}

/// The value that a file holds: JSON or YAML if its name says so; bytes as they are for `list<u8>`; else any text that
/// an argument may be.
fn content(path: &str, bytes: Vec<u8>, ty: &Type) -> Result<Payload> {
    let end = Path::new(path).extension().and_then(|end| end.to_str()).unwrap_or_default();
    let is_bytes = matches!(ty, Type::List(list) if list.ty() == Type::U8);
    let named = match end {
        "json" => json::from_slice(&bytes),
        "yaml" | "yml" => text_of(path, &bytes).and_then(yaml::from_text),
        _ if is_bytes => return Ok(Payload::Bytes(bytes)),
        _ => return parse_argument(text_of(path, &bytes)?, ty),
    };
    let payload = named.map_err(|error| error.at(path))?;
    to_val(&payload, ty).map(|_| payload)
}

fn text_of<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str> {
    std::str::from_utf8(bytes).map_err(|_| Error::invalid(format!("{path} is not UTF-8 text")))
}

/// The bytes of a WebAssembly file, binary or text.
pub(super) fn module(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.is_dir() {
        return Err(Failure::usage(format!("{} is a folder; name a .wasm or .wat file", path.display())));
    }
    let bytes = file(path, MAX_BINARY_BYTES)?;
    // Text begins with a parenthesis or a comment; what is wrong with binaries, and with nothing, their reader says.
    let is_text = |text: &str| text.is_empty() || text.starts_with('\0') || text.trim_start().starts_with(['(', ';']);
    if std::str::from_utf8(&bytes).is_ok_and(|text| !is_text(text)) {
        let message = format!("{} is no WebAssembly, binary or text; name a .wasm or .wat file", path.display());
        return Err(Failure::usage(message));
    }
    Ok(bytes)
}

/// Why the module in the file `path` cannot be used, typed by what was given with `--wit`.
pub(super) fn unusable(error: Error, path: &Path, wit: Option<&str>) -> Failure {
    let wit_name = wit.filter(|text| !is_wit_text(text)).unwrap_or("--wit");
    match wrap::in_named(error.message(), &path.to_string_lossy(), wit_name) {
        Some(message) => Failure::usage(message),
        None => Failure::unusable(&error.at(path.display())),
    }
}

/// Whether it is WIT and no path: WIT functions have a colon and a parenthesis, paths of WIT have neither.
fn is_wit_text(text: &str) -> bool {
    text.contains('(') || text.contains('{')
}

/// WIT that was given as text or as the name of a file.
pub(super) fn wit(text: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(text) = text else { return Ok(None) };
    if is_wit_text(text) {
        return Ok(Some(text.to_owned()));
    }
    let bytes = file(Path::new(text), MAX_TEXT_LEN_BYTES as u64)?;
    String::from_utf8(bytes).map(Some).map_err(|_| Failure::usage(format!("{text} is not UTF-8 text")))
}

fn file(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, Failure> {
    let refused = |why: &str| Failure::usage(format!("{} {why}", path.display()));
    let file = open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => refused("does not exist"),
        kind => refused(&format!("cannot be read: {kind}")),
    })?;
    let len_bytes = file.metadata().map_or(0, |metadata| metadata.len()).min(limit_bytes);
    read_all(file, len_bytes, limit_bytes).map_err(|why| refused(&why))
}

#[expect(clippy::disallowed_methods, reason = "the command line reads what it is told to read")]
fn open(path: &Path) -> io::Result<std::fs::File> {
    std::fs::File::open(path)
}

#[expect(clippy::disallowed_methods, reason = "the command line reads what it is told to read")]
fn read_stdin() -> Result<Vec<u8>, Failure> {
    let read = read_all(io::stdin().lock(), 0, MAX_TEXT_LEN_BYTES as u64);
    read.map_err(|why| Failure::usage(format!("standard input {why}")))
}

/// Reads what is about `len_bytes` long. The error is the end of a sentence that begins with what is read.
fn read_all(source: impl Read, len_bytes: u64, limit_bytes: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(usize::try_from(len_bytes).unwrap_or(0));
    match source.take(limit_bytes + 1).read_to_end(&mut bytes) {
        Err(error) => Err(format!("cannot be read: {}", error.kind())),
        Ok(len) if len as u64 > limit_bytes => Err(format!("is larger than {} MiB", limit_bytes >> 20)),
        Ok(_) => Ok(bytes),
    }
}
