//! The entries that a definition file needs for a file.

use std::path::Path;

use super::{Report, imports};

/// An entry for each exported function, but for those that need or give a resource, which is no data.
pub(super) fn to_text(report: &Report) -> String {
    let callable = report.exports.iter().filter(|(_, ty)| !ty.to_string().contains("<resource>"));
    callable.map(|(method, _)| of_function(report, method)).collect::<Vec<_>>().join("\n")
}

fn of_function(report: &Report, method: &str) -> String {
    let file = Path::new(&report.path).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let is_text = !file.ends_with(".wasm");
    let mut lines = vec![format!("- name: {}", name(method))];
    match is_text {
        true => lines
            .extend(["  kind: function.wat".to_owned(), format!("  source: {}", quoted(&format!("file://{file}")))]),
        false => lines.extend([
            "  kind: function.wasm".to_owned(),
            "  fs: wasm_binaries # an entry of kind fs.directory, with the folder of the file".to_owned(),
            format!("  path: {}", quoted(&format!("/{file}"))),
            format!("  hash: {}", report.hash),
        ]),
    }
    lines.push(format!("  method: {}", quoted(method)));
    if let Some(wit) = &report.wit_text {
        lines.push("  wit: |".to_owned());
        lines.extend(wit.trim_end().lines().map(|line| format!("    {line}")));
    }
    let tokens = imports::tokens(&report.imports);
    if !tokens.is_empty() {
        lines.push("  imports: # all that it could use; leave out what it does not need".to_owned());
        lines.extend(tokens.iter().map(|token| format!("    - {token}")));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A name for the entry of an export: its function in `snake_case`.
fn name(method: &str) -> String {
    let function = method.rsplit_once('#').map_or(method, |(_, function)| function);
    let word: String = function.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    word.trim_matches('_').to_owned()
}

/// A YAML scalar, in quotes if it needs them.
fn quoted(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    if is_plain { text } else { format!("\"{text}\"") }
}
