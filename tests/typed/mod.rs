//! Rust types for component types, against real guests.

use nojit::component::{Component, Config, Engine, Instance, Linker, Resource, Store};

nojit::record! {
    /// A user, as the mapper takes it.
    #[derive(Clone, Debug, PartialEq)]
    struct UserRecord { id: u32, name: String, tags: Vec<String>, active: bool }
}

nojit::record! {
    /// A user, as the mapper gives it.
    #[derive(Clone, Debug, PartialEq)]
    struct UserOutput { id: u32, display: String, tag_count: u32 }
}

nojit::record! {
    /// A person.
    #[derive(Clone, Debug, PartialEq)]
    struct Person { name: String, age: u8, email: String, height: f64, initial: char, member: bool }
}

nojit::variant! {
    /// A shape.
    #[derive(Clone, Debug, PartialEq)]
    enum Shape { Nothing, Circle(f32), Square(u64), Point((i8, f64)), Label(String), Everyone(Vec<Person>) }
}

nojit::enumeration! {
    /// A colour.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Colour { Red, Green, Blue }
}

nojit::flags! {
    /// Rights.
    struct Rights { READ, WRITE, EXECUTE, CREATE, DELETE, LIST_ALL, SHARE, RENAME, OWN_IT }
}

fn instance(bytes: &[u8]) -> (Store<()>, Instance) {
    let engine = Engine::new(&Config::new()).expect("a configuration");
    let component = Component::new(&engine, bytes).expect("a component");
    let mut linker = Linker::new(&engine);
    linker.define_unknown_imports_as_traps(&component);
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component).expect("an instance");
    (store, instance)
}

fn mapper() -> (Store<()>, Instance) {
    instance(include_bytes!("../../examples/pipeline/wasm/mapper.wasm"))
}

fn kitchen() -> (Store<()>, Instance) {
    instance(include_bytes!("../guests/kitchen/kitchen.wasm"))
}

fn user(id: u32, name: &str, tags: &[&str]) -> UserRecord {
    UserRecord { id, name: name.into(), tags: tags.iter().map(|tag| String::from(*tag)).collect(), active: id % 2 == 1 }
}

#[test]
fn the_mapper_maps_records() {
    let (mut store, instance) = mapper();
    let transform = instance
        .get_typed_func::<(Vec<UserRecord>,), (Vec<UserOutput>,)>(&mut store, "transform-users")
        .expect("the function has these types");
    let users = vec![user(1, "Alice", &["admin", "dev"]), user(2, "Bob", &[])];
    let (output,) = transform.call(&mut store, (users,)).expect("no trap");
    let alice = UserOutput { id: 1, display: "Alice [admin, dev]".into(), tag_count: 2 };
    assert_eq!(output[0], alice);
    assert_eq!((output.len(), output[1].tag_count), (2, 0));
}

#[test]
fn every_kind_of_type_is_echoed() {
    let (mut store, instance) = kitchen();
    let anna = Person { name: "Ånna".into(), age: 7, email: "a@b".into(), height: 1.5, initial: 'Å', member: true };
    /// Calls an echo function with values and compares.
    macro_rules! echo {
        ($name:literal, $ty:ty, $($value:expr),*) => {
            let echo = instance.get_typed_func::<($ty,), ($ty,)>(&mut store, concat!("kitchen#", $name)).expect($name);
            for value in [$($value),*] {
                let (found,) = echo.call(&mut store, (value.clone(),)).expect($name);
                assert_eq!(found, value, "{}", $name);
            }
        };
    }
    echo!("echo-bool", bool, true, false);
    echo!("echo-s8", i8, i8::MIN, -1, i8::MAX);
    echo!("echo-u16", u16, 0, u16::MAX);
    echo!("echo-s64", i64, i64::MIN, 42);
    echo!("echo-f32", f32, -0.5, f32::INFINITY);
    echo!("echo-char", char, 'x', '\u{10ffff}');
    echo!("echo-string", String, String::new(), String::from("grüße 🦀"));
    echo!("echo-bytes", Vec<u8>, vec![], vec![0, 255, 7]);
    echo!("echo-record", Person, anna.clone());
    echo!("echo-records", Vec<Person>, vec![], vec![anna.clone(), anna.clone()]);
    echo!(
        "echo-variant",
        Shape,
        Shape::Nothing,
        Shape::Circle(2.5),
        Shape::Square(u64::MAX),
        Shape::Point((-3, 0.25)),
        Shape::Label("round".into()),
        Shape::Everyone(vec![anna.clone()])
    );
    echo!("echo-enum", Colour, Colour::Red, Colour::Green, Colour::Blue);
    echo!("echo-flags", Rights, Rights::default(), Rights::READ | Rights::OWN_IT, Rights::from_bits(0x1ff));
    echo!("echo-option-option", Option<Option<u32>>, None, Some(None), Some(Some(9)));
    echo!("echo-result", Result<String, u32>, Ok("fine".into()), Err(4));
    echo!("echo-result-bare", Result<(), ()>, Ok(()), Err(()));
    echo!(
        "echo-nested",
        Vec<Vec<Option<Shape>>>,
        vec![vec![], vec![None, Some(Shape::Nothing), Some(Shape::Circle(1.0))]]
    );
}

#[test]
fn other_types_are_refused_by_name() {
    nojit::record! {
        /// Misses a field.
        #[derive(Debug)]
        struct Stranger { id: u32, name: String }
    }
    let (mut store, instance) = mapper();
    let refused = instance.get_typed_func::<(Vec<Stranger>,), (Vec<UserOutput>,)>(&mut store, "transform-users");
    let message = refused.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(message.starts_with("transform-users is func(users: list<record {"), "{message}");
    assert!(message.ends_with("parameters: the record has not the fields id, name"), "{message}");
    let refused = instance.get_typed_func::<(), (Resource<u8>,)>(&mut store, "aggregate-tags");
    let message = refused.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(message.ends_with("parameters: there are 1, the Rust tuple has 0"), "{message}");
}
