//! Examples whose guests use what they were given: clocks, arguments, variables, folders.

use std::time::Duration;

use super::stage::Stage;

#[test]
fn a_function_sleeps_on_virtual_time() {
    let stage = Stage::new("sleep");
    for ms in [0, 1, 250, 86_400_000] {
        let before = stage.world.now();
        let elapsed: u64 = stage.call("myns:sleep_ms", &format!("[{ms}]")).parse().expect("it is a number");
        // A guest's own work is time as well: some instructions of a quarter of a nanosecond.
        let (elapsed, asked) = (Duration::from_nanos(elapsed), Duration::from_millis(ms));
        assert!(elapsed >= asked && elapsed < asked + Duration::from_micros(1), "{ms}: {elapsed:?}");
        assert!(stage.world.now() - before >= elapsed, "{ms}");
    }
}

#[test]
fn a_clock_that_is_not_enabled_traps_by_name() {
    let answer = Stage::new("sleep").call("myns:sleep_denied", "[1]");
    assert_eq!(
        answer,
        "Guest: import wasi:clocks/monotonic-clock@0.2.12#now is not enabled for myns:sleep_denied; \
         add \"wasi:clocks\" to its imports"
    );
}

#[test]
fn a_function_uses_what_its_entry_enables() {
    let stage = Stage::new("host-functions");
    for (id, folders) in [("myns:my_function", 0), ("myns:my_function_with_data", 1)] {
        let answer = stage.call(id, "[]");
        assert!(answer.starts_with(&format!(r#"{{"folders":{folders},"took":"#)), "{answer}");
        assert_eq!(stage.lines(), ["run"], "{id}");
    }
}

#[test]
fn a_guest_is_shown_what_its_entry_gives() {
    let given = |debug: &str| {
        format!(
            r#"{{"args":["--verbose"],"cwd":"/app","env":[["API_KEY","example key"],["DEBUG","{debug}"]],"folders":[{{"path":"/data","writable":false}},{{"path":"/output","writable":true}}]}}"#
        )
    };
    assert_eq!(Stage::new("wasi-config").call("myns:show", "[]"), given("false"));
    let os = [("EXAMPLE_DEBUG", "true"), ("SECRET", "x")];
    assert_eq!(Stage::with_variables("wasi-config", &os).call("myns:show", "[]"), given("true"));
}

#[test]
fn a_program_reads_and_writes_where_it_may() {
    let stage = Stage::new("wasi-config");
    assert_eq!(stage.call("myns:list_data", "[]"), "null");
    assert_eq!(stage.lines(), ["deep/", "deep/numbers.csv 8", "greeting.txt 6"]);
    assert_eq!(stage.call("myns:write_output", "[]"), "null");
    assert_eq!(stage.lines().last().map(String::as_str), Some("files ok"));
    assert_ne!(stage.call("myns:write_data", "[]"), "null");
    assert!(stage.lines().iter().any(|line| line.starts_with("FAIL")));
}

#[test]
fn a_required_variable_without_a_value_ends_the_call() {
    assert_eq!(
        Stage::new("wasi-config").call("myns:licensed", "[]"),
        "NotFound: the variable LICENSE is required, and myns:license has no value; set it or give a default"
    );
    let stage = Stage::with_variables("wasi-config", &[("EXAMPLE_LICENSE", "paid")]);
    assert_eq!(stage.call("myns:licensed", "[]"), "null");
    assert_eq!(stage.lines(), ["LICENSE=paid"]);
}
