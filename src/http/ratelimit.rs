//! How many requests a router lets through: a bucket of requests for each client, filled again at a steady rate. Knows no
//! routes and reads no clock.
//!
//! What is kept of a bucket is one instant, when it will be full again (the generic cell rate algorithm). A bucket that is full
//! is as one that nobody has used yet, and is thrown away.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ::http::HeaderMap;
use sha2::{Digest, Sha256};

use crate::registry::{RateLimit, RateLimitKey};

/// Buckets of one router: a few MiB of memory at most.
const MAX_BUCKETS: usize = 65_536;

/// How much of an IPv6 address says whose it is: networks of this size are the smallest that are given to a client, which
/// chooses the other bits as it likes.
const IPV6_PREFIX_BITS: u32 = 64;

/// The limit of one router, for all cores.
pub(super) struct Limiter {
    key: RateLimitKey,
    rate: Rate,
    buckets: Mutex<Buckets>,
}

/// How buckets are filled.
#[derive(Clone, Copy)]
struct Rate {
    /// For each request that comes back.
    per_request: Duration,
    /// How much may be missing for a request to be let through: all but its own share.
    most: Duration,
}

/// Whose bucket it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    /// A client, by its address or network; or all whose address is not known.
    Client(Option<IpAddr>),
    /// Whoever sends this value of the header: its hash, which has no length to fill the memory with, and which nobody finds
    /// a second value for.
    Value([u8; 16]),
    /// All for whom there is no bucket left.
    Others,
}

impl Limiter {
    pub(super) fn new(limit: &RateLimit) -> Limiter {
        let requests = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let per_request = limit.interval / requests(limit.requests).max(1);
        let most = per_request.saturating_mul(requests(limit.burst).saturating_sub(1));
        let rate = Rate { per_request, most };
        Limiter { key: limit.key.clone(), rate, buckets: Mutex::default() }
    }

    /// Lets a request through that comes at `now`, or not: then, after which time one may come.
    pub(super) fn admit(&self, fields: &HeaderMap, remote: Option<SocketAddr>, now: Duration) -> Result<(), Duration> {
        let owner = self.owner(fields, remote);
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).take(owner, self.rate, now)
    }

    fn owner(&self, fields: &HeaderMap, remote: Option<SocketAddr>) -> Owner {
        let value = match &self.key {
            RateLimitKey::Client => None,
            RateLimitKey::Header(name) => fields.get(name),
        };
        match value {
            Some(value) => {
                let hash: [u8; 32] = Sha256::digest(value).into();
                Owner::Value(hash.first_chunk().copied().unwrap_or_default())
            }
            None => Owner::Client(remote.map(|remote| client(remote.ip()))),
        }
    }
}

/// The address that stands for a client.
fn client(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !(u128::MAX >> IPV6_PREFIX_BITS)).into(),
        ip => ip,
    }
}

/// Buckets that are not full.
#[derive(Default)]
struct Buckets {
    /// When each of them will be full.
    full_at: BTreeMap<Owner, Duration>,
    /// The same, soonest first.
    by_time: BTreeSet<(Duration, Owner)>,
}

impl Buckets {
    /// Takes a request out of a bucket; or says how long that is empty.
    fn take(&mut self, owner: Owner, rate: Rate, now: Duration) -> Result<(), Duration> {
        self.forget(now);
        // In a flood of owners nobody loses a bucket to others, for that would lift the limit of who is limited. Those who come
        // too late have one for all of them, so that they cannot do more together than each of the others.
        let has_room = self.full_at.len() < MAX_BUCKETS || self.full_at.contains_key(&owner);
        let owner = if has_room { owner } else { Owner::Others };
        let full_at = self.full_at.get(&owner).copied();
        let missing = full_at.unwrap_or(now).saturating_sub(now);
        if missing > rate.most {
            return Err(missing.saturating_sub(rate.most));
        }
        let next = now.saturating_add(missing).saturating_add(rate.per_request);
        if let Some(full_at) = full_at {
            self.by_time.remove(&(full_at, owner));
        }
        self.full_at.insert(owner, next);
        self.by_time.insert((next, owner));
        Ok(())
    }

