//! Functions whose types are Rust types.

use nojit::component::Val;

use super::harness::Guest;

/// Echoes by memory: every function returns what it was given, at where it was given, or flat.
fn echo(params: &str, ty: &str, core_params: &str, body: &str, result: &str) -> String {
    format!(
        r#"
        (component
          (core module $m
            (memory (export "memory") 1)
            (global $next (mut i32) (i32.const 1024))
            (func (export "realloc") (param i32 i32 i32 i32) (result i32)
              (global.set $next (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
              (global.get $next)
              (global.set $next (i32.add (global.get $next) (local.get 3))))
            (func (export "run") {core_params} {body}))
          (core instance $i (instantiate $m))
          (alias core export $i "memory" (core memory $memory))
          (alias core export $i "realloc" (core func $realloc))
          {ty}
          (func (export "run") {params} (result {result})
            (canon lift (core func $i "run") (memory $memory) (realloc $realloc))))"#
    )
}

/// Returns its one parameter, which is two flat values.
fn pair(ty: &str) -> String {
    echo(
        &format!(r#"(param "v" {ty})"#),
        "",
        "(param i32 i32) (result i32)",
        "(i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)",
        ty,
    )
}

/// Calls `run` with a Rust value three ways; it must come back.
macro_rules! comes_back {
    ($text:expr, $ty:ty, $($value:expr),+) => {{
        let guest = Guest::<()>::new($text, |_| Ok(()));
        $(
            let value: $ty = $value;
            guest.three_ways(|store, instance| {
                let run = instance.get_typed_func::<($ty,), ($ty,)>(&mut *store, "run")?;
                let (found,) = run.call(store, (value.clone(),))?;
                assert_eq!(found, value);
                Ok(String::new())
            });
        )+
    }};
}

#[test]
fn strings_and_lists_come_back() {
    comes_back!(pair("string"), String, String::new(), "ἀρχή".into(), "x".repeat(10_000));
    comes_back!(pair("(list u8)"), Vec<u8>, vec![], vec![1, 2, 255]);
    comes_back!(pair("(list bool)"), Vec<bool>, vec![true, false, true]);
    comes_back!(pair("(list char)"), Vec<char>, vec!['a', '🦀', '\0']);
    comes_back!(pair("(list s16)"), Vec<i16>, vec![i16::MIN, -1, 0, i16::MAX]);
    comes_back!(pair("(list u64)"), Vec<u64>, vec![0, u64::MAX]);
    comes_back!(pair("(list f64)"), Vec<f64>, vec![-0.0, 1.5, f64::INFINITY]);
    comes_back!(pair("(list string)"), Vec<String>, vec![], vec!["".into(), "two".into()]);
    comes_back!(
        pair("(list (tuple u8 (option u32) string))"),
        Vec<(u8, Option<u32>, String)>,
        vec![(1, None, "a".into()), (2, Some(7), String::new())]
    );
    comes_back!(
        pair("(list (result u16 (error (list char))))"),
        Vec<Result<u16, Vec<char>>>,
        vec![Ok(1), Err(vec!['x']), Err(vec![])]
    );
    comes_back!(pair("(list (result))"), Vec<Result<(), ()>>, vec![Ok(()), Err(())]);
    comes_back!(
        pair("(list (option (option bool)))"),
        Vec<Option<Option<bool>>>,
        vec![None, Some(None), Some(Some(true))]
    );
}

#[test]
fn lists_hold_boxed_and_borrowed_values_too() {
    let guest = Guest::<()>::new(pair("(list string)"), |_| Ok(()));
    let (mut store, instance) = guest.start();
    let run = instance.get_typed_func::<(&[&str],), (Vec<Box<String>>,)>(&mut store, "run").expect("has that type");
    let (found,) = run.call(&mut store, (&["a", "b"],)).expect("echoes");
    assert_eq!(found, [Box::new(String::from("a")), Box::new(String::from("b"))]);
}

/// The 17 parameters `a` to `q`, of type `u32`, through memory; returns those as a tuple, through memory too.
fn seventeen() -> String {
    let params: Vec<String> = ('a'..='q').map(|name| format!(r#"(param "{name}" u32)"#)).collect();
    let tuple = format!("(tuple {})", "u32 ".repeat(17));
    echo(&params.join(" "), "", "(param i32) (result i32)", "(local.get 0)", &tuple)
}

#[test]
fn seventeen_parameters_go_through_memory() {
    let guest = Guest::<()>::new(seventeen(), |_| Ok(()));
    let numbers: Vec<Val> = (1..=17).map(|number| Val::U32(number * 1_000_003)).collect();
    guest.three_ways(|store, instance| {
        let mut results = [Val::Bool(false)];
        instance.func("run")?.call(&mut *store, &numbers, &mut results)?;
        assert_eq!(results, [Val::Tuple(numbers.clone())]);
        Ok(String::new())
    });
}

#[test]
fn seventeen_typed_parameters_go_through_memory() {
    type U = u32;
    type Seventeen = (U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U);
    let params: Vec<String> = ('a'..='q').map(|name| format!(r#"(param "{name}" u32)"#)).collect();
    let last = "(i32.load offset=64 (local.get 0))";
    let guest = Guest::<()>::new(echo(&params.join(" "), "", "(param i32) (result i32)", last, "u32"), |_| Ok(()));
    guest.three_ways(|store, instance| {
        let run = instance.get_typed_func::<Seventeen, (u32,)>(&mut *store, "run")?;
        let (last,) = run.call(store, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 42))?;
        assert_eq!(last, 42);
        Ok(String::new())
    });
}

#[test]
fn sixteen_parameters_stay_flat() {
    let params: Vec<String> = ('a'..='p').map(|name| format!(r#"(param "{name}" u32)"#)).collect();
    let core = format!("(param {}) (result i32)", "i32 ".repeat(16));
    let guest = Guest::<()>::new(echo(&params.join(" "), "", &core, "(local.get 15)", "u32"), |_| Ok(()));
    let numbers: Vec<Val> = (1..=16).map(Val::U32).collect();
    let observed = guest.three_ways(|store, instance| {
        let mut results = [Val::Bool(false)];
        instance.func("run")?.call(&mut *store, &numbers, &mut results)?;
        Ok(format!("{results:?}"))
    });
    assert_eq!(observed.expect_ok(), "[U32(16)]");
}

#[test]
fn a_variant_of_mixed_payloads_shares_its_flat_values() {
    // Payloads f32, u64 and f64 join to i64.
    let ty = r#"(type $v' (variant (case "none") (case "a" f32) (case "b" u64) (case "c" f64) (case "d" s8)))
                (export $v "v" (type $v'))"#;
    let body = r"
        (i32.store8 (i32.const 8) (local.get 0))
        (i64.store (i32.const 16) (local.get 1))
        (i32.const 8)";
    let guest = Guest::<()>::new(echo(r#"(param "v" $v)"#, ty, "(param i32 i64) (result i32)", body, "$v"), |_| Ok(()));
    for (case, payload) in [
        ("none", None),
        ("a", Some(Val::Float32(-1.5))),
        ("b", Some(Val::U64(u64::MAX))),
        ("c", Some(Val::Float64(1e300))),
        ("d", Some(Val::S8(-3))),
    ] {
        let value = Val::Variant(case.into(), payload.map(Box::new));
        guest.three_ways(|store, instance| {
            let mut results = [Val::Bool(false)];
            instance.func("run")?.call(&mut *store, std::slice::from_ref(&value), &mut results)?;
            assert_eq!(results[0], value);
            Ok(String::new())
        });
    }
}

#[test]
fn a_function_of_another_type_is_refused_with_both() {
    let guest = Guest::<()>::new(pair("(list u8)"), |_| Ok(()));
    let (mut store, instance) = guest.start();
    let mut refused = |error: nojit::Error| {
        // The store is not needed; it shows that nothing has run.
        assert_eq!(store.data_mut(), &mut ());
        error.to_string()
    };
    let whole = "run is func(v: list<u8>) -> list<u8>";
    let run = instance.func("run").expect("is exported");
    let error = run.typed::<(String,), (Vec<u8>,)>().map(|_| ()).expect_err("takes a list");
    assert_eq!(refused(error), format!("{whole}: parameters: list<u8> is no string"));
    let error = run.typed::<(Vec<u8>,), (Vec<i8>,)>().map(|_| ()).expect_err("returns bytes");
    assert_eq!(refused(error), format!("{whole}: result: u8 is no i8"));
    let error = run.typed::<(), (Vec<u8>,)>().map(|_| ()).expect_err("takes a list");
    assert_eq!(refused(error), format!("{whole}: parameters: there are 1, the Rust tuple has 0"));
    let error = run.typed::<(Vec<u8>,), ()>().map(|_| ()).expect_err("returns a list");
    assert_eq!(refused(error), format!("{whole}: result: there are 1, the Rust tuple has 0"));
    let error = run.typed::<(Option<u8>,), (Vec<u8>,)>().map(|_| ()).expect_err("takes a list");
    assert_eq!(refused(error), format!("{whole}: parameters: list<u8> is no option"));
}
