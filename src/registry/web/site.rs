//! Sites: what services answer, put together from routers and endpoints. Listens to nothing.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::super::{Damage, Entry, Id, Spec};
use super::parents::Parent;
use super::{Compress, Cors, HttpEndpoint, Parents, RateLimit, RoutePath};

/// Where an app without any service answers requests.
pub const DEFAULT_SITE_ADDR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// An address at which an app answers requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The `http.service`; none for the endpoints of an app without any.
    pub service: Option<Id>,
    /// Where it listens.
    pub addr: SocketAddr,
    /// What it answers, by the IDs of endpoints. No two of them have the same method and shape of path.
    pub routes: Vec<Route>,
}

/// An endpoint in its site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The `http.endpoint`.
    pub endpoint: Id,
    /// The method, in upper case.
    pub method: String,
    /// The path, with the prefix of the router before it.
    pub path: RoutePath,
    /// That prefix, without parameters; `/` without a router.
    pub prefix: RoutePath,
    /// The function that answers.
    pub func: Id,
    /// The router, whose endpoints have in common what follows; none of an endpoint that stands in none.
    pub router: Option<Id>,
    /// What scripts of other origins may do.
    pub cors: Option<Arc<Cors>>,
    /// How answers are compressed.
    pub compress: Option<Compress>,
    /// How many requests clients may send.
    pub ratelimit: Option<RateLimit>,
}

/// The sites of all services that have their fields, by ID, or else the one of endpoints without a service.
pub(crate) fn sites(entries: &BTreeMap<Id, Entry>, parents: &Parents, damage: &Damage) -> Vec<Site> {
    let mut routes = routes(entries, parents, damage);
    let mut sites = Vec::new();
    if let Some(routes) = routes.remove(&None) {
        sites.push(Site { service: None, addr: DEFAULT_SITE_ADDR, routes });
    }
    for (id, entry) in entries {
        let Spec::HttpService(service) = entry.spec() else { continue };
        let service_id = Some(id.clone());
        let routes = routes.remove(&service_id).unwrap_or_default();
        sites.push(Site { service: service_id, addr: service.addr, routes });
    }
    sites
}

/// The routes of each service, as far as they do not depend on damaged fields.
pub(crate) fn routes(
    entries: &BTreeMap<Id, Entry>,
    parents: &Parents,
    damage: &Damage,
) -> BTreeMap<Option<Id>, Vec<Route>> {
    let places = places(entries, parents, damage);
    let mut routes: BTreeMap<Option<Id>, Vec<Route>> = BTreeMap::new();
    for (id, entry) in entries {
        let Spec::HttpEndpoint(endpoint) = entry.spec() else { continue };
        if !damage.spares(id, &["meta", "method", "path"]) {
            continue;
        }
        let here = match parents.parent(id) {
            Some(Parent::Router(router)) => match places.get(router) {
                Some(place) => place.clone(),
                None => continue,
            },
            Some(Parent::Service(service)) => Place::at(Some(service.clone())),
            None => Place::at(None),
        };
        routes.entry(here.service.clone()).or_default().push(here.route(id, endpoint));
    }
    routes
}

/// Where the endpoints of a router are, and what they have in common.
#[derive(Clone)]
struct Place {
    service: Option<Id>,
    router: Option<Id>,
    prefix: RoutePath,
    cors: Option<Arc<Cors>>,
    compress: Option<Compress>,
    ratelimit: Option<RateLimit>,
}

impl Place {
    fn at(service: Option<Id>) -> Place {
        Place { service, router: None, prefix: RoutePath::root(), cors: None, compress: None, ratelimit: None }
    }

    fn route(&self, id: &Id, endpoint: &HttpEndpoint) -> Route {
        Route {
            endpoint: id.clone(),
            method: endpoint.method.clone(),
            path: self.prefix.join(&endpoint.path),
            prefix: self.prefix.clone(),
            func: endpoint.func.clone(),
            router: self.router.clone(),
            cors: self.cors.clone(),
            compress: self.compress,
            ratelimit: self.ratelimit.clone(),
        }
    }
}

/// Where the endpoints of each router are, as far as it is known.
fn places<'a>(entries: &'a BTreeMap<Id, Entry>, parents: &Parents, damage: &Damage) -> BTreeMap<&'a Id, Place> {
    let mut places = BTreeMap::new();
    for (id, entry) in entries {
        let Spec::HttpRouter(router) = entry.spec() else { continue };
        if !damage.spares(id, &["meta", "prefix"]) {
            continue;
        }
        // A router stands in no other, for `meta.server` names services only.
        let service = match parents.parent(id) {
            Some(Parent::Service(service) | Parent::Router(service)) => Some(service.clone()),
            None => None,
        };
        let place = Place {
            service,
            router: Some(id.clone()),
            prefix: router.prefix.clone(),
            cors: router.cors.clone().map(Arc::new),
            compress: router.compress,
            ratelimit: router.ratelimit.clone(),
        };
        places.insert(id, place);
    }
    places
}
