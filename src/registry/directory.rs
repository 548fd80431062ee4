//! The kind `fs.directory`.

use std::path::{Path, PathBuf};

use super::decode::{Cx, Field, Fields};
use super::paths;
use super::source::Refusal;
use super::tree::Value;

/// The permissions of a folder that is made, unless the entry gives others.
pub const DEFAULT_MODE: u32 = 0o755;

/// `fs.directory`: a folder of the app. Nothing outside it is reachable through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FsDirectory {
    /// The folder: relative to the app folder, normalised, so that it never leads upwards.
    pub directory: PathBuf,
    /// Whether the folder is made when it does not exist; without it the folder existed at load.
    pub auto_init: bool,
    /// The permissions of a folder that is made, at most `0o7777`.
    pub mode: u32,
}

impl FsDirectory {
    pub(crate) fn decode(fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Option<FsDirectory> {
        let field = fields.required("directory", cx);
        let directory = field.as_ref().and_then(|field| field.parsed(cx, |text| paths::below_app(Path::new(""), text)));
        let auto_init = match fields.optional("auto_init") {
            Some(field) => field.boolean(cx),
            None => Some(false),
        };
        let mode = fields.optional("mode").and_then(|field| mode(&field, cx)).unwrap_or(DEFAULT_MODE);
        if let (Some(field), Some(directory), Some(auto_init)) = (&field, &directory, auto_init) {
            check_folder(field, directory, auto_init, cx);
        }
        Some(FsDirectory { directory: directory?, auto_init: auto_init?, mode })
    }
}

fn check_folder(field: &Field<'_>, directory: &Path, auto_init: bool, cx: &mut Cx<'_>) {
    let checked = if auto_init { cx.source.check_future_folder(directory) } else { cx.source.check_folder(directory) };
    match checked {
        Ok(()) => {}
        Err(Refusal::Missing) => {
            field.report(cx, "does not exist; create it or set auto_init: true");
        }
        Err(refusal) => field.report(cx, refusal),
    }
}

/// Permissions as octal digits, such as `"0755"`.
pub(super) fn mode(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<u32> {
    const FORM: &str = "must be octal digits in quotes, such as \"0755\"";
    let text = match &field.node.value {
        Value::Text(text) => text,
        Value::Reported => return None,
        _ => {
            field.report(cx, format!("{FORM} (found {})", field.node.describe()));
            return None;
        }
    };
    let is_octal = !text.is_empty() && text.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    match u32::from_str_radix(text, 8) {
        Ok(mode) if is_octal && mode <= 0o7777 => Some(mode),
        _ => {
            field.report(cx, format!("{FORM} (found {})", super::tree::quote(text)));
            None
        }
    }
}
