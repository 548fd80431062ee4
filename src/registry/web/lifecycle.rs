//! `lifecycle`: when an entry starts and stops, and what happens when it fails. Starts nothing.

use std::time::Duration;

use super::super::decode::{Cx, Field, Fields};
use super::super::{EntryKind, Id};

/// The shortest time that can be given.
pub(crate) const MIN_TIME: Duration = Duration::from_millis(1);
/// The largest factor between delays.
const MAX_BACKOFF_FACTOR: f64 = 1000.0;

/// When an entry starts and stops, and what happens when it fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Lifecycle {
    /// Whether it starts with the app.
    pub auto_start: bool,
    /// How long it may take to start; 10 s unless given.
    pub start_timeout: Duration,
    /// How long it may take to stop; 10 s unless given.
    pub stop_timeout: Duration,
    /// What starts before it.
    pub depends_on: Vec<Id>,
    /// What happens when it fails.
    pub restart: Restart,
}

/// How an entry that failed is started again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Restart {
    /// The delay before the first attempt; 1 s unless given.
    pub initial_delay: Duration,
    /// The longest delay, at least `initial_delay`; 90 s unless given.
    pub max_delay: Duration,
    /// How many times as long each delay is as the one before, from 1 to 1000; 2 unless given.
    pub backoff_factor: f64,
    /// By which part of itself a delay may be longer or shorter, from 0 to 1; 0.1 unless given.
    pub jitter: f64,
    /// How often it is tried; none: without end.
    pub max_attempts: Option<u64>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Lifecycle {
            auto_start: true,
            start_timeout: Duration::from_secs(10),
            stop_timeout: Duration::from_secs(10),
            depends_on: Vec::new(),
            restart: Restart::default(),
        }
    }
}

impl Default for Restart {
    fn default() -> Self {
        Restart {
            initial_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(90),
            backoff_factor: 2.0,
            jitter: 0.1,
            max_attempts: None,
        }
    }
}

impl Lifecycle {
    pub(crate) fn decode(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Lifecycle> {
        let mut fields = field.fields(cx)?;
        let default = Lifecycle::default();
        let auto_start = fields.optional("auto_start").and_then(|field| field.boolean(cx));
        let start_timeout = time(&mut fields, "start_timeout", cx);
        let stop_timeout = time(&mut fields, "stop_timeout", cx);
        let depends_on = fields.optional("depends_on").map(|field| depends_on(&field, cx)).unwrap_or_default();
        let restart = fields.optional("restart").and_then(|field| Restart::decode(&field, cx)).unwrap_or_default();
        if let Some(security) = fields.optional("security") {
            security.report(cx, "is not supported yet; remove it");
        }
        fields.finish(cx);
        Some(Lifecycle {
            auto_start: auto_start.unwrap_or(default.auto_start),
            start_timeout: start_timeout.unwrap_or(default.start_timeout),
            stop_timeout: stop_timeout.unwrap_or(default.stop_timeout),
            depends_on,
            restart,
        })
    }
}

impl Restart {
    fn decode(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Restart> {
        let mut fields = field.fields(cx)?;
        let default = Restart::default();
        let initial = time(&mut fields, "initial_delay", cx);
        let longest_field = fields.optional("max_delay");
        let longest = longest_field.as_ref().and_then(|field| field.duration(cx, MIN_TIME));
        if let (Some(initial), Some(longest), Some(field)) = (initial, longest, &longest_field)
            && longest < initial
        {
            field.report(cx, format!("must be at least initial_delay, which is {initial:?} (found {longest:?})"));
        }
        let factor = fields.optional("backoff_factor").and_then(|field| field.number(cx, 1.0..=MAX_BACKOFF_FACTOR));
        let jitter = fields.optional("jitter").and_then(|field| field.number(cx, 0.0..=1.0));
        let attempts = fields.optional("max_attempts").and_then(|field| field.integer(cx, 0..=u64::MAX));
        fields.finish(cx);
        // A delay that was given counts more than the default of the other.
        let initial_delay = initial
            .unwrap_or_else(|| longest.map_or(default.initial_delay, |longest| longest.min(default.initial_delay)));
        Some(Restart {
            initial_delay,
            max_delay: longest.unwrap_or(default.max_delay).max(initial_delay),
            backoff_factor: factor.unwrap_or(default.backoff_factor),
            jitter: jitter.unwrap_or(default.jitter),
            max_attempts: attempts.filter(|&attempts| attempts > 0),
        })
    }
}

pub(super) fn time(fields: &mut Fields<'_>, name: &'static str, cx: &mut Cx<'_>) -> Option<Duration> {
    fields.optional(name)?.duration(cx, MIN_TIME)
}

/// Entries of any kind.
fn depends_on(field: &Field<'_>, cx: &mut Cx<'_>) -> Vec<Id> {
    let items = field.list(cx).unwrap_or_default();
    items.iter().filter_map(|item| item.reference(cx, EntryKind::ALL)).collect()
}
