//! The kitchen guest, three ways: an echo of every type, resources both ways, and host functions.

use std::collections::BTreeMap;

use nojit::{
    Result,
    component::{
        Answer, Component, Instance, Linker, Resource, ResourceAny, ResourceType, Store, StoreContextMut, Val,
    },
};

use super::{
    harness::{Guest, Way, block_on},
    waiting::Polls,
};

const KITCHEN: &[u8] = include_bytes!("../guests/kitchen/kitchen.wasm");

/// What the host of the kitchen keeps.
#[derive(Debug, Default)]
struct Pantry {
    log: Vec<String>,
    stores: BTreeMap<u32, BTreeMap<String, String>>,
    next_store: u32,
}

struct StoreRep;

fn define(linker: &mut Linker<Pantry>) -> Result<()> {
    let mut host = linker.instance("nojit:kitchen/host")?;
    host.func_wrap("log", |mut store, (message,): (String,)| {
        store.data_mut().log.push(message);
        Ok(())
    })?;
    host.func_wrap("now", |_, ()| Ok((1_000_u64,)))?;
    host.resource("store", ResourceType::host::<StoreRep>(), |mut store, rep| {
        store.data_mut().stores.remove(&rep);
        Ok(())
    })?;
    host.func_wrap("[constructor]store", |mut store: StoreContextMut<'_, Pantry>, ()| {
        let pantry = store.data_mut();
        pantry.next_store += 1;
        pantry.stores.insert(pantry.next_store, BTreeMap::new());
        Ok((Resource::<StoreRep>::new(pantry.next_store),))
    })?;
    host.func_wrap("[method]store.get", |store, (this, key): (Resource<StoreRep>, String)| {
        Ok((store.data().stores[&this.rep()].get(&key).cloned(),))
    })?;
    host.func_wrap("[method]store.set", |mut store, (this, key, value): (Resource<StoreRep>, String, String)| {
        store.data_mut().stores.get_mut(&this.rep()).expect("lives").insert(key, value);
        Ok(())
    })
}

/// As [`define`], but every function waits.
fn define_waiting(linker: &mut Linker<Pantry>) -> Result<()> {
    let mut host = linker.instance("nojit:kitchen/host")?;
    host.func_wait("log", |_, (message,): (String,)| {
        Ok(Answer::wait(Polls(2), move |mut store: StoreContextMut<'_, Pantry>, ()| {
            store.data_mut().log.push(message);
            Ok(())
        }))
    })?;
    host.func_wait("now", |_, ()| Ok(Answer::wait(Polls(1), |_, ()| Ok((1_000_u64,)))))?;
    host.resource_wait("store", ResourceType::host::<StoreRep>(), |_, rep| {
        Ok(Answer::wait(Polls(1), move |mut store: StoreContextMut<'_, Pantry>, ()| {
            store.data_mut().stores.remove(&rep);
            Ok(())
        }))
    })?;
    host.func_wait("[constructor]store", |_, ()| {
        Ok(Answer::wait(Polls(1), |mut store: StoreContextMut<'_, Pantry>, ()| {
            let pantry = store.data_mut();
            pantry.next_store += 1;
            pantry.stores.insert(pantry.next_store, BTreeMap::new());
            Ok((Resource::<StoreRep>::new(pantry.next_store),))
        }))
    })?;
    host.func_wait("[method]store.get", |_, (this, key): (Resource<StoreRep>, String)| {
        Ok(Answer::wait(Polls(1), move |store: StoreContextMut<'_, Pantry>, ()| {
            Ok((store.data().stores[&this.rep()].get(&key).cloned(),))
        }))
    })?;
    host.func_wait("[method]store.set", |_, (this, key, value): (Resource<StoreRep>, String, String)| {
        Ok(Answer::wait(Polls(1), move |mut store: StoreContextMut<'_, Pantry>, ()| {
            store.data_mut().stores.get_mut(&this.rep()).expect("lives").insert(key, value);
            Ok(())
        }))
    })
}

