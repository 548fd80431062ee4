//! What apps answer over HTTP: services, routers and endpoints, and the sites they make.

use nojit::registry::{Registry, Route, Site};

use super::App;

/// The definition file of an app with every field of `http.service`, `http.router` and `http.endpoint`.
pub(super) const WEB: &str = r#"namespace: shop
meta: {router: api}
entries:
  - name: front
    kind: http.service
    addr: "localhost:8443"
    timeouts: {read: 5s, write: 1m30s, idle: 500ms}
    limits: {header_bytes: 8192, body_bytes: 1048576, connections: 50}
    tls: {cert: ./tls/cert.pem, key: tls/key.pem}
    lifecycle:
      auto_start: false
      start_timeout: 3s
      stop_timeout: 4s
      depends_on: [facts, shop:greet]
      restart: {initial_delay: 20ms, max_delay: 2s, backoff_factor: 1.5, jitter: 0, max_attempts: 3}
  - name: api
    kind: http.router
    meta: {server: front}
    prefix: /api/v1/
    middleware: [cors, ratelimit, compress]
    options:
      cors:
        origins: ["https://Example.com:443", "http://localhost:3000"]
        methods: [get, PUT]
        headers: [X-Token]
        expose: [ETag]
        credentials: true
        max_age: 10m
      ratelimit: {requests: 100, interval: 1m, burst: 20, key: "header:X-Key"}
      compress: {level: best, min_length: 2048}
  - name: hello
    kind: http.endpoint
    method: get
    path: /hello/{name}/{rest...}
    func: greet
  - name: facts
    kind: registry.entry
  - name: greet
    kind: function.wat
    source: (module)
    method: greet
    transport: wasi-http
"#;

/// The app of [`WEB`].
fn web() -> App {
    let app = App::of(WEB);
    app.write("tls/cert.pem", b"cert");
    app.write("tls/key.pem", b"key");
    app
}

/// The sites of an app as lines.
fn sites(registry: &Registry) -> String {
    let route = |route: &Route| {
        let cors = route.cors.as_ref().map_or(String::new(), |cors| format!(" for {}", cors.origins.join(" ")));
        format!("\n  {} {} by {} is {}{cors}", route.method, route.path, route.endpoint, route.func)
    };
    let site = |site: Site| {
        let service = site.service.map_or("no service".to_owned(), |id| id.to_string());
        format!("{service} at {}{}", site.addr, site.routes.iter().map(route).collect::<String>())
    };
    registry.sites().into_iter().map(site).collect::<Vec<_>>().join("\n")
}

/// Checks the order of start and the sites of an app with these entries and the functions `f` and `g`.
fn check(entries: &str, order: &str, expected: &str) {
    let function =
        |name| format!("- {{name: {name}, kind: function.wat, source: x, method: m, transport: wasi-http}}\n");
    let app = App::of(&format!("namespace: a\nentries:\n{}{}{entries}", function("f"), function("g")));
    assert_eq!(app.load(), order, "{entries}");
    assert_eq!(sites(&app.registry()), expected, "{entries}");
}

