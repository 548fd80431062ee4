//! `nojit.yaml`: the settings of an app.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::decode::{Cx, Field, Fields, File};
use super::definition;
use super::source::{Refusal, Source};
use super::tree::{Pos, Value};
use super::{Problems, paths, web};

/// The name of the settings file in the app folder.
pub(crate) const FILE_NAME: &str = "nojit.yaml";

/// The settings of an app, from `nojit.yaml`; without that file the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// `source`: the folder with the definition files, relative to the app folder; empty for the app folder itself.
    pub source: PathBuf,
    /// `strict`: whether what no policy speaks of is denied also without actor and scope.
    pub strict: bool,
    /// `metrics.listen`: the address of the metrics endpoint.
    pub metrics_listen: Option<SocketAddr>,
    /// `log.format`.
    pub log_format: LogFormat,
    /// `fuel.per_ms`: how much fuel is a millisecond of virtual time, at least 1.
    pub fuel_per_ms: Option<u64>,
    /// `fuel.slice`: how much fuel a guest gets before others have their turn, at least 1.
    pub fuel_slice: Option<u64>,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Reads the settings of the app, and reports what is wrong with them.
pub(crate) fn load(source: &Source, problems: &mut Problems) -> Settings {
    let path = Path::new(FILE_NAME);
    match source.read(path) {
        Ok(bytes) => decode(&bytes, source, problems),
        Err(Refusal::Missing) => Settings::default(),
        Err(refusal) => {
            problems.push(File::new(path).problem(Pos::FILE, refusal.to_string()));
            Settings::default()
        }
    }
}

/// Reads the text of a settings file.
pub(crate) fn decode(bytes: &[u8], source: &Source, problems: &mut Problems) -> Settings {
    let file = File::new(Path::new(FILE_NAME));
    let Some(tree) = definition::parse(&file, bytes, problems) else { return Settings::default() };
    for (pos, message) in tree.notes {
        problems.push(file.problem(pos, message));
    }
    let mut root = tree.root;
    if matches!(root.value, Value::Null) {
        return Settings::default();
    }
    let mut cx = Cx::new(source, &file, problems);
    cx.expand(&mut String::new(), &mut root);
    match Fields::of_map(&root, "") {
        Some(fields) => settings(fields, &mut cx),
        None => {
            cx.report(root.pos, "", format!("must be a map of settings (found {})", root.describe()));
            Settings::default()
        }
    }
}

fn settings(mut fields: Fields<'_>, cx: &mut Cx<'_>) -> Settings {
    let mut settings = Settings {
        source: fields.optional("source").and_then(|field| folder(&field, cx)).unwrap_or_default(),
        strict: fields.optional("strict").and_then(|field| field.boolean(cx)).unwrap_or(false),
        ..Settings::default()
    };
    if let Some(mut metrics) = fields.optional("metrics").and_then(|field| field.fields(cx)) {
        settings.metrics_listen = metrics.optional("listen").and_then(|field| field.parsed(cx, web::address));
        metrics.finish(cx);
    }
    if let Some(mut log) = fields.optional("log").and_then(|field| field.fields(cx)) {
        let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        settings.log_format = log.optional("format").and_then(|field| field.one_of(cx, &formats)).unwrap_or_default();
        log.finish(cx);
    }
    if let Some(mut fuel) = fields.optional("fuel").and_then(|field| field.fields(cx)) {
        settings.fuel_per_ms = fuel.optional("per_ms").and_then(|field| field.integer(cx, 1..=u64::MAX));
        settings.fuel_slice = fuel.optional("slice").and_then(|field| field.integer(cx, 1..=u64::MAX));
        fuel.finish(cx);
    }
    fields.finish(cx);
    settings
}

fn folder(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<PathBuf> {
    let path = field.parsed(cx, |text| paths::below_app(Path::new(""), text))?;
    if let Err(refusal) = cx.source.check_folder(&path) {
        field.report(cx, refusal);
        return None;
    }
    Some(path)
}
