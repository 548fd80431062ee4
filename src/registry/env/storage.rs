//! The kinds `env.storage.*`: their fields. Knows no value but those that stand in the entry.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::decode::{Cx, Field, Fields};
use super::super::source::Refusal;
use super::super::{EntryKind, Id, directory, paths};
use super::{STORAGES, lines};

/// The permissions of a file that is made for variables, unless the entry gives others: values may be secret.
pub const DEFAULT_ENV_FILE_MODE: u32 = 0o600;
/// The permissions of a folder that is made for such a file, unless the entry gives others.
pub const DEFAULT_ENV_DIR_MODE: u32 = 0o700;

/// `env.storage.*`: where values are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvStorage {
    /// `env.storage.os`: the variables of the operating system.
    Os,
    /// `env.storage.memory`: what was put there since the app began; nothing yet.
    Memory,
    /// `env.storage.static`: what is written in the entry.
    Static {
        /// Values by public names.
        values: BTreeMap<String, String>,
    },
    /// `env.storage.file`: lines `NAME=value` of a file.
    File {
        /// The file: relative to the app folder, normalised, so that it never leads upwards.
        path: PathBuf,
        /// Whether the file is to be made by whoever starts the app; without it the file existed at load.
        auto_create: bool,
        /// The permissions of a file that is made, at most `0o7777`.
        file_mode: u32,
        /// The permissions of folders that are made for it, at most `0o7777`.
        dir_mode: u32,
    },
    /// `env.storage.router`: the first of several that has a value.
    Router {
        /// The others, which are asked in this order.
        storages: Vec<Id>,
    },
}

impl EnvStorage {
    /// The fields of a storage of `kind`; none if it is no kind of storage.
    pub(crate) fn decode(kind: EntryKind, fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Option<EnvStorage> {
        match kind {
            EntryKind::EnvStorageOs => Some(EnvStorage::Os),
            EntryKind::EnvStorageMemory => Some(EnvStorage::Memory),
            EntryKind::EnvStorageStatic => fixed(fields, cx),
            EntryKind::EnvStorageFile => file(fields, cx),
            EntryKind::EnvStorageRouter => router(fields, cx),
            _ => None,
        }
    }

    /// The kind.
    pub(crate) fn kind(&self) -> EntryKind {
        match self {
            EnvStorage::Os => EntryKind::EnvStorageOs,
            EnvStorage::Memory => EntryKind::EnvStorageMemory,
            EnvStorage::Static { .. } => EntryKind::EnvStorageStatic,
            EnvStorage::File { .. } => EntryKind::EnvStorageFile,
            EnvStorage::Router { .. } => EntryKind::EnvStorageRouter,
        }
    }
}

fn fixed(fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Option<EnvStorage> {
    let fields = fields.required("values", cx)?.fields(cx)?;
    let pairs = fields.all(cx).into_iter();
    let values = pairs.filter_map(|(name, field)| Some((name, field.text(cx)?.to_string()))).collect();
    Some(EnvStorage::Static { values })
}

fn file(fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Option<EnvStorage> {
    let field = fields.required("file_path", cx);
    let path = field.as_ref().and_then(|field| field.parsed(cx, |text| paths::below_app(Path::new(""), text)));
    let auto_create = match fields.optional("auto_create") {
        Some(field) => field.boolean(cx),
        None => Some(false),
    };
    let mut mode =
        |name, default| fields.optional(name).and_then(|field| directory::mode(&field, cx)).unwrap_or(default);
    let file_mode = mode("file_mode", DEFAULT_ENV_FILE_MODE);
    let dir_mode = mode("dir_mode", DEFAULT_ENV_DIR_MODE);
    if let (Some(field), Some(path), Some(auto_create)) = (&field, &path, auto_create) {
        check_file(field, path, auto_create, cx);
    }
    Some(EnvStorage::File { path: path?, auto_create: auto_create?, file_mode, dir_mode })
}

/// Reports a file that cannot be read or understood, or that is missing and not to be made.
fn check_file(field: &Field<'_>, path: &Path, auto_create: bool, cx: &mut Cx<'_>) {
    let checked = match cx.source.read(path) {
        Ok(bytes) => lines::parse(&bytes)
            .map(drop)
            .map_err(|why| format!("names {}, which is malformed: {why}", paths::display(path))),
        Err(Refusal::Missing) if auto_create => cx.source.check_future_folder(path).map_err(|why| why.to_string()),
        Err(Refusal::Missing) => Err("does not exist; create it or set auto_create: true".to_owned()),
        Err(refusal) => Err(refusal.to_string()),
    };
    if let Err(message) = checked {
        field.report(cx, message);
    }
}

fn router(fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Option<EnvStorage> {
    let items = fields.required("storages", cx)?;
    let list = items.list(cx)?;
    if list.is_empty() {
        items.report(cx, "must name at least one storage");
    }
    let storages = list.iter().filter_map(|item| item.reference(cx, STORAGES)).collect();
    Some(EnvStorage::Router { storages })
}
