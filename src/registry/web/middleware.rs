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
        let options = fields.optional("options").map_or(Some(Options::default()), |field| Options::of(&field, cx));
        // What is malformed is reported.
        let (Some(names), Some(options)) = (names, options) else { return Middleware::default() };
        let listed = Listed { names, field };
        Middleware {
            cors: listed
                .needed(Name::Cors, options.cors, "{origins: [..]}", cx)
                .and_then(|options| Cors::decode(&options, cx)),
            compress: match listed.given(Name::Compress, options.compress, cx) {
                Some(options) => Compress::decode(&options, cx),
                None => listed.has(Name::Compress).then(Compress::default),
            },
            ratelimit: listed
                .needed(Name::Ratelimit, options.ratelimit, "{requests: 100, interval: 1m}", cx)
                .and_then(|options| RateLimit::decode(&options, cx)),
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
#[derive(Default)]
struct Options<'n> {
    cors: Option<Field<'n>>,
    compress: Option<Field<'n>>,
    ratelimit: Option<Field<'n>>,
}

impl<'n> Options<'n> {
    /// None if something in them is not understood.
    fn of(field: &Field<'n>, cx: &mut Cx<'_>) -> Option<Options<'n>> {
        let mut fields = field.fields(cx)?;
        let options = Options {
            cors: fields.optional("cors"),
            compress: fields.optional("compress"),
            ratelimit: fields.optional("ratelimit"),
        };
        let mut is_sound = true;
        for (dotted, middleware, name) in DOTTED {
            if fields.has(dotted)
                && let Some(field) = fields.optional(dotted)
            {
                field.report(cx, format!("must be nested; write it as options: {{{middleware}: {{{name}: ..}}}}"));
                is_sound = false;
            }
        }
        fields.finish(cx);
        is_sound.then_some(options)
    }
}

/// The list, and where it stands.
struct Listed<'n> {
    names: Vec<Name>,
    field: Option<Field<'n>>,
}

impl<'n> Listed<'n> {
    fn has(&self, name: Name) -> bool {
        self.names.contains(&name)
    }

    /// The options of what is in the list; those of what is not are reported.
    fn given(&self, name: Name, options: Option<Field<'n>>, cx: &mut Cx<'_>) -> Option<Field<'n>> {
        let options = options?;
        if self.has(name) {
            return Some(options);
        }
        let name = name.text();
        let mend = match &self.field {
            Some(_) => format!("add {name} to the list middleware"),
            None => format!("add middleware: [{name}]"),
        };
        options.report(cx, format!("has no effect without the middleware; {mend}"));
        None
    }

    /// The same of what cannot do without them.
    fn needed(&self, name: Name, options: Option<Field<'n>>, example: &str, cx: &mut Cx<'_>) -> Option<Field<'n>> {
        if options.is_none()
            && self.has(name)
            && let Some(field) = &self.field
        {
            let name = name.text();
            field.report(cx, format!("has {name} without its options; add options: {{{name}: {example}}}"));
        }
        self.given(name, options, cx)
    }
}

impl Name {
    fn text(self) -> &'static str {
        NAMES.iter().find(|(_, name)| *name == self).map_or("", |(text, _)| text)
    }
}
