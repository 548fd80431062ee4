//! The options of the middleware `ratelimit`: how many requests clients may send. Counts nothing.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::super::decode::{Cx, Field};
use super::super::tree::quote;
use super::token;

/// Requests in an interval, or at once.
const REQUESTS: RangeInclusive<u64> = 1..=1_000_000;
/// The shortest interval: whoever is refused is told to wait for whole seconds.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// How many requests to the endpoints of a router one client may send: a bucket that holds `burst` requests, and is filled
/// again at the rate of `requests` in each `interval`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many requests come back in an interval, from 1 to 1,000,000.
    pub requests: u64,
    /// The interval, at least 1 s.
    pub interval: Duration,
    /// How many requests may come at once, from 1 to 1,000,000; as many as `requests` unless given.
    pub burst: u64,
    /// Whose requests are counted together.
    pub key: RateLimitKey,
}

/// Whose requests are counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RateLimitKey {
    /// Those from one address, as the connection has it; of IPv6, from one network of 64 bits, which is what one client has.
    /// Behind a proxy all requests come from that.
    Client,
    /// Those with one value of this header, in lower case; of requests without it, those from one address. The header has to
    /// be one that clients cannot choose freely, such as one that a proxy sets.
    Header(String),
}

impl RateLimit {
    pub(super) fn decode(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<RateLimit> {
        let mut fields = field.fields(cx)?;
        let requests = fields.required("requests", cx).and_then(|field| field.integer(cx, REQUESTS));
        let interval = fields.required("interval", cx).and_then(|field| field.duration(cx, MIN_INTERVAL));
        let burst = fields.optional("burst").and_then(|field| field.integer(cx, REQUESTS));
        let key = fields.optional("key").and_then(|field| field.parsed(cx, key));
        fields.finish(cx);
        let requests = requests?;
        Some(RateLimit {
            requests,
            interval: interval?,
            burst: burst.unwrap_or(requests),
            key: key.unwrap_or(RateLimitKey::Client),
        })
    }
}

/// Reads a key; the error is the end of a sentence that begins with where it is given.
pub(crate) fn key(text: &str) -> Result<RateLimitKey, String> {
    match text.split_once(':') {
        None if text == "client" => Ok(RateLimitKey::Client),
        Some(("header", name)) => token::field_name(name).map(RateLimitKey::Header),
        _ => Err(format!("must be client, or a header such as header:x-api-key (found {})", quote(text))),
    }
}

impl fmt::Display for RateLimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RateLimitKey::Client => f.write_str("client"),
            RateLimitKey::Header(name) => write!(f, "header:{name}"),
        }
    }
}
