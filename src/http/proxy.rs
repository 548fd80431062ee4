//! [`Proxy`]: all requests of a server answered by one handler of `wasi:http`.

use std::{fmt, sync::Arc};

use nojit_shims::{
    http::server::{Exchange, Handler, Received, Record},
    sockets::ErrorCode,
};

use super::{
    answering::{Answering, answering},
    deadline::Deadline,
};
use crate::{
    event::{CallId, Event, NotAccepting, Observer, Request},
    pool::Pool,
};

/// A component that answers every request, in the instances of a pool.
pub struct Proxy {
    pool: Arc<Pool>,
    observer: Arc<dyn Observer>,
}

impl Proxy {
    /// Answers by the function of `pool`, which has to be [`Function::HANDLER`](crate::function::Function::HANDLER), within its
    /// limits. `observer` is told of requests.
    pub fn new(pool: Arc<Pool>, observer: Arc<dyn Observer>) -> Proxy {
        Proxy { pool, observer }
    }
}

impl Handler for Proxy {
    fn begin(&self, received: Received) -> Exchange {
        let call = self.pool.next_call();
        let deadline = Deadline::new(self.pool.host().clone(), None);
        let Answering { response, work } =
            answering(self.pool.clone(), call, deadline, received, None, Some(self.observer.clone()));
        let observer = self.observer.clone();
        let done = Box::new(move |record: &Record| tell(&*observer, Some(call), record));
        Exchange { response, work: Some(work), done }
    }

    fn not_accepting(&self, code: ErrorCode) {
        self.observer.observe(&Event::NotAccepting(NotAccepting { service: "", code }));
    }

    fn refused(&self, record: &Record) {
        tell(&*self.observer, None, record);
    }
}

fn tell(observer: &dyn Observer, call: Option<CallId>, record: &Record) {
    observer.observe(&Event::Request(Request { service: "", endpoint: None, call, record }));
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("pool", &self.pool).finish_non_exhaustive()
    }
}
