//! The kind `http.router`. Knows no endpoints.

use super::super::decode::{Cx, Fields};
use super::super::meta::Meta;
use super::super::{EntryKind, Id};
use super::middleware::Middleware;
use super::{Compress, Cors, RateLimit, RoutePath};

/// `http.router`: endpoints below a common prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRouter {
    /// The service that `meta.server` names; none when the entry leaves it to be found.
    pub server: Option<Id>,
    /// What the paths of its endpoints lie below, without parameters; `/` unless given.
    pub prefix: RoutePath,
    /// What scripts of other origins may do; none without the middleware `cors`.
    pub cors: Option<Cors>,
    /// How answers are compressed; none without the middleware `compress`.
    pub compress: Option<Compress>,
    /// How many requests clients may send; none without the middleware `ratelimit`.
    pub ratelimit: Option<RateLimit>,
}

impl HttpRouter {
    pub(crate) fn decode(fields: &mut Fields<'_>, meta: &mut Meta<'_>, cx: &mut Cx<'_>) -> Option<HttpRouter> {
        let server = meta.optional("server", cx).and_then(|field| field.reference(cx, &[EntryKind::HttpService]));
        let prefix = match fields.optional("prefix") {
            Some(field) => field.parsed(cx, prefix),
            None => Some(RoutePath::root()),
        };
        let Middleware { cors, compress, ratelimit } = Middleware::decode(fields, cx);
        Some(HttpRouter { server, prefix: prefix?, cors, compress, ratelimit })
    }
}

fn prefix(text: &str) -> Result<RoutePath, String> {
    let prefix = RoutePath::parse(text)?;
    if let Some(name) = prefix.names().next() {
        return Err(format!("must not have parameters (found {name}); give them to the paths of endpoints"));
    }
    Ok(prefix)
}
