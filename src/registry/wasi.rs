//! What an entry gives its guest through WASI: arguments, variables, folders.

use std::collections::BTreeMap;

use super::decode::{Cx, Field};
use super::{EntryKind, Id, paths};

/// What an entry gives its guest through WASI; by default nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WasiConfig {
    /// Command-line arguments.
    pub args: Vec<String>,
    /// The working directory: absolute, normalised; none when the entry gives none.
    pub cwd: Option<String>,
    /// Environment variables; their names are unique.
    pub env: Vec<EnvVar>,
    /// Folders; their guest paths are unique.
    pub mounts: Vec<Mount>,
    /// Whether outgoing connections may reach loopback, private and link-local addresses.
    pub allow_private: bool,
}

/// An environment variable of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvVar {
    /// The entry that holds the value.
    pub id: Id,
    /// The name the guest sees.
    pub name: String,
    /// Whether a call fails when there is no value.
    pub required: bool,
}

/// A folder of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The `fs.directory` entry.
    pub fs: Id,
    /// The path the guest sees: absolute, normalised.
    pub guest: String,
    /// Whether the guest may only read.
    pub read_only: bool,
}

impl WasiConfig {
    pub(crate) fn decode(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<WasiConfig> {
        let mut fields = field.fields(cx)?;
        let config = WasiConfig {
            args: fields.optional("args").and_then(|field| args(&field, cx)).unwrap_or_default(),
            cwd: fields.optional("cwd").and_then(|field| field.parsed(cx, paths::guest_absolute)),
            env: fields.optional("env").and_then(|field| env(&field, cx)).unwrap_or_default(),
            mounts: fields.optional("mounts").and_then(|field| mounts(&field, cx)).unwrap_or_default(),
            allow_private: fields.optional("allow_private").and_then(|field| field.boolean(cx)).unwrap_or(false),
        };
        fields.finish(cx);
        Some(config)
    }
}

fn args(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Vec<String>> {
    let items = field.list(cx)?;
    Some(items.iter().filter_map(|item| item.text(cx)).map(|text| text.to_string()).collect())
}

fn env(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Vec<EnvVar>> {
    let mut first = BTreeMap::new();
    let mut variables = Vec::new();
    for item in field.list(cx)? {
        let Some(mut fields) = item.fields(cx) else { continue };
        let id = fields.required("id", cx).and_then(|field| field.reference(cx, &[EntryKind::EnvVariable]));
        let name_field = fields.required("name", cx);
        let name = name_field.as_ref().and_then(|field| field.parsed(cx, variable_name));
        let required = fields.optional("required").and_then(|field| field.boolean(cx)).unwrap_or(false);
        fields.finish(cx);
        if let (Some(field), Some(name)) = (&name_field, &name) {
            refuse_second(&mut first, name, field, cx);
        }
        if let (Some(id), Some(name)) = (id, name) {
            variables.push(EnvVar { id, name, required });
        }
    }
    Some(variables)
}

pub(super) fn variable_name(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(['=', '\0']) {
        return Err("must be the name of a variable, without `=`".to_owned());
    }
    Ok(text.to_owned())
}

fn mounts(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Vec<Mount>> {
    let mut first = BTreeMap::new();
    let mut mounts = Vec::new();
    for item in field.list(cx)? {
        let Some(mut fields) = item.fields(cx) else { continue };
        let fs = fields.required("fs", cx).and_then(|field| field.reference(cx, &[EntryKind::FsDirectory]));
        let guest_field = fields.required("guest", cx);
        let guest = guest_field.as_ref().and_then(|field| field.parsed(cx, paths::guest_absolute));
        let read_only = fields.optional("read_only").and_then(|field| field.boolean(cx)).unwrap_or(false);
        fields.finish(cx);
        if let (Some(field), Some(guest)) = (&guest_field, &guest) {
            refuse_second(&mut first, guest, field, cx);
        }
        if let (Some(fs), Some(guest)) = (fs, guest) {
            mounts.push(Mount { fs, guest, read_only });
        }
    }
    Some(mounts)
}

/// Reports `value` of `field` when it was given before.
fn refuse_second(first: &mut BTreeMap<String, String>, value: &str, field: &Field<'_>, cx: &mut Cx<'_>) {
    match first.get(value) {
        Some(other) => field.report(cx, format!("must be unique, but {value} is also {other}; change one")),
        None => drop(first.insert(value.to_owned(), field.path.clone().into_owned())),
    }
}
