//! The guests that misbehave, three ways: same outcome, same sentence, same fuel.

use nojit::{
    Result, Trap,
    component::{Instance, Linker, Store, StoreContextMut, Val},
};

use super::harness::Guest;

/// What [`TROUBLE`] expects of a run.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// It answers this, as `Debug` writes it.
    Answer(&'static str),
    /// It traps so, with this in its sentence.
    Trap(Trap, &'static str),
}

use Outcome::{Answer, Trap as Traps};

/// Embeds the guests by name.
macro_rules! trouble {
    ($($name:literal => $outcome:expr;)*) => {
        &[$(($name, include_str!(concat!("../guests/trouble/", $name, ".wat")), $outcome)),*]
    };
}

/// Name, text and outcome of each guest.
const TROUBLE: &[(&str, &str, Outcome)] = trouble! {
    "loop" => Traps(Trap::OutOfFuel, "all fuel is used up (the limit is 20000000)");
    "fill-loop" => Traps(Trap::OutOfFuel, "all fuel is used up");
    "recurse" => Traps(Trap::StackOverflow, "nested too deep");
    "unreachable" => Traps(Trap::Unreachable, "unreachable executed");
    "grow-memory" => Answer("U32(1024)");
    "grow-table" => Answer("U32(1000000)");
    "leak-handles" => Traps(Trap::CanonicalAbi, "more than 1000000 handles (max_handles)");
    "double-drop" => Traps(Trap::CanonicalAbi, "unknown handle index 1");
    "bad-handle" => Traps(Trap::CanonicalAbi, "unknown handle index 42");
    "bad-discriminant" => Traps(Trap::CanonicalAbi, "invalid variant discriminant: 3 of 2");
    "bad-discriminant-memory" => Traps(Trap::CanonicalAbi, "invalid variant discriminant: 7 of 2");
    "bad-char" => Traps(Trap::CanonicalAbi, "is no Unicode scalar value");
    "bad-char-memory" => Traps(Trap::CanonicalAbi, "0x110000 is no Unicode scalar value");
    "bad-utf8" => Traps(Trap::CanonicalAbi, "not valid UTF-8");
    "bad-utf8-surrogate" => Traps(Trap::CanonicalAbi, "not valid UTF-8");
    "bad-utf8-truncated" => Traps(Trap::CanonicalAbi, "not valid UTF-8");
    "string-out-of-bounds" => Traps(Trap::CanonicalAbi, "out of the memory's bounds");
    "string-wraps" => Traps(Trap::CanonicalAbi, "string");
    "string-too-long" => Traps(Trap::CanonicalAbi, "longer than");
    "list-wraps" => Traps(Trap::CanonicalAbi, "list");
    "list-misaligned" => Traps(Trap::CanonicalAbi, "not aligned");
    "result-out-of-bounds" => Traps(Trap::CanonicalAbi, "out of bounds");
    "result-misaligned" => Traps(Trap::CanonicalAbi, "not aligned");
    "string-bomb" => Traps(Trap::CanonicalAbi, "one call copies more than");
    "list-bomb" => Traps(Trap::CanonicalAbi, "one call copies more than");
    "realloc-out-of-bounds" => Traps(Trap::CanonicalAbi, "realloc returned a pointer out of bounds");
    "realloc-wraps" => Traps(Trap::CanonicalAbi, "realloc returned a pointer out of bounds");
    "realloc-misaligned" => Traps(Trap::CanonicalAbi, "realloc returned a pointer that is not aligned");
    "realloc-trap" => Traps(Trap::Unreachable, "unreachable executed");
    "realloc-loop" => Traps(Trap::CanonicalAbi, "realloc or post-return used more than 10000000 fuel");
    "realloc-recurse" => Traps(Trap::StackOverflow, "nested too deep");
    "realloc-calls-import" => Traps(Trap::CannotLeave, "cannot leave component instance");
    "post-return-trap" => Traps(Trap::Unreachable, "unreachable executed");
    "post-return-loop" => Traps(Trap::CanonicalAbi, "realloc or post-return used more than 10000000 fuel");
    "post-return-calls-import" => Traps(Trap::CannotLeave, "cannot leave component instance");
    "start-trap" => Traps(Trap::Unreachable, "unreachable executed (in start function)");
    "start-loop" => Traps(Trap::OutOfFuel, "all fuel is used up");
};

/// How often the import of two of the guests was entered.
#[derive(Debug, Default)]
struct Entered(u32);

fn guest(text: &str) -> Guest<Entered> {
    Guest::new(text, |linker: &mut Linker<Entered>| {
        linker.instance("nojit:trouble/host")?.func_wrap("ping", |mut store: StoreContextMut<'_, Entered>, ()| {
            store.data_mut().0 += 1;
            Ok(())
        })
    })
}

fn run(store: &mut Store<Entered>, instance: &Instance) -> Result<String> {
    let run = instance.func("run")?;
    let params: Vec<Val> = match run.ty().params().next().map(|(_, ty)| format!("{ty:?}")) {
        None => Vec::new(),
        Some(list) if list.starts_with("list") => vec![Val::List(vec![Val::U32(1), Val::U32(2)])],
        Some(_) => vec![Val::String("some text".into())],
    };
    let mut results = vec![Val::Bool(false); usize::from(run.ty().result().is_some())];
    let called = run.call(&mut *store, &params, &mut results);
    assert_eq!(store.data().0, 0, "the import was entered");
    if let Err(error) = called {
        // What trapped cannot be entered again.
        let again = run.call(&mut *store, &params, &mut results).expect_err("the instance is poisoned");
        assert_eq!(again.as_trap(), Some(Trap::CannotEnter), "{again}");
        return Err(error);
    }
    Ok(format!("{:?}", results[0]))
}

#[test]
fn trouble_ends_the_same_three_ways() {
    for (name, text, outcome) in TROUBLE {
        let observed = guest(text).three_ways(run);
        match outcome {
            Answer(answer) => assert_eq!(observed.expect_ok(), *answer, "{name}"),
            Traps(trap, sentence) => {
                let error = observed.expect_err();
                assert!(error.contains(&format!("/{trap:?}: ")) && error.contains(sentence), "{name}: {error}");
            }
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the guests are a folder")]
fn every_guest_of_the_folder_is_run() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/trouble");
    let entries = std::fs::read_dir(folder).expect("is a folder");
    let mut found: Vec<String> = entries
        .filter_map(|entry| entry.expect("is readable").file_name().to_str()?.strip_suffix(".wat").map(String::from))
        .collect();
    let mut known: Vec<String> = TROUBLE.iter().map(|(name, ..)| String::from(*name)).collect();
    found.sort();
    known.sort();
    assert_eq!(found, known);
}

#[test]
fn leaked_handles_end_at_their_limit() {
    let leak = include_str!("../guests/trouble/leak-handles.wat");
    let observed = guest(leak).fuel(1 << 40).three_ways(|store, instance| {
        store.set_max_handles(1_000);
        run(store, instance)
    });
    assert!(observed.expect_err().contains("more than 1000 handles (max_handles)"), "{observed:?}");
}
