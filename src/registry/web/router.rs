//! The kind `http.router`. Knows no endpoints.

use super::super::decode::{Cx, Field, Fields};
use super::super::meta::Meta;
use super::super::{EntryKind, Id};
use super::{Cors, RoutePath};

/// `http.router`: endpoints below a common prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRouter {
    /// The service that `meta.server` names; none when the entry leaves it to be found.
    pub server: Option<Id>,
    /// What the paths of its endpoints lie below, without parameters; `/` unless given.
    pub prefix: RoutePath,
    /// What scripts of other origins may do; none without the middleware `cors`.
    pub cors: Option<Cors>,
}

/// What stands between the server and the endpoints.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Middleware {
    Cors,
    Compress,
    Ratelimit,
}

const MIDDLEWARE: [(&str, Middleware); 3] =
    [("cors", Middleware::Cors), ("compress", Middleware::Compress), ("ratelimit", Middleware::Ratelimit)];

/// Options of the middleware `cors` as keys with dots, and the field that says the same.
const DOTTED: [(&str, &str); 6] = [
    ("cors.allow.origins", "origins"),
    ("cors.allow.methods", "methods"),
    ("cors.allow.headers", "headers"),
    ("cors.allow.credentials", "credentials"),
    ("cors.expose.headers", "expose"),
    ("cors.max.age", "max_age"),
];

impl HttpRouter {
    pub(crate) fn decode(fields: &mut Fields<'_>, meta: &mut Meta<'_>, cx: &mut Cx<'_>) -> Option<HttpRouter> {
        let server = meta.optional("server", cx).and_then(|field| field.reference(cx, &[EntryKind::HttpService]));
        let prefix = match fields.optional("prefix") {
            Some(field) => field.parsed(cx, prefix),
            None => Some(RoutePath::root()),
        };
        let middleware = fields.optional("middleware").map(|field| (middleware(&field, cx), field));
        let options = fields.optional("options").map_or(Some(None), |field| options(&field, cx));
        let cors = match (middleware, options) {
            (Some((Some(has_cors), field)), Some(options)) => cors(has_cors, &field, options, cx),
            (None, Some(Some(options))) => {
                options.report(cx, "has no effect without the middleware; add middleware: [cors]");
                None
            }
            // What is malformed is reported.
            _ => None,
        };
        Some(HttpRouter { server, prefix: prefix?, cors })
    }
}

fn prefix(text: &str) -> Result<RoutePath, String> {
    let prefix = RoutePath::parse(text)?;
    if let Some(name) = prefix.names().next() {
        return Err(format!("must not have parameters (found {name}); give them to the paths of endpoints"));
    }
    Ok(prefix)
}

/// Whether `cors` is in the list; none if something in it is not understood.
fn middleware(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<bool> {
    let (mut has_cors, mut is_sound) = (false, true);
    for item in field.list(cx)? {
        match item.one_of(cx, &MIDDLEWARE) {
            Some(Middleware::Cors) if has_cors => item.report(cx, "is cors again; remove it"),
            Some(Middleware::Cors) => has_cors = true,
            Some(other) => {
                let name = MIDDLEWARE.iter().find(|(_, known)| *known == other).map_or("", |(name, _)| name);
                item.report(cx, format!("is {name}, which is not supported yet; remove it"));
            }
            None => is_sound = false,
        }
    }
    is_sound.then_some(has_cors)
}

/// The field `options.cors`, if it is given; none if something in the options is not understood.
fn options<'n>(field: &Field<'n>, cx: &mut Cx<'_>) -> Option<Option<Field<'n>>> {
    let mut fields = field.fields(cx)?;
    let cors = fields.optional("cors");
    let mut is_sound = true;
    for (dotted, name) in DOTTED {
        if fields.has(dotted)
            && let Some(field) = fields.optional(dotted)
        {
            field.report(cx, format!("must be nested; write it as options: {{cors: {{{name}: ..}}}}"));
            is_sound = false;
        }
    }
    for name in ["compress", "ratelimit"] {
        if fields.has(name)
            && let Some(field) = fields.optional(name)
        {
            field.report(cx, "is not supported yet; remove it");
        }
    }
    fields.finish(cx);
    is_sound.then_some(cors)
}

/// The options of `cors`, which stand in `options` when the list `middleware` has it.
fn cors(has_cors: bool, middleware: &Field<'_>, options: Option<Field<'_>>, cx: &mut Cx<'_>) -> Option<Cors> {
    match options {
        Some(options) if has_cors => Cors::decode(&options, cx),
        Some(options) => {
            options.report(cx, "has no effect without the middleware; add cors to the list middleware");
            None
        }
        None if has_cors => {
            middleware.report(cx, "has cors without its options; add options: {cors: {origins: [..]}}");
            None
        }
        None => None,
    }
}
