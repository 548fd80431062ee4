//! A thousand records of six fields in and back, in every form that a value has.

use std::hint::black_box;

use nojit::{
    component::{Component, Engine, Instance, Linker, Store, Type, Val},
    payload::{from_val, json, to_val},
};

use super::row::{Batch, Result, Row, batch};

const RECORDS: u32 = 1000;
const FIELDS: u64 = 6;

/// Gives back what it is given, and forgets it when the caller has read it.
const ECHO: &str = r#"
    (memory (export "memory") 8)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and
        (i32.sub (i32.add (global.get $next) (local.get 2)) (i32.const 1))
        (i32.sub (i32.const 0) (local.get 2))))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0))
      (i32.store (i32.const 4) (local.get 1))
      (i32.const 0))
    (func (export "forget") (param i32) (global.set $next (i32.const 1024)))"#;

type Tuple = (u32, String, f64, bool, String, i64);

pub(crate) fn rows() -> Result<Vec<Row>> {
    let row = |name, ours| Row { name, operations: u64::from(RECORDS) * FIELDS, ours, theirs: None, bound: None };
    Ok(vec![
        row("1,000 records in and back, typed, per field", typed()?),
        row("1,000 records in and back, Val, per field", val()?),
        row("1,000 records in and back, payload, per field", payload()?),
        row("1,000 records in and back, JSON text, per field", text()?),
    ])
}

fn instantiate(types: &str, element: &str) -> Result<(Store<()>, Instance)> {
    let engine = Engine::default();
    let component = Component::new(
        &engine,
        format!(
            r#"(component
              (core module $m {ECHO})
              (core instance $i (instantiate $m))
              {types}
              (func (export "echo") (param "list" (list {element})) (result (list {element}))
                (canon lift (core func $i "echo") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))
                  (post-return (core func $i "forget")))))"#
        ),
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    Ok((store, instance))
}

fn record() -> Result<(Store<()>, Instance)> {
    instantiate(
        r#"(type $row' (record (field "id" u32) (field "name" string) (field "score" f64) (field "active" bool)
             (field "city" string) (field "balance" s64)))
           (export $row "row" (type $row'))"#,
        "$row",
    )
}

fn tuples() -> Vec<Tuple> {
    let row = |id: u32| {
        (
            id,
            format!("person {id}"),
            f64::from(id) / 3.0,
            id.is_multiple_of(2),
            "Reykjavík".to_owned(),
            -i64::from(id) << 32,
        )
    };
    (0..RECORDS).map(row).collect()
}

fn vals() -> Val {
    let row = |(id, name, score, active, city, balance): Tuple| {
        Val::Record(vec![
            ("id".to_owned(), Val::U32(id)),
            ("name".to_owned(), Val::String(name)),
            ("score".to_owned(), Val::Float64(score)),
            ("active".to_owned(), Val::Bool(active)),
            ("city".to_owned(), Val::String(city)),
            ("balance".to_owned(), Val::S64(balance)),
        ])
    };
    Val::List(tuples().into_iter().map(row).collect())
}

fn list_type(instance: &Instance) -> Result<Type> {
    let ty = instance.func("echo")?.ty();
    Ok(ty.result().ok_or("the function has a result")?)
}

fn typed() -> Result<Batch> {
    let (mut store, instance) = instantiate("", "(tuple u32 string f64 bool string s64)")?;
    let echo = instance.get_typed_func::<(&[Tuple],), (Vec<Tuple>,)>(&mut store, "echo")?;
    // The function's type names one lifetime, which has to outlive all calls.
    let rows: &'static [Tuple] = tuples().leak();
    assert_eq!(echo.call(&mut store, (rows,))?.0, rows);
    Ok(batch(move || {
        black_box(echo.call(&mut store, (rows,))?);
        Ok(())
    }))
}

fn val() -> Result<Batch> {
    let (mut store, instance) = record()?;
    let echo = instance.func("echo")?;
    let rows = [vals()];
    let mut results = [Val::Bool(false)];
    echo.call(&mut store, &rows, &mut results)?;
    assert_eq!(results, rows);
    Ok(batch(move || {
        let mut results = [Val::Bool(false)];
        echo.call(&mut store, &rows, &mut results)?;
        black_box(results);
        Ok(())
    }))
}

fn payload() -> Result<Batch> {
    let (mut store, instance) = record()?;
    let (echo, ty) = (instance.func("echo")?, list_type(&instance)?);
    let rows = from_val(&vals(), &ty)?;
    Ok(batch(move || {
        let mut results = [Val::Bool(false)];
        echo.call(&mut store, &[to_val(&rows, &ty)?], &mut results)?;
        black_box(from_val(&results[0], &ty)?);
        Ok(())
    }))
}

fn text() -> Result<Batch> {
    let (mut store, instance) = record()?;
    let (echo, ty) = (instance.func("echo")?, list_type(&instance)?);
    let rows = json::to_text(&from_val(&vals(), &ty)?);
    Ok(batch(move || {
        let mut results = [Val::Bool(false)];
        echo.call(&mut store, &[to_val(&json::from_text(&rows)?, &ty)?], &mut results)?;
        let text = json::to_text(&from_val(&results[0], &ty)?);
        assert_eq!(black_box(text).len(), rows.len());
        Ok(())
    }))
}
