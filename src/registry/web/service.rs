//! The kind `http.service`. Listens to nothing.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::decode::{Cx, Field, Fields};
use super::super::paths;
use super::super::source::Refusal;
use super::{Lifecycle, address, lifecycle};

/// Bytes of the head of a request: what every client sends fits, and no client takes much memory.
const HEADER_BYTES: RangeInclusive<u64> = 8 << 10..=16 << 20;
/// Bytes of a body: at least one, for a body of no bytes cannot be refused, up to 1 TiB.
const BODY_BYTES: RangeInclusive<u64> = 1..=1 << 40;
/// Connections at once.
const CONNECTIONS: RangeInclusive<u64> = 1..=1_000_000;

/// `http.service`: a server that listens.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpService {
    /// Where it listens; port 0 is any free one. No other service listens at the same address and port.
    pub addr: SocketAddr,
    /// How long clients may take.
    pub timeouts: Timeouts,
    /// What clients may use up.
    pub limits: WebLimits,
    /// The files for TLS; without them the service speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// When it starts and stops.
    pub lifecycle: Lifecycle,
}

/// How long clients of a service may take; each at least 1 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To send the head of a request, and the next piece of its body; 10 s unless given.
    pub read: Duration,
    /// To take some of a response; 60 s unless given.
    pub write: Duration,
    /// Between two requests; 60 s unless given.
    pub idle: Duration,
}

/// What clients of a service may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebLimits {
    /// Bytes of the head of a request, from 8 KiB to 16 MiB; 64 KiB unless given.
    pub header_bytes: u64,
    /// Bytes of a body that is not streamed, from 1 to 1 TiB; 16 MiB unless given.
    pub body_bytes: u64,
    /// Connections at once, from 1 to 1,000,000; 10,000 unless given.
    pub connections: u64,
}

/// The files for TLS: relative to the app folder, normalised, so that they never lead upwards. They existed at load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificates, the service's own first.
    pub cert: PathBuf,
    /// The key of the first certificate.
    pub key: PathBuf,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Timeouts { read: seconds(10), write: seconds(60), idle: seconds(60) }
    }
}

impl Default for WebLimits {
    fn default() -> Self {
        WebLimits { header_bytes: 64 << 10, body_bytes: 16 << 20, connections: 10_000 }
    }
}

impl HttpService {
    /// A service at `addr` with all else as it is unless given.
    pub(crate) fn at(addr: SocketAddr) -> HttpService {
        let (timeouts, limits, lifecycle) = (Timeouts::default(), WebLimits::default(), Lifecycle::default());
        HttpService { addr, timeouts, limits, tls: None, lifecycle }
    }

    pub(crate) fn decode(fields: &mut Fields<'_>, cx: &mut Cx<'_>) -> Option<HttpService> {
        let addr = fields.required("addr", cx).and_then(|field| field.parsed(cx, address::parse));
        let timeouts = fields.optional("timeouts").and_then(|field| Timeouts::decode(&field, cx)).unwrap_or_default();
        let limits = fields.optional("limits").and_then(|field| WebLimits::decode(&field, cx)).unwrap_or_default();
        let tls = fields.optional("tls").map(|field| TlsFiles::decode(&field, cx));
        let lifecycle =
            fields.optional("lifecycle").and_then(|field| Lifecycle::decode(&field, cx)).unwrap_or_default();
        // A service whose TLS is faulty is none without TLS.
        let tls = tls.map_or(Some(None), |tls| tls.map(Some))?;
        Some(HttpService { addr: addr?, timeouts, limits, tls, lifecycle })
    }
}

impl Timeouts {
    fn decode(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Timeouts> {
        let mut fields = field.fields(cx)?;
        let default = Timeouts::default();
        let timeouts = Timeouts {
            read: lifecycle::time(&mut fields, "read", cx).unwrap_or(default.read),
            write: lifecycle::time(&mut fields, "write", cx).unwrap_or(default.write),
            idle: lifecycle::time(&mut fields, "idle", cx).unwrap_or(default.idle),
        };
        fields.finish(cx);
        Some(timeouts)
    }
}

impl WebLimits {
    fn decode(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<WebLimits> {
        let mut fields = field.fields(cx)?;
        let default = WebLimits::default();
        let mut number = |name, range| fields.optional(name).and_then(|field| field.integer(cx, range));
        let header_bytes = number("header_bytes", HEADER_BYTES).unwrap_or(default.header_bytes);
        let body_bytes = number("body_bytes", BODY_BYTES).unwrap_or(default.body_bytes);
        let connections = number("connections", CONNECTIONS).unwrap_or(default.connections);
        fields.finish(cx);
        Some(WebLimits { header_bytes, body_bytes, connections })
    }
}

impl TlsFiles {
    fn decode(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<TlsFiles> {
        let mut fields = field.fields(cx)?;
        let cert = fields.required("cert", cx).and_then(|field| file(&field, cx));
        let key = fields.required("key", cx).and_then(|field| file(&field, cx));
        fields.finish(cx);
        Some(TlsFiles { cert: cert?, key: key? })
    }
}

/// A file of the app that can be read.
fn file(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<PathBuf> {
    let path = field.parsed(cx, |text| paths::below_app(Path::new(""), text))?;
    if let Err(refusal) = cx.source.read(&path) {
        match refusal {
            Refusal::Missing => field.report(cx, "does not exist; name a file in the app folder"),
            refusal => field.report(cx, refusal),
        }
        return None;
    }
    Some(path)
}