fn call(store: &mut Store<Pantry>, instance: &Instance, name: &str, params: &[Val]) -> Result<Option<Val>> {
    let func = instance.func(&format!("nojit:kitchen/kitchen#{name}"))?;
    let mut results = vec![Val::Bool(false); usize::from(func.ty().result().is_some())];
    func.call(store, params, &mut results)?;
    Ok(results.pop())
}

fn text(text: &str) -> Val {
    Val::String(text.into())
}

fn some(value: Val) -> Val {
    Val::Option(Some(Box::new(value)))
}

fn none() -> Val {
    Val::Option(None)
}

fn variant(case: &str, payload: Option<Val>) -> Val {
    Val::Variant(case.into(), payload.map(Box::new))
}

fn person(name: &str, age: u8, height: f64, initial: char, member: bool) -> Val {
    Val::Record(vec![
        ("name".into(), text(name)),
        ("age".into(), Val::U8(age)),
        ("email".into(), text(&format!("{name}@example.org"))),
        ("height".into(), Val::Float64(height)),
        ("initial".into(), Val::Char(initial)),
        ("member".into(), Val::Bool(member)),
    ])
}

fn people() -> Vec<Val> {
    vec![
        person("Ann", 0, 0.0, 'A', true),
        person("", 255, -1.5e300, '\u{10ffff}', false),
        person("Ζωή", 33, 1.7, 'Ζ', true),
    ]
}

fn shapes() -> Vec<Val> {
    vec![
        variant("nothing", None),
        variant("circle", Some(Val::Float32(-0.0))),
        variant("circle", Some(Val::Float32(f32::NAN))),
        variant("square", Some(Val::U64(u64::MAX))),
        variant("point", Some(Val::Tuple(vec![Val::S8(-128), Val::Float64(f64::MIN_POSITIVE)]))),
        variant("label", Some(text("a label"))),
        variant("everyone", Some(Val::List(people()))),
        variant("everyone", Some(Val::List(Vec::new()))),
    ]
}

/// The argument of each echo function, several times.
fn echoes() -> Vec<(&'static str, Vec<Val>)> {
    let list = Val::List;
    vec![
        ("echo-bool", vec![Val::Bool(false), Val::Bool(true)]),
        ("echo-u8", [0, 1, 0x7f, 0x80, 0xff].map(Val::U8).into()),
        ("echo-u16", [0, 0x7fff, 0x8000, 0xffff].map(Val::U16).into()),
        ("echo-u32", [0, 0x7fff_ffff, 0x8000_0000, u32::MAX].map(Val::U32).into()),
        ("echo-u64", [0, 1 << 32, i64::MAX as u64 + 1, u64::MAX].map(Val::U64).into()),
        ("echo-s8", [i8::MIN, -1, 0, i8::MAX].map(Val::S8).into()),
        ("echo-s16", [i16::MIN, -1, 0, i16::MAX].map(Val::S16).into()),
        ("echo-s32", [i32::MIN, -1, 0, i32::MAX].map(Val::S32).into()),
        ("echo-s64", [i64::MIN, -1, 0, i64::MAX].map(Val::S64).into()),
        ("echo-f32", [0.0, -0.0, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE, 1.5].map(Val::Float32).into()),
        ("echo-f64", [0.0, -0.0, f64::NAN, f64::NEG_INFINITY, f64::MAX, 1.5].map(Val::Float64).into()),
        ("echo-char", ['\0', 'a', 'ß', '\u{d7ff}', '\u{e000}', '🦀', char::MAX].map(Val::Char).into()),
        ("echo-string", vec![text(""), text("a"), text("ἀρχή 🦀 \0"), text(&"long ".repeat(20_000))]),
        ("echo-bytes", [0, 1, 64, 65_536].map(|len: usize| list((0..len).map(|i| Val::U8(i as u8)).collect())).into()),
        ("echo-strings", vec![list(vec![]), list(vec![text(""), text("two"), text("\u{fffd}")])]),
        ("echo-record", people()),
        ("echo-tuple", vec![Val::Tuple(vec![Val::U8(7), text("seven"), Val::Float32(7.5)])]),
        ("echo-variant", shapes()),
        ("echo-enum", ["red", "green", "blue"].map(|name| Val::Enum(name.into())).into()),
        ("echo-option", vec![none(), some(text("")), some(text("some"))]),
        ("echo-option-option", vec![none(), some(none()), some(some(Val::U32(3)))]),
        (
            "echo-result",
            vec![Val::Result(Ok(Some(Box::new(text("fine"))))), Val::Result(Err(Some(Box::new(Val::U32(404)))))],
        ),
        ("echo-result-bare", vec![Val::Result(Ok(None)), Val::Result(Err(None))]),
        (
            "echo-flags",
            [&[][..], &["read"], &["own-it"], &["read", "write", "execute", "create", "delete", "list-all", "share"]]
                .map(|names| Val::Flags(names.iter().map(|name| String::from(*name)).collect()))
                .into(),
        ),
        ("echo-records", vec![list(vec![]), list(people())]),
        (
            "echo-teams",
            vec![list(vec![
                Val::Record(vec![("title".into(), text("empty")), ("people".into(), list(vec![]))]),
                Val::Record(vec![("title".into(), text("full")), ("people".into(), list(people()))]),
            ])],
        ),
        (
            "echo-nested",
            vec![
                list(vec![]),
                list(vec![list(vec![]), list(shapes().into_iter().map(some).chain([none()]).collect())]),
            ],
        ),
    ]
}

