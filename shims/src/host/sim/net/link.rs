//! How long what is sent travels, and what is lost.

use std::{collections::BTreeMap, time::Duration};

use super::address::HostNumber;
use crate::host::sim::entropy::{Purpose, SplitMix64};

/// What the way between two hosts does to what is sent. Within a host nothing is late or lost.
///
/// A datagram that is lost is gone. What is lost of a connection is sent again, as Linux does it: after 200 ms, then after
/// twice as long, and so on, for 15 minutes; who connects tries again after 1 s, 2 s, and so on, for 127 s. Then they time
/// out. That something has come is never lost, so of a way that loses all, only who sends finds out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkSettings {
    /// How long everything takes at least, one way.
    pub latency: Duration,
    /// How much longer it may take; the seed decides. Datagrams overtake one another then.
    pub jitter: Duration,
    /// How many of a thousand are lost; from 1000 on, all are.
    pub loss_per_mille: u16,
}

/// All ways.
#[derive(Debug)]
pub(super) struct Links {
    all: LinkSettings,
    /// Those that differ; the lower number is first.
    pairs: BTreeMap<(HostNumber, HostNumber), LinkSettings>,
    draws: SplitMix64,
}

impl Links {
    /// Ways that lose nothing and take no time.
    pub(super) fn new(seed: u64) -> Self {
        let draws = SplitMix64::derived(seed, 0, Purpose::Network);
        Links { all: LinkSettings::default(), pairs: BTreeMap::new(), draws }
    }

    /// Sets all ways that are not set themselves.
    pub(super) fn set(&mut self, settings: LinkSettings) {
        self.all = settings;
    }

    /// Sets both ways between two hosts.
    pub(super) fn set_between(&mut self, one: HostNumber, other: HostNumber, settings: LinkSettings) {
        self.pairs.insert((one.min(other), one.max(other)), settings);
    }

    /// Whether what is sent now is lost. Nothing is drawn where nothing can be.
    pub(super) fn loses(&mut self, from: HostNumber, to: HostNumber) -> bool {
        let loss = self.between(from, to).loss_per_mille;
        loss > 0 && self.draws.next_word() % 1000 < u64::from(loss)
    }

    /// How long what is sent now travels.
    pub(super) fn delay(&mut self, from: HostNumber, to: HostNumber) -> Duration {
        let LinkSettings { latency, jitter, .. } = self.between(from, to);
        match u64::try_from(jitter.as_nanos()).unwrap_or(u64::MAX) {
            0 => latency,
            jitter => latency.saturating_add(Duration::from_nanos(self.draws.next_word() % jitter.saturating_add(1))),
        }
    }

    fn between(&self, one: HostNumber, other: HostNumber) -> LinkSettings {
        if one == other {
            return LinkSettings::default();
        }
        self.pairs.get(&(one.min(other), one.max(other))).copied().unwrap_or(self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(number: u64) -> HostNumber {
        HostNumber::of_world(number)
    }

    #[test]
    fn a_pair_may_differ_and_a_host_is_near_to_itself() {
        let mut links = Links::new(7);
        let ms = Duration::from_millis;
        let latency = |latency| LinkSettings { latency, ..LinkSettings::default() };
        links.set(latency(ms(5)));
        links.set_between(host(2), host(1), latency(ms(9)));
        let delays = [(0, 1), (1, 2), (2, 1), (1, 1)].map(|(from, to)| links.delay(host(from), host(to)));
        assert_eq!(delays, [ms(5), ms(9), ms(9), ms(0)]);
    }

    #[test]
    fn as_much_is_lost_as_was_said() {
        for (loss_per_mille, expected) in [(0, 0..=0), (100, 900..=1_100), (1_000, 10_000..=10_000)] {
            let mut links = Links::new(7);
            links.set(LinkSettings { loss_per_mille, ..LinkSettings::default() });
            let lost = (0..10_000).filter(|_| links.loses(host(0), host(1))).count();
            assert!(expected.contains(&lost), "{lost}");
            assert!(!links.loses(host(1), host(1)));
        }
    }

    #[test]
    fn jitter_is_between_nothing_and_all() {
        let mut links = Links::new(7);
        let (latency, jitter) = (Duration::from_millis(5), Duration::from_nanos(2));
        links.set(LinkSettings { latency, jitter, loss_per_mille: 0 });
        let mut seen = [0; 3];
        for _ in 0..100 {
            seen[(links.delay(host(0), host(1)) - latency).as_nanos() as usize] += 1;
        }
        assert!(seen.iter().all(|count| *count > 10), "{seen:?}");
    }
}
