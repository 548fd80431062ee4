//! Permits, queues, and calls that fail.

use super::{Bed, SPIN, TRAP};
use nojit::registry::{self, PoolForm, WhenFull};

fn fixed(workers: u32) -> PoolForm {
    PoolForm::Static { size: workers, workers, buffer: 1 }
}

/// When the answers come.
fn times(answers: &[(String, u64)]) -> Vec<u64> {
    answers.iter().map(|(_, at_ms)| *at_ms).collect()
}

#[test]
fn calls_run_in_the_order_in_which_they_came() {
    let bed = Bed::new(fixed(2));
    let calls = (0..5).map(|at_ms| bed.call_at(at_ms, 100)).collect();
    assert_eq!(times(&bed.answers(calls)), [100, 101, 200, 201, 300]);
}

#[test]
fn an_inline_pool_runs_as_many_as_there_are_callers() {
    let bed = Bed::new(PoolForm::Inline);
    let _kept = bed.keep();
    let calls = (0..50).map(|_| bed.call_at(0, 100)).collect();
    assert_eq!(times(&bed.answers(calls)), [100; 50]);
    assert_eq!((bed.guests(), bed.pool.census().ready), (50, 0));
}

#[test]
fn a_full_queue_rejects_where_it_is_told_to() {
    let bed = Bed::with(registry::Pool { form: fixed(1), when_full: WhenFull::Reject, reuse: 1 });
    let answers = bed.answers((0..4).map(|at_ms| bed.call_at(at_ms, 100)).collect());
    let busy = "t:f is busy: 1 calls run and 1 wait; try again";
    let expected = [("1", 100), ("1", 200), (busy, 2), (busy, 3)];
    assert_eq!(answers, expected.map(|(text, at_ms)| (text.to_owned(), at_ms)));
}

#[test]
fn who_leaves_the_queue_or_drops_its_call_costs_no_permit() {
    let bed = Bed::new(fixed(1));
    let running = bed.call_at(0, 1000);
    let queued = bed.call_at(1, 1000);
    let last = bed.call_at(2, 10);
    let census = bed.census_at(5);
    assert_eq!((census.running, census.waiting), (1, 2));
    drop(queued);
    assert_eq!(bed.pool.census().waiting, 1);
    drop(running);
    assert_eq!(times(&bed.answers(vec![last])), [15]);
    assert_eq!((bed.pool.census().running, bed.pool.census().waiting), (0, 0));
}

#[test]
fn a_storm_of_traps_and_timeouts_leaves_the_pool_as_it_was() {
    let pool = registry::Pool { form: fixed(3), when_full: WhenFull::Wait, reuse: 1 };
    let bed = Bed::within(6, pool);
    let _kept = bed.keep();
    let calls = (0..60).map(|n| bed.call_at(n, if n % 10 == 0 { SPIN } else { TRAP })).collect();
    let answers = bed.answers(calls);
    assert_eq!(answers.iter().filter(|(text, _)| text == "Timeout").count(), 6);
    assert_eq!(answers.iter().filter(|(text, _)| text == "Guest").count(), 54);
    let end = answers.iter().map(|(_, at_ms)| *at_ms).max().unwrap_or_default();
    let calls = (0..3).map(|_| bed.call_at(end + 1000, 5)).collect();
    assert_eq!(times(&bed.answers(calls)), [end + 1005; 3]);
}

#[test]
fn wrong_arguments_never_wait_for_a_permit() {
    let bed = Bed::new(fixed(1));
    let _running = bed.call_at(0, 1000);
    bed.census_at(1);
    let (outcome, _) = bed.world.run(bed.pool.call(&[])).expect("it does not wait");
    assert_eq!(super::text(outcome), "f takes 1 argument (ms), got 0");
}
