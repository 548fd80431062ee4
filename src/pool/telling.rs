//! What the observer of a pool is told of a call. Knows no queue and no instances.

use std::time::Duration;

use super::Pool;
use crate::{
    error::Result,
    event::{Call, End, Event},
    function::{CallContext, Usage},
};

/// Tells of a call when it is over, or dropped. The clock is asked only if somebody is told.
pub(super) struct Telling<'a> {
    pool: &'a Pool,
    context: CallContext,
    asked: Duration,
    began: Option<Duration>,
    is_told: bool,
}

impl<'a> Telling<'a> {
    /// A call that is asked for.
    pub(super) fn new(pool: &'a Pool, context: CallContext) -> Self {
        let is_told = pool.world.observer().is_none();
        let asked = if is_told { Duration::ZERO } else { pool.host.clock().now() };
        Telling { pool, context, asked, began: None, is_told }
    }

    /// What the call carries.
    pub(super) fn context(&self) -> &CallContext {
        &self.context
    }

    /// It has its turn.
    pub(super) fn begin(&mut self) {
        if !self.is_told {
            self.began = Some(self.pool.host.clock().now());
        }
    }

    /// It is over; `is_error` tells the `err` of a result from other outcomes.
    pub(super) fn end<R>(self, outcome: &Result<R>, usage: &Usage, is_error: impl FnOnce(&R) -> bool) {
        let end = match outcome {
            Err(error) => End::Failed(error),
            Ok(outcome) if is_error(outcome) => End::GuestError,
            Ok(_) => End::Value,
        };
        let mut telling = self;
        telling.tell(end, usage);
    }

    fn tell(&mut self, end: End<'_>, usage: &Usage) {
        let observer = self.pool.world.observer().filter(|_| !self.is_told);
        self.is_told = true;
        let Some(observer) = observer else { return };
        let now = self.pool.host.clock().now();
        observer.observe(&Event::Call(Call {
            function: self.pool.function.name(),
            call: self.context.call,
            end,
            queued: self.began.unwrap_or(now).saturating_sub(self.asked),
            took: self.began.map(|began| now.saturating_sub(began)),
            fuel: usage.fuel,
            memory_bytes: usage.memory_bytes,
        }));
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.tell(End::Dropped, &Usage::default());
    }
}
