//! Names and who looks them up.

use std::{
    collections::BTreeMap,
    future::Future,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use super::state::Shared;
use crate::{host::sim::timers::TimerKey, sockets::ErrorCode};

/// What the resolver of a network does with a question. It answers at once, and does not fail, at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResolverSettings {
    /// How long an answer takes.
    pub delay: Duration,
    /// How it fails, if it does.
    pub failure: Option<ResolverFailure>,
}

/// How a resolver fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolverFailure {
    /// Later it may not: `temporary-resolver-failure`.
    Temporary,
    /// It will again: `permanent-resolver-failure`.
    Permanent,
}

/// All names of a network.
#[derive(Debug, Default)]
pub(super) struct Names {
    addresses: BTreeMap<String, Vec<IpAddr>>,
    pub(super) resolver: ResolverSettings,
}

impl Names {
    /// Gives a name these addresses, and takes its others away.
    pub(super) fn set(&mut self, name: &str, addresses: Vec<IpAddr>) {
        self.addresses.insert(canonical(name), addresses);
    }

    fn answer(&self, name: &str) -> Result<Vec<IpAddr>, ErrorCode> {
        match self.resolver.failure {
            Some(ResolverFailure::Temporary) => Err(ErrorCode::TemporaryResolverFailure),
            Some(ResolverFailure::Permanent) => Err(ErrorCode::PermanentResolverFailure),
            None => {
                let known = self.addresses.get(name).filter(|addresses| !addresses.is_empty());
                known.cloned().ok_or(ErrorCode::NameUnresolvable)
            }
        }
    }
}

/// Names are the same in upper and lower case, and with a dot at their end.
fn canonical(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// A question; answered by what the names are when the answer is given.
pub(super) struct Lookup {
    shared: Arc<Shared>,
    name: String,
    at: Duration,
    timer: Option<TimerKey>,
}

impl Lookup {
    /// Asks for a name. A host knows `localhost` itself.
    pub(super) fn new(shared: &Arc<Shared>, name: &str) -> Self {
        let name = canonical(name);
        let delay = if name == "localhost" { Duration::ZERO } else { shared.with(|net| net.names.resolver.delay) };
        Lookup { shared: shared.clone(), name, at: shared.scheduler.now().saturating_add(delay), timer: None }
    }
}

impl Future for Lookup {
    type Output = Result<Vec<IpAddr>, ErrorCode>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.name == "localhost" {
            return Poll::Ready(Ok(vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]));
        }
        if this.shared.scheduler.now() < this.at {
            this.timer = Some(this.shared.scheduler.set_timer(this.timer, this.at, cx.waker()));
            return Poll::Pending;
        }
        Poll::Ready(this.shared.with(|net| net.names.answer(&this.name)))
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            self.shared.scheduler.cancel_timer(timer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Net, sim::SimWorld};

    fn ask(world: &SimWorld, name: &str) -> Result<Vec<IpAddr>, ErrorCode> {
        let host = world.host();
        world.run(async { host.net().resolve(name).await }).unwrap()
    }

    #[test]
    fn names_lead_to_their_addresses_in_order() {
        let world = SimWorld::new(7);
        let db = world.host();
        let addresses = ["10.0.0.9", "fd00::9"].map(|ip| ip.parse::<IpAddr>().unwrap());
        world.net().name("DB.internal", addresses);
        world.net().name("own", db.net().addresses());
        assert_eq!(ask(&world, "db.INTERNAL"), Ok(addresses.to_vec()));
        assert_eq!(ask(&world, "db.internal."), Ok(addresses.to_vec()));
        assert_eq!(ask(&world, "own"), Ok(vec![db.net().ipv4().into(), db.net().ipv6().into()]));
        world.net().name("db.internal", []);
        for unknown in ["db.internal", "internal", ""] {
            assert_eq!(ask(&world, unknown), Err(ErrorCode::NameUnresolvable));
        }
    }

    #[test]
    fn localhost_needs_no_resolver() {
        let world = SimWorld::new(7);
        let failure = Some(ResolverFailure::Permanent);
        world.net().resolver(ResolverSettings { delay: Duration::from_secs(5), failure });
        let loopback = ["::1", "127.0.0.1"].map(|ip| ip.parse::<IpAddr>().unwrap());
        assert_eq!(ask(&world, "localhost"), Ok(loopback.to_vec()));
        assert_eq!(world.now(), Duration::ZERO);
    }

    #[test]
    fn a_resolver_fails_as_long_as_it_is_said_to() {
        let world = SimWorld::new(7);
        world.net().name("db", ["10.0.0.9".parse().unwrap()]);
        for (failure, expected) in [
            (ResolverFailure::Temporary, ErrorCode::TemporaryResolverFailure),
            (ResolverFailure::Permanent, ErrorCode::PermanentResolverFailure),
        ] {
            world.net().resolver(ResolverSettings { failure: Some(failure), ..ResolverSettings::default() });
            assert_eq!(ask(&world, "db"), Err(expected));
        }
        world.net().resolver(ResolverSettings::default());
        assert!(ask(&world, "db").is_ok());
    }

    #[test]
    fn a_slow_answer_comes_at_its_time_and_a_dropped_question_leaves_nothing() {
        let world = SimWorld::new(7);
        let host = world.host();
        world.net().name("db", ["10.0.0.9".parse().unwrap()]);
        world.net().resolver(ResolverSettings { delay: Duration::from_secs(5), failure: None });
        let dropped = host.net().resolve("db");
        world
            .run(async {
                let mut dropped = dropped;
                std::future::poll_fn(|cx| {
                    assert!(dropped.as_mut().poll(cx).is_pending());
                    Poll::Ready(())
                })
                .await;
            })
            .unwrap();
        assert!(world.run(std::future::pending::<()>()).is_err());
        assert_eq!(world.now(), Duration::ZERO);
        assert!(ask(&world, "db").is_ok());
        assert_eq!(world.now(), Duration::from_secs(5));
    }
}