#[test]
fn every_field_of_a_service_has_its_place() {
    let registry = web().registry();
    insta::assert_debug_snapshot!(registry.find("shop:front").expect("the entry is declared").spec(), @r#"
    HttpService(
        HttpService {
            addr: 127.0.0.1:8443,
            timeouts: Timeouts {
                read: 5s,
                write: 90s,
                idle: 500ms,
            },
            limits: WebLimits {
                header_bytes: 8192,
                body_bytes: 1048576,
                connections: 50,
            },
            tls: Some(
                TlsFiles {
                    cert: "tls/cert.pem",
                    key: "tls/key.pem",
                },
            ),
            lifecycle: Lifecycle {
                auto_start: false,
                start_timeout: 3s,
                stop_timeout: 4s,
                depends_on: [
                    Id(
                        "shop:facts",
                    ),
                    Id(
                        "shop:greet",
                    ),
                ],
                restart: Restart {
                    initial_delay: 20ms,
                    max_delay: 2s,
                    backoff_factor: 1.5,
                    jitter: 0.0,
                    max_attempts: Some(
                        3,
                    ),
                },
            },
        },
    )
    "#);
}

#[test]
fn every_field_of_a_router_has_its_place() {
    let registry = web().registry();
    insta::assert_debug_snapshot!(registry.find("shop:api").expect("the entry is declared").spec(), @r#"
    HttpRouter(
        HttpRouter {
            server: Some(
                Id(
                    "shop:front",
                ),
            ),
            prefix: RoutePath(
                [
                    Literal(
                        "api",
                    ),
                    Literal(
                        "v1",
                    ),
                    Literal(
                        "",
                    ),
                ],
            ),
            cors: Some(
                Cors {
                    origins: [
                        "https://example.com",
                        "http://localhost:3000",
                    ],
                    methods: Some(
                        [
                            "GET",
                            "PUT",
                        ],
                    ),
                    headers: [
                        "x-token",
                    ],
                    expose: [
                        "etag",
                    ],
                    credentials: true,
                    max_age: Some(
                        600s,
                    ),
                },
            ),
            compress: Some(
                Compress {
                    level: Best,
                    min_length: 2048,
                },
            ),
            ratelimit: Some(
                RateLimit {
                    requests: 100,
                    interval: 60s,
                    burst: 20,
                    key: Header(
                        "x-key",
                    ),
                },
            ),
        },
    )
    "#);
}

#[test]
fn every_field_of_an_endpoint_has_its_place() {
    let registry = web().registry();
    insta::assert_debug_snapshot!(registry.find("shop:hello").expect("the entry is declared").spec(), @r#"
    HttpEndpoint(
        HttpEndpoint {
            router: Some(
                Id(
                    "shop:api",
                ),
            ),
            method: "GET",
            path: RoutePath(
                [
                    Literal(
                        "hello",
                    ),
                    Param(
                        "name",
                    ),
                    Rest(
                        "rest",
                    ),
                ],
            ),
            func: Id(
                "shop:greet",
            ),
        },
    )
    "#);
}

#[test]
fn fields_left_out_have_the_defaults_of_the_contract() {
    let registry = App::of("namespace: a\nname: s\nkind: http.service\naddr: :80\n").registry();
    insta::assert_debug_snapshot!(registry.find("a:s").expect("the entry is declared").spec(), @r"
    HttpService(
        HttpService {
            addr: 0.0.0.0:80,
            timeouts: Timeouts {
                read: 10s,
                write: 60s,
                idle: 60s,
            },
            limits: WebLimits {
                header_bytes: 65536,
                body_bytes: 16777216,
                connections: 10000,
            },
            tls: None,
            lifecycle: Lifecycle {
                auto_start: true,
                start_timeout: 10s,
                stop_timeout: 10s,
                depends_on: [],
                restart: Restart {
                    initial_delay: 1s,
                    max_delay: 90s,
                    backoff_factor: 2.0,
                    jitter: 0.1,
                    max_attempts: None,
                },
            },
        },
    )
    ");
    let registry = App::of("namespace: a\nname: r\nkind: http.router\n").registry();
    insta::assert_debug_snapshot!(registry.find("a:r").expect("the entry is declared").spec(), @r#"
    HttpRouter(
        HttpRouter {
            server: None,
            prefix: RoutePath(
                [
                    Literal(
                        "",
                    ),
                ],
            ),
            cors: None,
            compress: None,
            ratelimit: None,
        },
    )
    "#);
    let limited = "namespace: a\nname: r\nkind: http.router\nmiddleware: [compress, ratelimit]\n\
                   options: {ratelimit: {requests: 5, interval: 1s}}\n";
    let registry = App::of(limited).registry();
    let spec = registry.find("a:r").expect("the entry is declared").spec().clone();
    let nojit::registry::Spec::HttpRouter(router) = spec else { panic!("a router") };
    insta::assert_debug_snapshot!((router.compress, router.ratelimit), @r"
    (
        Some(
            Compress {
                level: Default,
                min_length: 1024,
            },
        ),
        Some(
            RateLimit {
                requests: 5,
                interval: 1s,
                burst: 5,
                key: Client,
            },
        ),
    )
    ");
}

#[test]
fn a_delay_that_is_given_moves_the_default_of_the_other() {
    let check = |restart: &str, expected: (u64, u64)| {
        let text = format!("namespace: a\nname: s\nkind: http.service\naddr: :80\nlifecycle: {{restart: {restart}}}");
        let registry = App::of(&text).registry();
        let spec = registry.find("a:s").expect("the entry is declared").spec().clone();
        let nojit::registry::Spec::HttpService(service) = spec else { panic!("a service") };
        let restart = service.lifecycle.restart;
        assert_eq!((restart.initial_delay.as_secs(), restart.max_delay.as_secs()), expected);
    };
    check("{initial_delay: 2m}", (120, 120));
    check("{max_delay: 500ms}", (0, 0));
    check("{max_delay: 30s, max_attempts: 0}", (1, 30));
}

#[test]
fn a_site_is_put_together_from_its_entries() {
    let registry = web().registry();
    insta::assert_snapshot!(sites(&registry), @r"
    shop:front at 127.0.0.1:8443
      GET /api/v1/hello/{name}/{rest...} by shop:hello is shop:greet for https://example.com http://localhost:3000
    ");
    let order: Vec<_> = registry.order().map(|entry| entry.id().name()).collect();
    assert_eq!(order, ["facts", "greet", "front", "api", "hello"]);
}

#[test]
fn an_app_without_endpoints_has_no_site() {
    check("", "a:f a:g", "");
    check("- {name: r, kind: http.router}", "a:f a:g a:r", "");
}

#[test]
fn a_service_without_endpoints_is_a_site() {
    check("- {name: s, kind: http.service, addr: ':0'}", "a:f a:g a:s", "a:s at 0.0.0.0:0");
}

#[test]
fn endpoints_without_a_service_are_a_site_too() {
    check(
        "- {name: e, kind: http.endpoint, method: GET, path: /, func: f}",
        "a:f a:e a:g",
        "no service at 127.0.0.1:8080\n  GET / by a:e is a:f",
    );
    check(
        "- {name: e, kind: http.endpoint, method: GET, path: /, func: f}\n- {name: r, kind: http.router, prefix: /r}",
        "a:f a:g a:r a:e",
        "no service at 127.0.0.1:8080\n  GET /r/ by a:e is a:f",
    );
}

#[test]
fn endpoints_and_routers_attach_to_what_is_the_only_one() {
    let endpoints = "- {name: e, kind: http.endpoint, method: GET, path: '/{x}', func: g}\n\
                     - {name: d, kind: http.endpoint, method: POST, path: '/{x}', func: f}\n";
    let service = "- {name: s, kind: http.service, addr: '[::1]:80'}\n";
    check(
        &format!("{endpoints}{service}"),
        "a:f a:g a:s a:d a:e",
        "a:s at [::1]:80\n  POST /{x} by a:d is a:f\n  GET /{x} by a:e is a:g",
    );
    check(
        &format!("{endpoints}{service}- {{name: z, kind: http.router, prefix: /z}}"),
        "a:f a:g a:s a:z a:d a:e",
        "a:s at [::1]:80\n  POST /z/{x} by a:d is a:f\n  GET /z/{x} by a:e is a:g",
    );
}

#[test]
fn endpoints_and_routers_attach_to_what_they_name() {
    check(
        "- {name: s, kind: http.service, addr: ':80'}\n- {name: t, kind: http.service, addr: ':81'}\n\
         - {name: r, kind: http.router, meta: {server: s}, middleware: [cors], options: {cors: {origins: ['*']}}}\n\
         - {name: q, kind: http.router, meta: {server: 'a:t'}, prefix: /q, middleware: []}\n\
         - {name: e1, kind: http.endpoint, meta: {router: r}, method: GET, path: /x, func: f}\n\
         - {name: e2, kind: http.endpoint, meta: {router: q}, method: GET, path: /x, func: f}\n\
         - {name: e3, kind: http.endpoint, meta: {router: s}, method: GET, path: '/{x}', func: f}\n\
         - {name: e4, kind: http.endpoint, meta: {router: r}, method: PUT, path: /x, func: f}",
        "a:f a:g a:s a:e3 a:r a:e1 a:e4 a:t a:q a:e2",
        "a:s at 0.0.0.0:80\n  GET /x by a:e1 is a:f for *\n  GET /{x} by a:e3 is a:f\n  PUT /x by a:e4 is a:f for *\n\
         a:t at 0.0.0.0:81\n  GET /q/x by a:e2 is a:f",
    );
}

#[test]
fn the_meta_of_an_entry_counts_before_that_of_its_file() {
    let app = App::new(&[(
        "_index.yaml",
        "namespace: a\nmeta: {server: s, router: r}\nentries:\n\
            - {name: s, kind: http.service, addr: ':80'}\n- {name: t, kind: http.service, addr: ':81'}\n\
            - {name: r, kind: http.router, prefix: /r}\n- {name: q, kind: http.router, meta: {server: t}, prefix: /q}\n\
            - {name: e, kind: http.endpoint, method: GET, path: /, func: f}\n\
            - {name: d, kind: http.endpoint, method: GET, path: /, func: f, meta: {router: q, owner: me}}\n\
            - {name: f, kind: function.wat, source: x, method: m, transport: wasi-http}",
    )]);
    let registry = app.registry();
    insta::assert_snapshot!(sites(&registry), @r"
    a:s at 0.0.0.0:80
      GET /r/ by a:e is a:f
    a:t at 0.0.0.0:81
      GET /q/ by a:d is a:f
    ");
    let meta = |name: &str| registry.find(name).map(|entry| serde_json::Value::from(entry.meta().clone()).to_string());
    assert_eq!(meta("a:d").ok().as_deref(), Some(r#"{"server":"s","router":"q","owner":"me"}"#));
}

#[test]
fn ports_are_shared_only_where_both_can_listen() {
    let check = |first: &str, second: &str| {
        check(
            &format!(
                "- {{name: s, kind: http.service, addr: '{first}'}}\n- {{name: t, kind: http.service, addr: '{second}'}}"
            ),
            "a:f a:g a:s a:t",
            &format!("a:s at {first}\na:t at {second}"),
        );
    };
    check("127.0.0.1:80", "127.0.0.1:81");
    check("127.0.0.1:80", "127.0.0.2:80");
    check("127.0.0.1:0", "127.0.0.1:0");
    check("[::]:80", "0.0.0.0:80");
}

#[test]
fn variables_stand_in_addresses_and_paths() {
    check(
        "- {name: s, kind: http.service, addr: '${env:HOST|localhost}:${env:PORT|8080}'}\n\
         - {name: e, kind: http.endpoint, method: GET, path: '/${env:BASE|x}/{id}', func: f, meta: {router: '${env:R|s}'}}",
        "a:f a:g a:s a:e",
        "a:s at 127.0.0.1:8080\n  GET /x/{id} by a:e is a:f",
    );
}

#[test]
fn the_endpoint_of_the_manual_loads_as_written() {
    let text = "namespace: myns\nentries:\n  - name: greet_wasm\n    kind: function.wat\n    source: (module)\n    \
                method: greet\n    transport: wasi-http\n    pool:\n      type: inline\n\n  - name: greet_endpoint\n    \
                kind: http.endpoint\n    method: POST\n    path: /api/greet\n    func: greet_wasm\n";
    let app = App::of(text);
    assert_eq!(app.load(), "myns:greet_wasm myns:greet_endpoint");
    assert_eq!(
        sites(&app.registry()),
        "no service at 127.0.0.1:8080\n  POST /api/greet by myns:greet_endpoint is myns:greet_wasm"
    );
}

#[test]
fn problems_found_after_load_have_their_place() {
    let registry = web().registry();
    let check = |name: &str, field: &str, line: usize| {
        let entry = registry.find(name).expect("the entry is declared");
        assert_eq!(entry.problem(field, "is wrong").line, line, "{field}");
    };
    check("shop:front", "addr", 6);
    check("shop:front", "tls.key", 9);
    check("shop:front", "lifecycle.depends_on[1]", 14);
    check("shop:api", "meta.server", 18);
    check("shop:api", "options.cors.origins", 23);
    check("shop:hello", "meta.router", 2);
    check("shop:api", "options.ratelimit.key", 29);
    check("shop:hello", "func", 35);
}
