//! All sockets of a network, and what is on its way.
//!
//! Knows neither the scheduler nor tasks: it is told what time it is, and says whom to wake.

use std::{collections::BTreeMap, task::Waker, time::Duration};

use super::{
    address::HostNumber,
    link::Links,
    names::Names,
    ports::Ports,
    tcp::{Tcp, TcpEvent},
    udp::{Datagram, Udp},
};
use crate::{
    host::sim::{guest_clock::END_OF_TIME, timers::TimerKey},
    io::waiters::Waiters,
    sockets::ErrorCode,
};

/// Sockets of one network at most, of all its hosts.
const MAX_SOCKETS: usize = 1 << 20;

/// Names a socket; never used again.
pub(super) type SocketId = u64;

/// The state of a network.
#[derive(Debug)]
pub(super) struct Network {
    /// When what happens now happens.
    pub(super) now: Duration,
    /// How many hosts there are.
    pub(super) hosts: u64,
    pub(super) tcp: BTreeMap<SocketId, Tcp>,
    pub(super) udp: BTreeMap<SocketId, Udp>,
    pub(super) ports: Ports,
    pub(super) links: Links,
    pub(super) names: Names,
    /// Bytes of datagrams that are on their way.
    pub(super) datagram_bytes: usize,
    /// Who has to be woken, and when; the earliest first.
    pub(super) wakes: Vec<(Duration, Waker)>,
    /// The timer at the next event, if it was set.
    pub(super) alarm: Option<TimerKey>,
    /// What will happen, and among what happens at one moment in the order of its causes.
    events: BTreeMap<(Duration, u64), Event>,
    caused: u64,
    sockets: u64,
}

/// What happens at its time.
#[derive(Debug)]
pub(super) enum Event {
    Tcp(TcpEvent),
    Datagram(Datagram),
}

impl Network {
    /// Without hosts.
    pub(super) fn new(seed: u64) -> Self {
        Network {
            now: Duration::ZERO,
            hosts: 0,
            tcp: BTreeMap::new(),
            udp: BTreeMap::new(),
            ports: Ports::default(),
            links: Links::new(seed),
            names: Names::default(),
            datagram_bytes: 0,
            wakes: Vec::new(),
            alarm: None,
            events: BTreeMap::new(),
            caused: 0,
            sockets: 0,
        }
    }

    /// When the next event is.
    pub(super) fn next_event(&self) -> Option<Duration> {
        self.events.keys().next().map(|(at, _)| *at)
    }

    /// Lets happen what is due by `horizon`, until somebody is woken: he may have something to do before the next event.
    pub(super) fn settle(&mut self, horizon: Duration) {
        while let Some(first) = self.events.first_entry() {
            let at = first.key().0;
            if at > horizon || self.wakes.first().is_some_and(|(woken, _)| *woken < at) {
                return;
            }
            self.now = at;
            match first.remove() {
                Event::Tcp(event) => self.on_tcp(event),
                Event::Datagram(datagram) => self.on_datagram(datagram),
            }
        }
    }

    /// Lets something happen at a moment, or never if time ends before.
    pub(super) fn happens(&mut self, at: Duration, event: Event) {
        if at < END_OF_TIME {
            self.caused += 1;
            self.events.insert((at, self.caused), event);
        }
    }

    /// Lets something arrive that is not lost.
    pub(super) fn carry(&mut self, from: HostNumber, to: HostNumber, event: Event) {
        let delay = self.links.delay(from, to);
        self.happens(self.now.saturating_add(delay), event);
    }

    /// Wakes all of them now.
    pub(super) fn wake(&mut self, waiters: Vec<Waker>) {
        let now = self.now;
        self.wakes.extend(waiters.into_iter().map(|waker| (now, waker)));
    }

    /// Wakes those of a socket that is gone.
    pub(super) fn wake_last(&mut self, mut waiters: [Waiters; 2]) {
        for waiters in &mut waiters {
            self.wake(waiters.take());
        }
    }

    /// A name for a new socket.
    ///
    /// # Errors
    ///
    /// If there are too many already.
    pub(super) fn new_socket(&mut self) -> Result<SocketId, ErrorCode> {
        if self.tcp.len() + self.udp.len() >= MAX_SOCKETS {
            return Err(ErrorCode::NewSocketLimit);
        }
        self.sockets += 1;
        Ok(self.sockets)
    }
}
