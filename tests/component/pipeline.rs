//! The two components of the pipeline example, three ways.

use nojit::{Error, component::Val};

use super::harness::Guest;

const MAPPER: &[u8] = include_bytes!("../../examples/pipeline/wasm/mapper.wasm");
const COMPUTE: &[u8] = include_bytes!("../../examples/pipeline/wasm/compute.wasm");

fn mapper() -> Guest<()> {
    // It links ten interfaces of WASI and calls none of them.
    let mut guest = Guest::new(MAPPER, |_| Ok(()));
    let component = guest.component.clone();
    guest.linker.define_unknown_imports_as_traps(&component);
    guest.fuel(1 << 40)
}

fn user(id: u32, name: &str, tags: &[&str], active: bool) -> Val {
    Val::Record(vec![
        ("id".into(), Val::U32(id)),
        ("name".into(), Val::String(name.into())),
        ("tags".into(), Val::List(tags.iter().map(|tag| Val::String((*tag).into())).collect())),
        ("active".into(), Val::Bool(active)),
    ])
}

fn map(name: &str) -> String {
    let users = Val::List(vec![
        user(1, "Alice", &["admin", "dev"], true),
        user(2, "Bob", &[], false),
        user(3, "Çelik", &["dev", "ops"], true),
    ]);
    let observed = mapper().three_ways(|store, instance| {
        let mut results = [Val::Bool(false)];
        instance.func(name)?.call(store, std::slice::from_ref(&users), &mut results)?;
        let [Val::List(list)] = results else { return Err(Error::host("no list")) };
        let show = |value: &Val| match value {
            Val::Record(fields) => fields.iter().map(|(_, value)| show_plain(value)).collect::<Vec<_>>().join("|"),
            other => show_plain(other),
        };
        Ok(list.iter().map(show).collect::<Vec<_>>().join("; "))
    });
    observed.expect_ok().into()
}

fn show_plain(value: &Val) -> String {
    match value {
        Val::String(text) => text.clone(),
        Val::U32(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn users_are_transformed() {
    assert_eq!(map("transform-users"), "1|Alice [admin, dev]|2; 2|Bob []|0; 3|Çelik [dev, ops]|2");
}

#[test]
fn active_users_are_kept() {
    assert_eq!(map("filter-active"), "1|Alice [admin, dev]|2; 3|Çelik [dev, ops]|2");
}

#[test]
fn tags_are_aggregated() {
    assert_eq!(map("aggregate-tags"), "admin; dev; ops");
}

#[test]
fn products_wrap() {
    let guest = Guest::<()>::new(COMPUTE, |_| Ok(()));
    for (a, b, product) in [(6, 7, 42), (0, 9, 0), (u32::MAX, 2, u32::MAX - 1)] {
        let observed = guest.three_ways(|store, instance| {
            let compute = instance.get_typed_func::<(u32, u32), (u32,)>(&mut *store, "compute")?;
            Ok(compute.call(store, (a, b))?.0.to_string())
        });
        assert_eq!(observed.expect_ok(), product.to_string());
    }
}
