//! Examples that are called.

use nojit::registry::PoolForm;

use super::stage::Stage;

#[test]
fn an_answer_is_42_wherever_its_text_is() {
    for name in ["answer", "answer-file"] {
        assert_eq!(Stage::new(name).call("myns:answer", "[]"), "42", "{name}");
    }
}

#[test]
fn every_pool_answers_alike() {
    let stage = Stage::new("pools");
    for id in ["myns:compute", "myns:compute_inline", "myns:compute_static", "myns:compute_adaptive"] {
        for _ in 0..20 {
            assert_eq!(stage.call(id, "[6, 7]"), "42", "{id}");
        }
        assert_eq!(stage.call(id, "[6]"), "Invalid: compute takes 2 arguments (a, b), got 1", "{id}");
    }
}

#[test]
fn pools_have_the_sizes_that_are_declared() {
    let stage = Stage::new("pools");
    let form = |name: &str| {
        let entry = stage.app.registry().find(&format!("myns:{name}")).expect("the entry is there");
        entry.function().expect("it is a function").pool.form
    };
    assert_eq!(form("compute"), PoolForm::Lazy { max_size: 4 });
    assert_eq!(form("compute_inline"), PoolForm::Inline);
    assert_eq!(form("compute_static"), PoolForm::Static { size: 4, workers: 2, buffer: 16 });
    assert_eq!(form("compute_adaptive"), PoolForm::Adaptive { max_size: 16, warm_start: true });
}

#[test]
fn a_pipeline_maps_records_without_any_import() {
    const USERS: &str = r#"[[{"id": 1, "name": "Alice", "tags": ["admin", "dev"], "active": true},
        {"id": 2, "name": "Bob", "tags": ["user"], "active": false},
        {"id": 3, "name": "Carol", "tags": ["dev"], "active": true}]]"#;
    let stage = Stage::new("pipeline");
    for entry in stage.app.registry().entries() {
        assert!(entry.function().is_none_or(|function| function.imports.is_empty()), "{} has imports", entry.id());
    }
    assert_eq!(stage.call("myns:compute", "[6, 7]"), "42");
    assert_eq!(
        stage.call("myns:transform_users", USERS),
        r#"[{"id":1,"display":"Alice [admin, dev]","tag-count":2},{"id":2,"display":"Bob [user]","tag-count":1},{"id":3,"display":"Carol [dev]","tag-count":1}]"#
    );
    assert_eq!(
        stage.call("myns:filter_active", USERS),
        r#"[{"id":1,"display":"Alice [admin, dev]","tag-count":2},{"id":3,"display":"Carol [dev]","tag-count":1}]"#
    );
    assert_eq!(stage.call("myns:aggregate_tags", USERS), r#"["admin","dev","user"]"#);
    assert_eq!(
        stage.call("myns:filter_active", r#"[[{"id": 1, "name": "Ana", "tags": [], "active": 1}]]"#),
        "Invalid: argument 1 users[0].active: expected bool, found number"
    );
}

#[test]
fn what_would_not_end_is_ended() {
    let stage = Stage::new("limits");
    let briefly = "Timeout: all time is used up (max_execution_ms is 50)";
    assert_eq!(stage.call("myns:spin_briefly", "[]"), briefly);
    assert_eq!(stage.call("myns:spin_by_fuel", "[]"), "Timeout: all fuel is used up (the limit is 1000000)");
    assert_eq!(stage.call("myns:spin_briefly", "[]"), briefly, "the pool is healthy");
    let spin = stage.app.registry().find("myns:spin").expect("the entry is there");
    assert_eq!(spin.function().and_then(|function| function.limits.max_execution_ms), Some(5000));
}

#[test]
fn memory_grows_up_to_its_limit() {
    let stage = Stage::new("limits");
    for (pages, before) in [(0, "1"), (15, "1"), (16, "-1"), (65_536, "-1")] {
        assert_eq!(stage.call("myns:grow", &format!("[{pages}]")), before, "{pages}");
    }
}
