//! Arguments and environments that are large.

use nojit_shims::host::sim::SimWorld;

use super::harness::Program;

/// Asks for both, and traps unless there are as many texts as expected.
fn texts(variables: u32, arguments: u32) -> String {
    format!(
        "(call $get-environment (i32.const 8)) (call $check (i32.eq (call $loaded (i32.const 12)) (i32.const {variables})))
         (call $get-arguments (i32.const 8)) (call $check (i32.eq (call $loaded (i32.const 12)) (i32.const {arguments})))"
    )
}

#[test]
fn an_environment_has_a_limit() {
    let run = |text: &str, args: usize, env: usize| {
        let args = vec!["x".repeat(100); args];
        let env = vec![("NAME".to_owned(), "x".repeat(96)); env];
        Program::of_text(text).run_in(&SimWorld::new(0), &[], |guest| guest.args(args).env(env)).end
    };
    // A variable is 100 bytes in two texts, and each text is 8 bytes more.
    assert_eq!(run(&texts(40_000, 30_000), 30_000, 40_000), "exit 0");
    let end = run(&texts(50_000, 40_000), 40_000, 50_000);
    assert!(end.ends_with("arguments and environment of 10120000 bytes; the limit is 8388608"), "{end}");
    let end = run("(call $get-arguments (i32.const 8))", 1, 100_000);
    assert!(end.ends_with("arguments and environment of 11600108 bytes; the limit is 8388608"), "{end}");
    assert_eq!(run("", 1, 100_000), "exit 0");
}
