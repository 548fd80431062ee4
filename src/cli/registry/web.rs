//! The fields of services, routers and endpoints. `meta.router` and `meta.server` are shown under `meta`.

use std::time::Duration;

use serde_json::{Value, json};

use super::fields::{Fields, fields, path};
use crate::registry::{Compress, Cors, HttpEndpoint, HttpRouter, HttpService, Lifecycle, RateLimit};

pub(super) fn service(service: &HttpService) -> Fields {
    let HttpService { addr, timeouts, limits, tls, lifecycle: life } = service;
    fields(json!({
        "addr": addr.to_string(),
        "timeouts": {"read": time(timeouts.read), "write": time(timeouts.write), "idle": time(timeouts.idle)},
        "limits": {
            "header_bytes": limits.header_bytes,
            "body_bytes": limits.body_bytes,
            "connections": limits.connections,
        },
        "tls": tls.as_ref().map(|tls| json!({"cert": path(&tls.cert), "key": path(&tls.key)})),
        "lifecycle": lifecycle(life),
    }))
}

pub(super) fn router(router: &HttpRouter) -> Fields {
    let HttpRouter { prefix, cors, compress, ratelimit, .. } = router;
    let options = [
        ("cors", cors.as_ref().map(self::cors)),
        ("compress", compress.as_ref().map(self::compress)),
        ("ratelimit", ratelimit.as_ref().map(self::ratelimit)),
    ];
    let options: Fields = options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let middleware: Vec<_> = options.keys().cloned().collect();
    let options = if options.is_empty() { Value::Null } else { Value::Object(options) };
    fields(json!({"prefix": prefix.to_string(), "middleware": middleware, "options": options}))
}

pub(super) fn endpoint(endpoint: &HttpEndpoint) -> Fields {
    let HttpEndpoint { method, path, func, .. } = endpoint;
    fields(json!({"method": method, "path": path.to_string(), "func": func.as_str()}))
}

fn cors(cors: &Cors) -> Value {
    let Cors { origins, methods, headers, expose, credentials, max_age } = cors;
    json!({
        "origins": origins,
        "methods": methods,
        "headers": headers,
        "expose": expose,
        "credentials": credentials,
        "max_age": max_age.map(time),
    })
}

fn compress(compress: &Compress) -> Value {
    json!({"level": compress.level.name(), "min_length": compress.min_length})
}

fn ratelimit(limit: &RateLimit) -> Value {
    let RateLimit { requests, interval, burst, key } = limit;
    json!({"requests": requests, "interval": time(*interval), "burst": burst, "key": key.to_string()})
}

fn lifecycle(lifecycle: &Lifecycle) -> Value {
    let Lifecycle { auto_start, start_timeout, stop_timeout, depends_on, restart } = lifecycle;
    json!({
        "auto_start": auto_start,
        "start_timeout": time(*start_timeout),
        "stop_timeout": time(*stop_timeout),
        "depends_on": depends_on.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        "restart": {
            "initial_delay": time(restart.initial_delay),
            "max_delay": time(restart.max_delay),
            "backoff_factor": restart.backoff_factor,
            "jitter": restart.jitter,
            "max_attempts": restart.max_attempts,
        },
    })
}

/// A duration as definition files write it.
fn time(time: Duration) -> String {
    match (time.as_secs(), time.subsec_millis()) {
        (secs, 0) => format!("{secs}s"),
        (0, millis) => format!("{millis}ms"),
        (secs, millis) => format!("{secs}s{millis}ms"),
    }
}
