//! What is counted of calls and requests, and its text for Prometheus. Knows no server.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use crate::{
    error::Kind,
    event::{Call, End, Event, Observer, Request},
    pool::{Census, Pool},
    registry::Id,
};

/// The upper bounds of times, in seconds.
const SECONDS: [f64; 14] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// What endpoint requests are counted under that came to none.
const NO_ENDPOINT: &str = "none";

/// Counters of one app. An [`Observer`] of its calls and requests.
pub struct Metrics {
    registry: Registry,
    families: Families,
    functions: Known<OfFunction>,
    endpoints: Known<Histogram>,
    is_ready: AtomicBool,
}

/// All that is counted, by labels.
#[derive(Clone)]
struct Families {
    calls: Family<CallLabels, Counter>,
    queue_time: Family<FunctionLabels, Histogram, fn() -> Histogram>,
    run_time: Family<FunctionLabels, Histogram, fn() -> Histogram>,
    fuel: Family<FunctionLabels, Counter>,
    memory: Family<FunctionLabels, Gauge<u64, AtomicU64>>,
    running: Family<FunctionLabels, Gauge<u64, AtomicU64>>,
    waiting: Family<FunctionLabels, Gauge<u64, AtomicU64>>,
    instances: Family<FunctionLabels, Gauge<u64, AtomicU64>>,
    limit: Family<FunctionLabels, Gauge<u64, AtomicU64>>,
    requests: Family<RequestLabels, Counter>,
    request_time: Family<EndpointLabels, Histogram, fn() -> Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FunctionLabels {
    function: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    function: String,
    end: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabels {
    service: String,
    endpoint: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    service: String,
    endpoint: String,
    status: u16,
}

/// The metrics of one function.
struct OfFunction {
    values: Counter,
    queue_time: Histogram,
    run_time: Histogram,
    fuel: Counter,
    memory: Gauge<u64, AtomicU64>,
}

/// Metrics by name, so that no label is made for a name that is known.
struct Known<T>(RwLock<BTreeMap<String, Arc<T>>>);

impl<T> Known<T> {
    fn get(&self, name: &str, find: impl FnOnce() -> T) -> Arc<T> {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return known.clone();
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(name.to_owned()).or_insert_with(|| Arc::new(find())).clone()
    }
}

fn times() -> Histogram {
    Histogram::new(SECONDS)
}

impl Families {
    fn new() -> Self {
        Families {
            calls: Family::default(),
            queue_time: Family::new_with_constructor(times),
            run_time: Family::new_with_constructor(times),
            fuel: Family::default(),
            memory: Family::default(),
            running: Family::default(),
            waiting: Family::default(),
            instances: Family::default(),
            limit: Family::default(),
            requests: Family::default(),
            request_time: Family::new_with_constructor(times),
        }
    }

    /// The registry in which all of them have their names.
    fn registry(&self) -> Registry {
        let all = self.clone();
        let mut registry = Registry::with_prefix("nojit");
        registry.register("calls", "Calls that are over, by how they ended", all.calls);
        registry.register_with_unit(
            "call_queue",
            "Time that calls waited for their turn",
            Unit::Seconds,
            all.queue_time,
        );
        registry.register_with_unit("call_run", "Time that calls ran", Unit::Seconds, all.run_time);
        registry.register("fuel", "Fuel that calls used up", all.fuel);
        let memory = "Linear memory of the largest guest so far";
        registry.register_with_unit("memory_peak", memory, Unit::Bytes, all.memory);
        registry.register("calls_running", "Calls that run", all.running);
        registry.register("calls_waiting", "Calls that wait for their turn", all.waiting);
        registry.register("instances_ready", "Instances that are ready for a call", all.instances);
        registry.register("calls_limit", "Calls that may run at once; 0 without a limit", all.limit);
        registry.register("http_requests", "Requests that are over; status 0 if the client left first", all.requests);
        let time = "Time from the head of a request to the end of its response";
        registry.register_with_unit("http_request", time, Unit::Seconds, all.request_time);
        registry
    }

    fn of_function(&self, name: &str) -> OfFunction {
        let function = || name.to_owned();
        let labels = FunctionLabels { function: function() };
        OfFunction {
            values: self.calls.get_or_create_owned(&CallLabels { function: function(), end: end_name(&End::Value) }),
            queue_time: self.queue_time.get_or_create_owned(&labels),
            run_time: self.run_time.get_or_create_owned(&labels),
            fuel: self.fuel.get_or_create_owned(&labels),
            memory: self.memory.get_or_create_owned(&labels),
        }
    }

    /// What a pool does now.
    fn count(&self, function: &str, census: Census) {
        let labels = FunctionLabels { function: function.to_owned() };
        let Census { running, waiting, ready, limit } = census;
        // A pool without a limit has the largest number for it.
        let limit = if limit == usize::MAX { 0 } else { limit };
        let gauges =
            [(&self.running, running), (&self.waiting, waiting), (&self.instances, ready), (&self.limit, limit)];
        for (gauge, count) in gauges {
            gauge.get_or_create(&labels).set(count as u64);
        }
    }
}

impl Metrics {
    /// Nothing has happened, and the app is not ready.
    pub fn new() -> Self {
        let families = Families::new();
        Metrics {
            registry: families.registry(),
            families,
            functions: Known(RwLock::default()),
            endpoints: Known(RwLock::default()),
            is_ready: AtomicBool::new(false),
        }
    }

    /// All of it in the text format of OpenMetrics, with what these pools do now.
    pub fn to_text<'a>(&self, pools: impl Iterator<Item = (&'a Id, &'a Arc<Pool>)>) -> String {
        pools.for_each(|(id, pool)| self.families.count(id.as_str(), pool.census()));
        let mut text = String::new();
        // Writing to memory does not fail.
        let _written = text::encode(&mut text, &self.registry);
        text
    }

    /// Whether the app serves and was not told to stop.
    pub fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Relaxed)
    }

    pub(super) fn set_ready(&self, is_ready: bool) {
        self.is_ready.store(is_ready, Ordering::Relaxed);
    }

    fn call(&self, call: &Call<'_>) {
        let of = self.functions.get(call.function, || self.families.of_function(call.function));
        match call.end {
            End::Value => of.values.inc(),
            end => {
                let labels = CallLabels { function: call.function.to_owned(), end: end_name(&end) };
                self.families.calls.get_or_create(&labels).inc()
            }
        };
        of.queue_time.observe(call.queued.as_secs_f64());
        if let Some(took) = call.took {
            of.run_time.observe(took.as_secs_f64());
        }
        of.fuel.inc_by(call.fuel);
        of.memory.inner().fetch_max(call.memory_bytes as u64, Ordering::Relaxed);
    }

    fn request(&self, request: &Request<'_>) {
        let names = || (request.service.to_owned(), request.endpoint.unwrap_or(NO_ENDPOINT).to_owned());
        let status = request.record.status.map_or(0, |status| status.as_u16());
        let (service, endpoint) = names();
        self.families.requests.get_or_create(&RequestLabels { service, endpoint, status }).inc();
        // IDs of endpoints are unique; services are told apart where there is none.
        let time = self.endpoints.get(request.endpoint.unwrap_or(request.service), || {
            let (service, endpoint) = names();
            self.families.request_time.get_or_create_owned(&EndpointLabels { service, endpoint })
        });
        time.observe(request.record.took.as_secs_f64());
    }
}

impl Observer for Metrics {
    fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Call(call) => self.call(call),
            Event::Request(request) => self.request(request),
            Event::Line(_) | Event::BadResponse(_) | Event::NotAccepting(_) => {}
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics::new()
    }
}

/// What calls are counted under that ended so.
fn end_name(end: &End<'_>) -> &'static str {
    match end {
        End::Value => "value",
        End::GuestError => "err",
        End::Dropped => "dropped",
        End::Failed(error) => match error.kind() {
            Kind::Invalid => "invalid",
            Kind::NotFound => "not_found",
            Kind::AlreadyExists => "already_exists",
            Kind::PermissionDenied => "permission_denied",
            Kind::Timeout => "timeout",
            Kind::Canceled => "canceled",
            Kind::Unavailable => "unavailable",
            Kind::RateLimited => "rate_limited",
            Kind::Conflict => "conflict",
            Kind::Guest => "guest",
            Kind::Internal => "internal",
        },
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("is_ready", &self.is_ready()).finish_non_exhaustive()
    }
}