#[test]
fn every_echo_returns_its_argument() {
    let guest = Guest::new(KITCHEN, define).fuel(1 << 40);
    for (name, values) in echoes() {
        for value in values {
            guest.three_ways(|store, instance| {
                let result = call(store, instance, name, std::slice::from_ref(&value))?;
                assert_eq!(result.as_ref(), Some(&value), "{name}");
                Ok(String::new())
            });
        }
    }
}

#[test]
fn arguments_through_memory_come_back_in_order() {
    let guest = Guest::new(KITCHEN, define);
    let words: Vec<Val> = ["a", "", "ccc", "δ", "e", "f", "g", "h", "🦀"].map(text).into();
    guest.three_ways(|store, instance| {
        assert_eq!(call(store, instance, "echo-many", &words)?, Some(Val::Tuple(words.clone())));
        Ok(String::new())
    });
}

#[test]
fn nothing_returns_nothing_and_fail_an_err() {
    let guest = Guest::new(KITCHEN, define);
    let observed = guest.three_ways(|store, instance| {
        let nothing = call(store, instance, "nothing", &[])?;
        let fail = call(store, instance, "fail", &[])?;
        Ok(format!("{nothing:?} {fail:?}"))
    });
    assert_eq!(observed.expect_ok(), r#"None Some(Result(Err(Some(String("out of soup")))))"#);
}

#[test]
fn counters_are_made_used_passed_and_finished() {
    let guest = Guest::new(KITCHEN, define);
    let observed = guest.three_ways(|store, instance| {
        let made = call(store, instance, "[constructor]counter", &[Val::U32(40)])?.expect("a counter");
        let added = call(store, instance, "[method]counter.add", &[made.clone(), Val::U32(2)])?;
        let passed = call(store, instance, "pass", &[made])?.expect("a counter");
        let looked = call(store, instance, "look", std::slice::from_ref(&passed))?;
        let other = call(store, instance, "[static]counter.make", &[Val::U32(u32::MAX)])?.expect("a counter");
        let wrapped = call(store, instance, "[method]counter.add", &[other.clone(), Val::U32(1)])?;
        let alive = call(store, instance, "alive", &[])?;
        let finished = call(store, instance, "finish", &[passed])?;
        let Val::Resource(other) = other else { panic!("no resource") };
        other.resource_drop(&mut *store)?;
        let left = call(store, instance, "alive", &[])?;
        Ok(format!("{:?}", [added, looked, wrapped, alive, finished, left].map(Option::unwrap)))
    });
    assert_eq!(observed.expect_ok(), "[U32(42), U32(42), U32(0), U32(2), U32(42), U32(0)]");
}

#[test]
fn a_counter_that_was_given_away_is_refused() {
    let guest = Guest::new(KITCHEN, define);
    let observed = guest.three_ways(|store, instance| {
        let made = call(store, instance, "[constructor]counter", &[Val::U32(1)])?.expect("a counter");
        call(store, instance, "finish", std::slice::from_ref(&made))?;
        let error = call(store, instance, "look", &[made]).expect_err("is gone");
        // Nothing ran: the instance is as before.
        let alive = call(store, instance, "alive", &[])?;
        Ok(format!("{error} {alive:?}"))
    });
    assert_eq!(
        observed.expect_ok(),
        "argument 1 c: this resource handle was given away or dropped before Some(U32(0))"
    );
}

fn run_host(store: &mut Store<Pantry>, instance: &Instance) -> Result<String> {
    let run = instance.get_typed_func::<(u32,), (u64,)>(&mut *store, "run-host")?;
    let (sum,) = run.call(&mut *store, (10,))?;
    let pantry = store.data();
    Ok(format!("{sum} {} {:?}", pantry.stores.len(), pantry.log))
}

const HOSTED: &str = r#"1045 0 ["start 10", "end 45"]"#;

#[test]
fn host_functions_and_host_resources_serve_the_guest() {
    let guest = Guest::new(KITCHEN, define);
    assert_eq!(guest.three_ways(run_host).expect_ok(), HOSTED);
}

#[test]
fn waiting_host_functions_give_the_same_result_and_fuel() {
    let ready = Guest::new(KITCHEN, define).three_ways(run_host);
    let guest = Guest::new(KITCHEN, define_waiting);
    for way in Way::ALL {
        let (mut store, instance) = guest.start_in(way);
        let run = instance.get_typed_func::<(u32,), (u64,)>(&mut store, "run-host").expect("is exported");
        let (sum,) = block_on(run.call_async(&mut store, (10,))).expect("finishes");
        let pantry = store.data();
        assert_eq!(format!("{sum} {} {:?}", pantry.stores.len(), pantry.log), HOSTED, "{way:?}");
        assert_eq!(store.fuel_consumed(), ready.fuel, "{way:?}");
    }
}

#[test]
fn the_same_call_costs_the_same_fuel_again() {
    let guest = Guest::new(KITCHEN, define).fuel(1 << 40);
    let (mut store, instance) = guest.start();
    let mut cost = || {
        let before = store.fuel_consumed();
        call(&mut store, &instance, "echo-variant", &[shapes().swap_remove(6)]).expect("echoes");
        store.fuel_consumed() - before
    };
    // The first call makes the guest's allocator grow its memory.
    cost();
    let second = cost();
    assert_eq!([cost(), cost()], [second, second]);
}

#[test]
fn all_functions_are_named() {
    let engine = nojit::component::Engine::default();
    let component = Component::new(&engine, KITCHEN).expect("is valid");
    let names = component.function_names();
    assert_eq!(names.len(), 38, "{names:#?}");
    for (echo, _) in echoes() {
        assert!(names.contains(&format!("nojit:kitchen/kitchen#{echo}")), "{echo}");
    }
}

#[test]
fn resources_of_the_guest_are_typed_by_the_host_too() {
    let guest = Guest::new(KITCHEN, define);
    let (mut store, instance) = guest.start();
    let make = instance
        .get_typed_func::<(u32,), (ResourceAny,)>(&mut store, "kitchen#[static]counter.make")
        .expect("has that type");
    let look = instance.get_typed_func::<(ResourceAny,), (u32,)>(&mut store, "kitchen#look").expect("has that type");
    let (counter,) = make.call(&mut store, (5,)).expect("makes one");
    assert_eq!(look.call(&mut store, (counter,)).expect("looks"), (5,));
    block_on(counter.resource_drop_async(&mut store)).expect("is dropped");
    let error = look.call(&mut store, (counter,)).expect_err("is gone");
    assert_eq!(error.message(), "this resource handle was given away or dropped before");
}
