//! Instances that are ready, growth and shrinkage.

use super::{Bed, TRAP};
use nojit::registry::{self, PoolForm, WhenFull};

#[test]
fn a_static_pool_has_its_instances_before_the_calls() {
    let bed = Bed::new(PoolForm::Static { size: 3, workers: 2, buffer: 8 });
    let _kept = bed.keep();
    assert_eq!((bed.census_at(1).ready, bed.guests()), (3, 3));
    let call = bed.call_at(10, 100);
    assert_eq!(bed.census_at(20).ready, 2);
    assert_eq!(bed.answers(vec![call]), [("1".to_owned(), 110)]);
    // The instance that was used is replaced, and none is dropped however long nobody comes.
    assert_eq!((bed.census_at(111).ready, bed.guests()), (3, 4));
    assert_eq!((bed.census_at(100_000).ready, bed.guests()), (3, 4));
}

#[test]
fn a_lazy_pool_has_none_before_the_first_call_and_none_after_a_while() {
    let bed = Bed::new(PoolForm::Lazy { max_size: 4 });
    let _kept = bed.keep();
    assert_eq!((bed.census_at(1).ready, bed.guests()), (0, 0));
    let calls = (0..6).map(|_| bed.call_at(10, 100)).collect();
    let mut times: Vec<u64> = bed.answers(calls).iter().map(|(_, at_ms)| *at_ms).collect();
    times.sort_unstable();
    assert_eq!(times, [110, 110, 110, 110, 210, 210]);
    assert_eq!(bed.census_at(29_000).ready, 4);
    assert_eq!(bed.census_at(31_000).ready, 0);
}

#[test]
fn an_instance_is_used_as_often_as_it_may_be_and_no_more_after_a_trap() {
    let bed = Bed::with(registry::Pool { form: PoolForm::Lazy { max_size: 1 }, when_full: WhenFull::Wait, reuse: 3 });
    let calls = [5, 5, 5, 5, TRAP, 5].into_iter().enumerate().map(|(n, ms)| bed.call_at(100 * n as u64, ms));
    let texts: Vec<String> = bed.answers(calls.collect()).into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["1", "2", "3", "1", "Guest", "1"]);
}

#[test]
fn an_adaptive_pool_grows_while_callers_wait_and_shrinks_when_nobody_comes() {
    let bed = Bed::new(PoolForm::Adaptive { max_size: 8, warm_start: false });
    let _kept = bed.keep();
    assert_eq!(bed.pool.census().limit, 1);
    // The time of these guests is waiting: the more at once, the more in the same time.
    let calls = (0..400).map(|n| bed.call_at(n, 50)).collect();
    let answers = bed.answers(calls);
    let last = answers.iter().map(|(_, at_ms)| *at_ms).max().unwrap_or_default();
    assert_eq!(bed.pool.census().limit, 8);
    assert!(last < 4_000, "400 calls of 50 ms took {last} ms");
    let census = bed.census_at(last + 40_000);
    assert_eq!((census.limit, census.ready), (1, 1));
}

#[test]
fn an_adaptive_pool_grows_for_callers_behind_guests_that_wait_long() {
    let bed = Bed::new(PoolForm::Adaptive { max_size: 2, warm_start: false });
    let _kept = bed.keep();
    let calls = vec![bed.call_at(0, 10_000), bed.call_at(1, 10), bed.call_at(2, 10)];
    let times: Vec<u64> = bed.answers(calls).iter().map(|(_, at_ms)| *at_ms).collect();
    assert_eq!(times, [10_000, 110, 120]);
}

#[test]
fn an_adaptive_pool_grows_for_two_callers_that_call_again_and_again() {
    let bed = Bed::new(PoolForm::Adaptive { max_size: 4, warm_start: false });
    let _kept = bed.keep();
    let callers: Vec<_> = (0..2).map(|_| bed.calls(40, 50)).collect();
    bed.answers(callers);
    assert_eq!(bed.pool.census().limit, 2);
}

#[test]
fn a_warm_pool_is_full_at_once() {
    let bed = Bed::new(PoolForm::Adaptive { max_size: 5, warm_start: true });
    let _kept = bed.keep();
    let census = bed.census_at(1);
    assert_eq!((census.limit, census.ready, bed.guests()), (5, 5, 5));
}
