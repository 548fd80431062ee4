//! Resources between host and guests: owned and borrowed handles, lends, and what goes wrong with them.

use nojit::{
    Error, Result,
    component::{Linker, Resource, ResourceAny, ResourceType, StoreContextMut, Val},
};

use super::harness::{Guest, describe};

/// What the host of these tests keeps: the representations that were dropped, and a handle from a guest.
#[derive(Debug, Default)]
struct Host {
    dropped: Vec<u32>,
    kept: Option<ResourceAny>,
}

struct File;

/// The guest gets files of the host and does with the handle what the export's name says.
const FILES: &str = r#"
    (component
      (import "test:host/files" (instance $host
        (export "file" (type $file (sub resource)))
        (export "other" (type $other (sub resource)))
        (export "open" (func (param "rep" u32) (result (own $file))))
        (export "read" (func (param "f" (borrow $file)) (result u32)))
        (export "close" (func (param "f" (own $file)) (result u32)))
        (export "two" (func (param "f" (own $file)) (param "g" (borrow $file)) (result u32)))
        (export "other-read" (func (param "f" (borrow $other)) (result u32)))))
      (alias export $host "file" (type $file))
      (alias export $host "other" (type $other))
      (core func $open (canon lower (func $host "open")))
      (core func $read (canon lower (func $host "read")))
      (core func $close (canon lower (func $host "close")))
      (core func $two (canon lower (func $host "two")))
      (core func $other-read (canon lower (func $host "other-read")))
      (core func $drop (canon resource.drop $file))
      (core func $drop-other (canon resource.drop $other))
      (core module $m
        (import "" "open" (func $open (param i32) (result i32)))
        (import "" "read" (func $read (param i32) (result i32)))
        (import "" "close" (func $close (param i32) (result i32)))
        (import "" "two" (func $two (param i32 i32) (result i32)))
        (import "" "other-read" (func $other-read (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (import "" "drop-other" (func $drop-other (param i32)))
        (global $kept (mut i32) (i32.const 0))
        (func (export "open-read-drop") (param i32) (result i32)
          (local $f i32) (local $x i32)
          (local.set $f (call $open (local.get 0)))
          (local.set $x (i32.add (call $read (local.get $f)) (call $read (local.get $f))))
          (call $drop (local.get $f))
          (local.get $x))
        (func (export "open-close") (param i32) (result i32) (call $close (call $open (local.get 0))))
        (func (export "double-drop") (param i32) (result i32)
          (local $f i32)
          (local.set $f (call $open (local.get 0)))
          (call $drop (local.get $f))
          (call $drop (local.get $f))
          (i32.const 0))
        (func (export "read-closed") (param i32) (result i32)
          (local $f i32)
          (local.set $f (call $open (local.get 0)))
          (drop (call $close (local.get $f)))
          (call $read (local.get $f)))
        (func (export "close-and-lend") (param i32) (result i32)
          (local $f i32)
          (local.set $f (call $open (local.get 0)))
          (call $two (local.get $f) (local.get $f)))
        (func (export "wrong-type") (param i32) (result i32) (call $other-read (call $open (local.get 0))))
        (func (export "drop-wrong-type") (param i32) (result i32)
          (call $drop-other (call $open (local.get 0)))
          (i32.const 0))
        (func (export "use-zero") (param i32) (result i32) (call $read (i32.const 0)))
        (func (export "open-many") (param i32) (result i32)
          (loop
            (drop (call $open (local.get 0)))
            (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
            (br_if 0 (local.get 0)))
          (i32.const 0))
        (func (export "keep") (param i32) (result i32)
          (global.set $kept (local.get 0))
          (call $read (local.get 0)))
        (func (export "drop-borrow") (param i32) (result i32)
          (local $x i32)
          (local.set $x (call $read (local.get 0)))
          (call $drop (local.get 0))
          (local.get $x))
        (func (export "close-borrow") (param i32) (result i32) (call $close (local.get 0)))
        (func (export "kept") (result i32) (call $read (global.get $kept)))
        (func (export "give") (param i32) (result i32) (call $open (local.get 0))))
      (core instance $i (instantiate $m (with "" (instance
        (export "open" (func $open)) (export "read" (func $read)) (export "close" (func $close))
        (export "two" (func $two)) (export "other-read" (func $other-read))
        (export "drop" (func $drop)) (export "drop-other" (func $drop-other))))))
      (func (export "open-read-drop") (param "x" u32) (result u32) (canon lift (core func $i "open-read-drop")))
      (func (export "open-close") (param "x" u32) (result u32) (canon lift (core func $i "open-close")))
      (func (export "double-drop") (param "x" u32) (result u32) (canon lift (core func $i "double-drop")))
      (func (export "read-closed") (param "x" u32) (result u32) (canon lift (core func $i "read-closed")))
      (func (export "close-and-lend") (param "x" u32) (result u32) (canon lift (core func $i "close-and-lend")))
      (func (export "wrong-type") (param "x" u32) (result u32) (canon lift (core func $i "wrong-type")))
      (func (export "drop-wrong-type") (param "x" u32) (result u32) (canon lift (core func $i "drop-wrong-type")))
      (func (export "use-zero") (param "x" u32) (result u32) (canon lift (core func $i "use-zero")))
      (func (export "open-many") (param "x" u32) (result u32) (canon lift (core func $i "open-many")))
      (func (export "keep") (param "f" (borrow $file)) (result u32) (canon lift (core func $i "keep")))
      (func (export "drop-borrow") (param "f" (borrow $file)) (result u32) (canon lift (core func $i "drop-borrow")))
      (func (export "close-borrow") (param "f" (borrow $file)) (result u32) (canon lift (core func $i "close-borrow")))
      (func (export "take") (param "f" (own $file)) (result u32) (canon lift (core func $i "drop-borrow")))
      (func (export "give") (param "x" u32) (result (own $file)) (canon lift (core func $i "give"))))"#;

struct Other;

fn define(linker: &mut Linker<Host>) -> Result<()> {
    let mut files = linker.instance("test:host/files")?;
    files.resource("file", ResourceType::host::<File>(), |mut store: StoreContextMut<'_, Host>, rep| {
        store.data_mut().dropped.push(rep);
        Ok(())
    })?;
    files.resource("other", ResourceType::host::<Other>(), |_, _| Ok(()))?;
    files.func_wrap("open", |_, (rep,): (u32,)| Ok((Resource::<File>::new(rep),)))?;
    files.func_wrap("read", |_, (file,): (Resource<File>,)| Ok((file.rep() * 10,)))?;
    files.func_wrap("close", |_, (file,): (Resource<File>,)| Ok((file.rep() + 1,)))?;
    files.func_wrap("two", |_, (a, b): (Resource<File>, Resource<File>)| Ok((a.rep() + b.rep(),)))?;
    files.func_wrap("other-read", |_, (other,): (Resource<Other>,)| Ok((other.rep(),)))
}

/// What `export` answers to 7, and what the host has dropped then.
fn run(export: &str) -> Result<String, String> {
    let observed = Guest::new(FILES, define).three_ways(|store, instance| {
        let run = instance.get_typed_func::<(u32,), (u32,)>(&mut *store, export)?;
        let (answer,) = run.call(&mut *store, (7,))?;
        Ok(format!("{answer} {:?}", store.data().dropped))
    });
    observed.answer
}

#[test]
fn a_guest_opens_reads_and_drops() {
    assert_eq!(run("open-read-drop").as_deref(), Ok("140 [7]"));
}

#[test]
fn what_the_host_takes_back_is_not_dropped() {
    assert_eq!(run("open-close").as_deref(), Ok("8 []"));
}

#[test]
fn misuse_of_a_handle_traps() {
    for (export, sentence) in [
        ("double-drop", "unknown handle index 1"),
        ("read-closed", "unknown handle index 1"),
        ("close-and-lend", "unknown handle index 1"),
        ("wrong-type", "handle index used with the wrong type"),
        ("drop-wrong-type", "handle index used with the wrong type"),
        ("use-zero", "unknown handle index 0"),
    ] {
        let error = run(export).expect_err("traps");
        assert!(error.starts_with(&format!("Guest/Guest/CanonicalAbi: {sentence} (in ")), "{export}: {error}");
    }
}

/// Makes a file with `give` and passes it to `export` by `call`; the answers.
fn passed(exports: &[&str]) -> String {
    let observed = Guest::new(FILES, define).three_ways(|store, instance| {
        let give = instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut *store, "give")?;
        let (file,) = give.call(&mut *store, (7,))?;
        let mut answers = Vec::new();
        for export in exports {
            let run = instance.get_typed_func::<(ResourceAny,), (u32,)>(&mut *store, export)?;
            answers.push(match run.call(&mut *store, (file,)) {
                Ok((answer,)) => answer.to_string(),
                Err(error) => describe(&error),
            });
        }
        Ok(format!("{answers:?} {:?}", store.data().dropped))
    });
    observed.expect_ok().into()
}

#[test]
fn a_lent_file_comes_back() {
    assert_eq!(passed(&["drop-borrow", "drop-borrow"]), r#"["70", "70"] []"#);
}

#[test]
fn a_given_file_is_gone() {
    assert_eq!(
        passed(&["drop-borrow", "take", "take"]),
        r#"["70", "70", "Config/Invalid/no trap: this resource handle was given away or dropped before"] [7]"#
    );
}

#[test]
fn a_borrow_that_is_kept_traps() {
    assert_eq!(
        passed(&["keep"]),
        r#"["Guest/Guest/CanonicalAbi: borrow handles still remain at the end of the call: 1 (in export keep)"] []"#
    );
}

#[test]
fn a_borrow_that_is_given_away_traps() {
    assert!(passed(&["close-borrow"]).contains("CanonicalAbi: cannot lift own resource from a borrow"));
}

#[test]
fn handles_end_at_their_limit() {
    let observed = |count: u32| {
        Guest::new(FILES, define).three_ways(|store, instance| {
            store.set_max_handles(100);
            let run = instance.get_typed_func::<(u32,), (u32,)>(&mut *store, "open-many")?;
            Ok(run.call(store, (count,))?.0.to_string())
        })
    };
    assert_eq!(observed(100).expect_ok(), "0");
    assert!(observed(101).expect_err().contains("CanonicalAbi: more than 100 handles (max_handles)"));
}

#[test]
fn a_file_that_the_host_makes_goes_in_and_is_dropped() {
    let observed = Guest::new(FILES, define).three_ways(|store, instance| {
        let take = instance.get_typed_func::<(Resource<File>,), (u32,)>(&mut *store, "take")?;
        let lend = instance.get_typed_func::<(Resource<File>,), (u32,)>(&mut *store, "drop-borrow")?;
        let answers = (lend.call(&mut *store, (Resource::new(3),))?, take.call(&mut *store, (Resource::new(4),))?);
        Ok(format!("{answers:?} {:?}", store.data().dropped))
    });
    assert_eq!(observed.expect_ok(), "((30,), (40,)) [4]");
}

#[test]
fn a_function_with_a_resource_of_another_type_is_refused() {
    let guest = Guest::new(FILES, define);
    let (mut store, instance) = guest.start();
    let error = instance.get_typed_func::<(Resource<Other>,), (u32,)>(&mut store, "take").expect_err("takes files");
    assert!(error.message().ends_with("parameters: the resource is of another type"), "{error}");
    let error = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "take").expect_err("takes files");
    assert!(error.message().contains("is no u32"), "{error}");
}

/// The guest lends its own resource to the host while it runs; the host keeps the handle.
const LENDS: &str = r#"
    (component
      (import "thing" (type $import (sub resource)))
      (import "look" (func $look (param "t" (borrow $import)) (result u32)))
      (import "new" (func $new (result (own $import))))
      (core func $look' (canon lower (func $look)))
      (core func $new' (canon lower (func $new)))
      (core func $drop (canon resource.drop $import))
      (core module $m
        (import "" "look" (func $look (param i32) (result i32)))
        (import "" "new" (func $new (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "run") (result i32)
          (local $t i32)
          (local.set $t (call $new))
          (drop (call $look (local.get $t)))
          (call $drop (local.get $t))
          (i32.const 1)))
      (core instance $i (instantiate $m (with "" (instance
        (export "look" (func $look')) (export "new" (func $new')) (export "drop" (func $drop))))))
      (func (export "run") (result u32) (canon lift (core func $i "run"))))"#;

#[test]
fn a_handle_that_was_lent_for_a_call_ends_with_it() {
    let guest = Guest::new(LENDS, |linker: &mut Linker<Host>| {
        let mut root = linker.root();
        root.resource("thing", ResourceType::host::<File>(), |mut store: StoreContextMut<'_, Host>, rep| {
            store.data_mut().dropped.push(rep);
            Ok(())
        })?;
        root.func_wrap("new", |_, ()| Ok((Resource::<File>::new(5),)))?;
        root.func_new("look", |mut store, _, params, results| {
            let [Val::Resource(any)] = params else { return Err(Error::host("no resource")) };
            store.data_mut().kept = Some(*any);
            results[0] = Val::U32(0);
            Ok(())
        })
    });
    let observed = guest.three_ways(|store, instance| {
        let run = instance.get_typed_func::<(), (u32,)>(&mut *store, "run")?;
        run.call(&mut *store, ())?;
        let kept = store.data().kept.expect("was kept");
        let error = kept.resource_drop(&mut *store).expect_err("is over");
        Ok(format!("{error} {:?}", store.data().dropped))
    });
    assert_eq!(observed.expect_ok(), "this resource handle was given away or dropped before [5]");
}

/// Makes things of its own and looks at them.
const THINGS: &str = r#"
    (component
      (type $thing' (resource (rep i32)))
      (export $thing "thing" (type $thing'))
      (core func $new (canon resource.new $thing'))
      (core module $m (func (export "look") (param i32) (result i32) (local.get 0)))
      (core instance $i (instantiate $m))
      (func (export "make") (param "x" u32) (result (own $thing)) (canon lift (core func $new)))
      (func (export "look") (param "t" (borrow $thing)) (result u32) (canon lift (core func $i "look"))))"#;

#[test]
fn a_resource_of_another_store_is_refused() {
    let guest = Guest::<()>::new(THINGS, |_| Ok(()));
    let (mut one, first) = guest.start();
    let (mut two, second) = guest.start();
    let make =
        |instance: &nojit::component::Instance, store: &mut nojit::component::Store<()>, x: u32| -> ResourceAny {
            let make = instance.get_typed_func::<(u32,), (ResourceAny,)>(&mut *store, "make").expect("is exported");
            make.call(store, (x,)).expect("makes one").0
        };
    let foreign = make(&first, &mut one, 1);
    let _own = make(&second, &mut two, 2);
    let look = second.get_typed_func::<(ResourceAny,), (u32,)>(&mut two, "look").expect("is exported");
    let looked = look.call(&mut two, (foreign,));
    assert!(looked.is_err(), "the handle of one store opened {looked:?} in another");
}