    /// Throws away up to two buckets that are full: one more than a request can add, and no more than is done in no time.
    fn forget(&mut self, now: Duration) {
        for _ in 0..2 {
            let Some((full_at, owner)) = self.by_time.pop_first() else { return };
            if full_at > now {
                self.by_time.insert((full_at, owner));
                return;
            }
            self.full_at.remove(&owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(requests: u64, interval_ms: u64, burst: u64, key: RateLimitKey) -> Limiter {
        Limiter::new(&RateLimit { requests, interval: Duration::from_millis(interval_ms), burst, key })
    }

    fn address(ip: &str) -> Option<SocketAddr> {
        Some(SocketAddr::new(ip.parse().expect("an address"), 1))
    }

    /// After how many milliseconds a request may come that comes at `now_ms`; 0 if it was let through.
    fn wait_ms(limiter: &Limiter, ip: &str, now_ms: u64) -> u128 {
        let admitted = limiter.admit(&HeaderMap::new(), address(ip), Duration::from_millis(now_ms));
        admitted.map_or_else(|wait| wait.as_millis(), |()| 0)
    }

    #[test]
    fn a_bucket_is_emptied_at_once_and_filled_steadily() {
        let limiter = limiter(4, 1000, 3, RateLimitKey::Client);
        for (now_ms, expected) in [
            (0, 0),
            (0, 0),
            (0, 0),
            (0, 250),
            (100, 150),
            (249, 1),
            (250, 0),
            (250, 250),
            // Two came back.
            (750, 0),
            (750, 0),
            (751, 249),
            // Not more than there can be.
            (1_000_000, 0),
            (1_000_000, 0),
            (1_000_000, 0),
            (1_000_000, 250),
        ] {
            assert_eq!(wait_ms(&limiter, "1.2.3.4", now_ms), expected, "at {now_ms}");
        }
    }

    #[test]
    fn a_bucket_of_one_is_a_pause() {
        let limiter = limiter(1, 60_000, 1, RateLimitKey::Client);
        let waits = [0, 1, 59_999, 60_000, 60_001].map(|now_ms| wait_ms(&limiter, "1.2.3.4", now_ms));
        assert_eq!(waits, [0, 59_999, 1, 0, 59_999]);
    }

    #[test]
    fn a_client_is_an_address_or_a_network() {
        let limiter = limiter(1, 1000, 1, RateLimitKey::Client);
        for (ip, expected) in [
            ("10.0.0.1", 0),
            ("10.0.0.1", 1000),
            ("10.0.0.2", 0),
            // On a listener of both families.
            ("::ffff:10.0.0.1", 1000),
            ("2001:db8:0:1::1", 0),
            ("2001:db8:0:1:ffff::2", 1000),
            ("2001:db8:0:2::1", 0),
        ] {
            assert_eq!(wait_ms(&limiter, ip, 0), expected, "{ip}");
        }
    }

    #[test]
    fn a_header_says_who_it_is_or_else_the_address() {
        let limiter = limiter(1, 1000, 1, RateLimitKey::Header("x-key".to_owned()));
        for (value, ip, expected) in [
            ("a", "10.0.0.1", true),
            ("a", "10.0.0.2", false),
            ("b", "10.0.0.1", true),
            ("", "10.0.0.1", true),
            ("", "10.0.0.2", false),
            ("-", "10.0.0.1", true),
            ("-", "10.0.0.1", false),
            ("-", "10.0.0.2", true),
        ] {
            let mut fields = HeaderMap::new();
            if value != "-" {
                fields.insert("x-key", value.parse().expect("a value"));
            }
            let is_admitted = limiter.admit(&fields, address(ip), Duration::ZERO).is_ok();
            assert_eq!(is_admitted, expected, "{value:?} {ip}");
        }
    }

    #[test]
    fn a_flood_of_owners_frees_nobody_and_fills_no_memory() {
        let (limiter, ms) = (limiter(1, 1000, 1, RateLimitKey::Client), Duration::from_millis);
        let admits = |number: u32, now_ms| {
            let remote = SocketAddr::new(std::net::Ipv4Addr::from_bits(number).into(), 1);
            limiter.admit(&HeaderMap::new(), Some(remote), ms(now_ms)).is_ok()
        };
        let kept = || {
            let buckets = limiter.buckets.lock().expect("nobody panics with it");
            assert_eq!(buckets.full_at.len(), buckets.by_time.len());
            buckets.full_at.len()
        };
        let most = u32::try_from(MAX_BUCKETS).expect("it fits");
        assert!((0..most).all(|number| admits(number, 0)), "each has its own");
        assert!(admits(most, 0), "the first of all others");
        assert!((0..most * 2).all(|number| !admits(number, 500)), "nobody has got another");
        assert_eq!(kept(), MAX_BUCKETS + 1);
        // Each request throws two away that are full, and keeps one.
        assert!((0..most).all(|number| admits(most * 2 + number, 1000 + u64::from(number / 64))));
        assert_eq!(kept(), 64_000, "those of the last second");
        assert!(admits(0, 5000) && admits(0, 7000) && !admits(0, 7000));
    }

    #[test]
    fn times_beyond_all_bounds_do_no_harm() {
        let interval = Duration::MAX;
        let limit = RateLimit { requests: 1, interval, burst: 1_000_000, key: RateLimitKey::Client };
        let limiter = Limiter::new(&limit);
        assert_eq!(limiter.admit(&HeaderMap::new(), None, Duration::MAX), Ok(()));
        let limit = RateLimit { requests: u64::MAX, interval: Duration::ZERO, burst: 0, key: RateLimitKey::Client };
        assert_eq!(Limiter::new(&limit).admit(&HeaderMap::new(), None, Duration::ZERO), Ok(()));
    }
}
