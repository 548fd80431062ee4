//! What scripts of other origins are told.

use super::{
    client::{field, status},
    entries::{ECHO, HALF, WEB},
    folder::Folder,
    stage::play,
};

const ROUTERS: &str = "
  - name: some
    kind: http.router
    prefix: /some
    middleware: [cors]
    options:
      cors:
        origins: [https://a.example, 'http://localhost:3000']
        headers: [x-key]
        expose: [x-total, etag]
        credentials: true
        max_age: 10m
  - name: all
    kind: http.router
    prefix: /all
    middleware: [cors]
    options: {cors: {origins: ['*'], methods: [GET, PUT]}}
  - name: none
    kind: http.router
    prefix: /none
  - {name: some-half, meta: {router: some}, kind: http.endpoint, method: GET, path: /half, func: half}
  - {name: some-echo, meta: {router: some}, kind: http.endpoint, method: POST, path: /half, func: echo}
  - {name: all-half, meta: {router: all}, kind: http.endpoint, method: GET, path: /half, func: half}
  - {name: none-half, meta: {router: none}, kind: http.endpoint, method: GET, path: /half, func: half}
";

const NAMES: [&str; 6] =
    ["allow-origin", "allow-credentials", "allow-methods", "allow-headers", "expose-headers", "max-age"];

/// Status, fields of CORS without their prefix, and `vary`, of the answers for requests with an origin and more fields.
fn check(cases: &'static [(&str, &str, &str, &str)]) {
    play(&Folder::of(&[WEB, ECHO, HALF, ROUTERS]), move |client| async move {
        for (request, origin, more, expected) in cases {
            let origin = if origin.is_empty() { String::new() } else { format!("origin: {origin}\n") };
            let answer = client.ask(request, &format!("{origin}{more}")).await;
            let fields = NAMES.iter().map(|name| (*name, field(&answer, &format!("access-control-{name}"))));
            let fields = fields.chain([("vary", field(&answer, "vary"))]).filter(|(_, value)| !value.is_empty());
            let found =
                fields.fold(status(&answer).to_owned(), |text, (name, value)| format!("{text}\n{name} {value}"));
            assert_eq!(&found, expected, "{request} {origin:?} {more:?}");
        }
    });
}

#[test]
fn answers_say_who_may_read_them() {
    check(&[
        (
            "GET /some/half?number=4",
            "https://a.example",
            "",
            "200\nallow-origin https://a.example\nallow-credentials true\nexpose-headers x-total, etag\nvary origin",
        ),
        (
            "GET /some/half?number=4",
            "http://localhost:3000",
            "",
            "200\nallow-origin http://localhost:3000\nallow-credentials true\nexpose-headers x-total, etag\nvary origin",
        ),
        ("GET /some/half?number=4", "https://b.example", "", "200\nvary origin"),
        ("GET /some/half?number=4", "null", "", "200\nvary origin"),
        ("GET /some/half?number=4", "https://a.example:8443", "", "200\nvary origin"),
        // What is kept of it is not given to scripts of other origins.
        ("GET /some/half?number=4", "", "", "200\nvary origin"),
        ("GET /all/half?number=4", "https://b.example", "", "200\nallow-origin *"),
        ("GET /all/half?number=4", "", "", "200\nallow-origin *"),
        ("GET /none/half?number=4", "https://a.example", "", "200"),
    ]);
}

#[test]
fn failures_may_be_read_as_well() {
    check(&[
        ("GET /all/half?number=5", "https://b.example", "", "422\nallow-origin *"),
        ("GET /all/half?number=x", "https://b.example", "", "400\nallow-origin *"),
        ("GET /all/half?number=13", "https://b.example", "", "500\nallow-origin *"),
        ("DELETE /all/half", "https://b.example", "", "405\nallow-origin *"),
        ("DELETE /some/half", "https://b.example", "", "405\nvary origin"),
        ("DELETE /none/half", "https://b.example", "", "405"),
        ("GET /all/nothing", "https://b.example", "", "404\nallow-origin *"),
        ("GET /some/nothing", "https://b.example", "", "404\nvary origin"),
        ("GET /some", "https://b.example", "", "404\nvary origin"),
        ("GET /none/nothing", "https://b.example", "", "404"),
        ("GET /something", "https://b.example", "", "404"),
    ]);
}

#[test]
fn what_a_request_may_be_is_told_before_it() {
    check(&[
        (
            "OPTIONS /some/half",
            "https://a.example",
            "access-control-request-method: POST\naccess-control-request-headers: x-key\n",
            "204\nallow-origin https://a.example\nallow-credentials true\nallow-methods GET, POST\nallow-headers x-key\n\
             max-age 600\nvary origin",
        ),
        ("OPTIONS /some/half", "https://b.example", "access-control-request-method: GET\n", "204\nvary origin"),
        (
            "OPTIONS /all/half",
            "https://b.example",
            "access-control-request-method: DELETE\n",
            "204\nallow-origin *\nallow-methods GET, PUT",
        ),
        ("OPTIONS /all/half", "https://b.example", "", "204\nallow-origin *"),
        ("OPTIONS /none/half", "https://b.example", "access-control-request-method: GET\n", "204"),
    ]);
}
