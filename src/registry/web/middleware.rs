//! What stands between the server and the endpoints of a router: the list `middleware`, and `options` for what is in it.
//! Knows no endpoints.
//!
//! The order of the list has no meaning. A request that `ratelimit` refuses goes no further; what an endpoint answers is
//! compressed, and `cors` says of every answer who may read it.

use super::super::decode::{Cx, Field, Fields};
use super::{Compress, Cors, RateLimit};

/// What there is of it.
#[derive(Default)]
pub(super) struct Middleware {
    pub(super) cors: Option<Cors>,
    pub(super) compress: Option<Compress>,
    pub(super) ratelimit: Option<RateLimit>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Cors,
    Compress,
    Ratelimit,
}

const NAMES: [(&str, Name); 3] = [("cors", Name::Cors), ("compress", Name::Compress), ("ratelimit", Name::Ratelimit)];

/// Options as keys with dots, and where the same is said.
const DOTTED: [(&str, &str, &str); 12] = [
    ("cors.allow.origins", "cors", "origins"),
    ("cors.allow.methods", "cors", "methods"),
    ("cors.allow.headers", "cors", "headers"),
    ("cors.allow.credentials", "cors", "credentials"),
    ("cors.expose.headers", "cors", "expose"),
    ("cors.max.age", "cors", "max_age"),
    ("compress.level", "compress", "level"),
    ("compress.min_length", "compress", "min_length"),
    ("ratelimit.requests", "ratelimit", "requests"),
    ("ratelimit.interval", "ratelimit", "interval"),
    ("ratelimit.burst", "ratelimit", "burst"),
    ("ratelimit.key", "ratelimit", "key"),
];

impl Middleware {
    pub(super) fn decode(fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Middleware {
        let field = fields.optional("middleware");
        let names = field.as_ref().map_or(Some(Vec::new()), |field| list(field, cx));
        let options = fields.optional("options").map_or_else(Options::default, |field| Options::of(&field, cx));
        // Of a list or of options that are not understood, which is reported, it is not known what is missing.
        if let (Some(names), true) = (&names, options.is_sound) {
            let listed = Listed { names, field: field.as_ref() };
            listed.compare(Name::Cors, options.cors.as_ref(), Some("{origins: [..]}"), cx);
            listed.compare(Name::Compress, options.compress.as_ref(), None, cx);
            listed.compare(Name::Ratelimit, options.ratelimit.as_ref(), Some("{requests: 100, interval: 1m}"), cx);
        }
        let cors = options.cors.and_then(|options| Cors::decode(&options, cx));
        let compress = options.compress.and_then(|options| Compress::decode(&options, cx));
        let ratelimit = options.ratelimit.and_then(|options| RateLimit::decode(&options, cx));
        let has = |name| names.as_ref().is_some_and(|names| names.contains(&name));
        Middleware {
            cors: cors.filter(|_| has(Name::Cors)),
            compress: has(Name::Compress).then(|| compress.unwrap_or_default()),
            ratelimit: ratelimit.filter(|_| has(Name::Ratelimit)),
        }
    }
}

/// What the list has; none if something in it is not understood.
fn list(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Vec<Name>> {
    let (mut names, mut is_sound) = (Vec::new(), true);
    for item in field.list(cx)? {
        match item.one_of(cx, &NAMES) {
            Some(name) if names.contains(&name) => item.report(cx, format!("is {} again; remove it", name.text())),
            Some(name) => names.push(name),
            None => is_sound = false,
        }
    }
    is_sound.then_some(names)
}

/// The fields of `options`.
struct Options<'n> {
    cors: Option<Field<'n>>,
    compress: Option<Field<'n>>,
    ratelimit: Option<Field<'n>>,
    /// Nothing in them is said in another way than it has to be.
    is_sound: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { cors: None, compress: None, ratelimit: None, is_sound: true }
    }
}

impl<'n> Options<'n> {
    fn of(field: &Field<'n>, cx: &mut Cx<'_>) -> Options<'n> {
        let Some(mut fields) = field.fields(cx) else { return Options { is_sound: false, ..Options::default() } };
        let mut options = Options {
            cors: fields.optional("cors"),
            compress: fields.optional("compress"),
            ratelimit: fields.optional("ratelimit"),
            is_sound: true,
        };
        for (dotted, middleware, name) in DOTTED {
            if fields.has(dotted)
                && let Some(field) = fields.optional(dotted)
            {
                field.report(cx, format!("must be nested; write it as options: {{{middleware}: {{{name}: ..}}}}"));
                options.is_sound = false;
            }
        }
        fields.finish(cx);
        options
    }
}

/// The list, and where it stands.
struct Listed<'a, 'n> {
    names: &'a [Name],
    field: Option<&'a Field<'n>>,
}

impl Listed<'_, '_> {
    /// Reports options of what is not in the list, and what is in it without the options that it needs, as in `example`.
    fn compare(&self, name: Name, options: Option<&Field<'_>>, example: Option<&str>, cx: &mut Cx<'_>) {
        let text = name.text();
        match (self.names.contains(&name), options, self.field, example) {
            (false, Some(options), Some(_), _) => {
                options.report(cx, format!("has no effect without the middleware; add {text} to the list middleware"));
            }
            (false, Some(options), None, _) => {
                options.report(cx, format!("has no effect without the middleware; add middleware: [{text}]"));
            }
            (true, None, Some(field), Some(example)) => {
                field.report(cx, format!("has {text} without its options; add options: {{{text}: {example}}}"));
            }
            _ => {}
        }
    }
}

impl Name {
    fn text(self) -> &'static str {
        NAMES.iter().find(|(_, name)| *name == self).map_or("", |(text, _)| text)
    }
}
