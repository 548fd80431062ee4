//! A table of faulty services, routers and endpoints, and what each one says.

use super::App;

/// Checks what the file `namespace: a` and `entries:` with these entries says; they begin on line 3.
fn check(entries: &str, expected: &str) {
    let text = format!("namespace: a\nentries:\n{entries}");
    let app = App::of(&text);
    app.write("tls/cert.pem", b"cert");
    assert_eq!(app.load(), expected, "{text}");
}

/// Checks a service with `fields` after its three lines.
fn check_service(fields: &str, expected: &str) {
    let expected = if expected.is_empty() { "a:s".to_owned() } else { format!("_index.yaml:6: entry a:s: {expected}") };
    check(&format!("- name: s\n  kind: http.service\n  addr: ':80'\n  {fields}"), &expected);
}

/// Checks a router with `fields` after its two lines.
fn check_router(fields: &str, expected: &str) {
    let expected = if expected.is_empty() { "a:r".to_owned() } else { format!("_index.yaml:5: entry a:r: {expected}") };
    check(&format!("- name: r\n  kind: http.router\n  {fields}"), &expected);
}

const FUNCTION: &str = "- {name: f, kind: function.wat, source: x, method: m, transport: wasi-http}\n";

/// Checks an endpoint with these fields on line 4, after the function `f`.
fn check_endpoint(fields: &str, expected: &str) {
    let expected = format!("_index.yaml:4: entry a:e: {}", expected.replace('\n', "\n_index.yaml:4: entry a:e: "));
    check(&format!("{FUNCTION}- {{name: e, kind: http.endpoint, {fields}}}"), &expected);
}

#[test]
fn addresses() {
    let check = |addr: &str, expected: &str| {
        check(
            &format!("- name: s\n  kind: http.service\n  addr: {addr}"),
            &format!("_index.yaml:5: entry a:s: addr {expected}"),
        );
    };
    check("8080", "must be text, in quotes (found number 8080)");
    check("[x]", "must be text (found a list)");
    check("127.0.0.1", "must be address:port, such as 127.0.0.1:8080 (found \"127.0.0.1\")");
    check("'::1:80'", "must be address:port, such as 127.0.0.1:8080 (found \"::1:80\")");
    check("':70000'", "must have a port of at most 65535 (found \":70000\")");
    check(
        "example.com:80",
        "must begin with an IP address or localhost, for names are not looked up (found \"example.com:80\")",
    );
}

#[test]
fn services() {
    check("- {name: s, kind: http.service}", "_index.yaml:3: entry a:s: field addr is missing; add it");
    check_service("adr: x", "unknown field adr; did you mean addr?");
    check_service(
        "prefix: /",
        "unknown field prefix; known are name, kind, meta, addr, timeouts, limits, tls, lifecycle",
    );
    check_service("timeouts: 5s", "timeouts must be a map (found text \"5s\")");
    check_service(
        "timeouts: {read: 5}",
        "timeouts.read must be a duration such as 500ms, 30s or 1m30s (found number 5)",
    );
    check_service(
        "timeouts: {write: 5 s}",
        "timeouts.write must be a duration such as 500ms, 30s or 1m30s (found \"5 s\")",
    );
    check_service("timeouts: {idle: 999us}", "timeouts.idle must be at least 1ms (found \"999us\")");
    check_service("timeouts: {reed: 5s}", "unknown field timeouts.reed; did you mean read?");
    check_service("limits: [1]", "limits must be a map (found a list)");
    check_service("limits: {header_bytes: 8191}", "limits.header_bytes must be at least 8192 (found 8191)");
    check_service("limits: {header_bytes: 16777217}", "limits.header_bytes must be at most 16777216 (found 16777217)");
    check_service("limits: {body_bytes: 0}", "limits.body_bytes must be at least 1 (found 0)");
    check_service("limits: {body_bytes: 16MiB}", "limits.body_bytes must be a whole number (found text \"16MiB\")");
    check_service("limits: {connections: 0}", "limits.connections must be at least 1 (found 0)");
    check_service("limits: {connections: 1000001}", "limits.connections must be at most 1000000 (found 1000001)");
    check_service(
        "limits: {bodies: 1}",
        "unknown field limits.bodies; known are header_bytes, body_bytes, connections",
    );
    check_service("limits: {}", "");
}

#[test]
fn files_for_tls() {
    check_service("tls: true", "tls must be a map (found boolean true)");
    check_service("tls: {cert: tls/cert.pem}", "field tls.key is missing; add it");
    check_service("tls: {key: tls/cert.pem}", "field tls.cert is missing; add it");
    check_service(
        "tls: {cert: tls/cert.pem, key: tls/key.pem}",
        "tls.key does not exist; name a file in the app folder",
    );
    check_service("tls: {cert: tls, key: tls/cert.pem}", "tls.cert is not a file");
    check_service("tls: {cert: ../x, key: tls/cert.pem}", "tls.cert leads out of the app folder; remove `..`");
    check_service(
        "tls: {cert: /etc/passwd, key: tls/cert.pem}",
        "tls.cert must be a relative path, for it may not leave the app folder",
    );
    check_service("tls: {cert: tls/cert.pem, key: tls/cert.pem, ca: x}", "unknown field tls.ca; known are cert, key");
}

#[cfg(unix)]
#[test]
fn files_for_tls_are_no_links_out_of_the_app() {
    let outside = App::new(&[("key.pem", "secret")]);
    let text = "namespace: a\nname: s\nkind: http.service\naddr: :80\ntls: {cert: key.pem, key: key.pem}";
    let app = App::of(text);
    std::os::unix::fs::symlink(outside.0.join("key.pem"), app.0.join("key.pem")).expect("links can be made");
    let at = "_index.yaml:5: entry a:s: tls";
    let left = "leads out of the app folder by a link; copy it into the folder";
    assert_eq!(app.load(), format!("{at}.cert {left}\n{at}.key {left}"));
}

#[test]
fn lifecycles() {
    let check = |lifecycle: &str, expected: &str| check_service(&format!("lifecycle: {lifecycle}"), expected);
    check("[]", "lifecycle must be a map (found a list)");
    check("{auto_start: 1}", "lifecycle.auto_start must be true or false (found number 1)");
    check("{start_timeout: 0s}", "lifecycle.start_timeout must be at least 1ms (found \"0s\")");
    check(
        "{stop_timeout: soon}",
        "lifecycle.stop_timeout must be a duration such as 500ms, 30s or 1m30s (found \"soon\")",
    );
    check("{depends_on: s}", "lifecycle.depends_on must be a list (found text \"s\")");
    check(
        "{depends_on: [database]}",
        "lifecycle.depends_on[0] names a:database, which does not exist; declare it as an entry",
    );
    check("{depends_on: [5]}", "lifecycle.depends_on[0] must be text, in quotes (found number 5)");
    check("{depends_on: [s]}", "references form a cycle: a:s -> a:s; remove one of them");
    check("{security: {actor: x}}", "lifecycle.security is not supported yet; remove it");
    check("{restarts: {}}", "unknown field lifecycle.restarts; did you mean restart?");
    check("{restart: 3}", "lifecycle.restart must be a map (found number 3)");
    check("{restart: {initial_delay: 0ms}}", "lifecycle.restart.initial_delay must be at least 1ms (found \"0ms\")");
    check(
        "{restart: {initial_delay: 5s, max_delay: 1s}}",
        "lifecycle.restart.max_delay must be at least initial_delay, which is 5s (found 1s)",
    );
    check(
        "{restart: {backoff_factor: 0.5}}",
        "lifecycle.restart.backoff_factor must be between 1 and 1000 (found 0.5)",
    );
    check(
        "{restart: {backoff_factor: .nan}}",
        "lifecycle.restart.backoff_factor must be between 1 and 1000 (found NaN)",
    );
    check(
        "{restart: {backoff_factor: fast}}",
        "lifecycle.restart.backoff_factor must be a number (found text \"fast\")",
    );
    check("{restart: {jitter: 2}}", "lifecycle.restart.jitter must be between 0 and 1 (found 2)");
    check("{restart: {max_attempts: -1}}", "lifecycle.restart.max_attempts must be at least 0 (found -1)");
    check(
        "{restart: {delay: 1s}}",
        "unknown field lifecycle.restart.delay; known are initial_delay, max_delay, backoff_factor, jitter, max_attempts",
    );
}

#[test]
fn what_a_service_depends_on_may_be_of_any_kind() {
    check(
        "- {name: s, kind: http.service, addr: ':80', lifecycle: {depends_on: [database, asets, 'b:x']}}\n\
         - {name: assets, kind: fs.directory, directory: wasm}\n- {name: facts, kind: registry.entry}",
        "_index.yaml:3: entry a:s: lifecycle.depends_on[0] names a:database, which does not exist; entries are a:assets, a:facts\n\
         _index.yaml:3: entry a:s: lifecycle.depends_on[1] names a:asets, which does not exist; did you mean a:assets?\n\
         _index.yaml:3: entry a:s: lifecycle.depends_on[2] names b:x, which does not exist; entries are a:assets, a:facts",
    );
}

#[test]
fn prefixes_and_servers() {
    check_router("path: /x", "unknown field path; known are name, kind, meta, prefix, middleware, options");
    check_router("prefix: 5", "prefix must be text, in quotes (found number 5)");
    check_router("prefix: api", "prefix must begin with a slash, as /users/{id} does (found \"api\")");
    check_router("prefix: '/{v}/x'", "prefix must not have parameters (found v); give them to the paths of endpoints");
    check_router("prefix: '/{v...}'", "prefix must not have parameters (found v); give them to the paths of endpoints");
    check_router("prefix: /a//", "prefix must not contain //; remove one of the slashes");
    check_router("meta: {server: 5}", "meta.server must be text, in quotes (found number 5)");
    check_router(
        "meta: {server: x y}",
        "meta.server must name an entry: name \"x y\" contains ' '; use letters, digits, `_`, `-` and `.`",
    );
    check_router(
        "meta: {server: r}",
        "meta.server must name an entry of kind http.service, but a:r is of kind http.router",
    );
    check_router(
        "meta: {server: s}",
        "meta.server names a:s, which does not exist; declare it as an entry of kind http.service",
    );
    check_router(
        "meta: {server: '${env:NOTHING}'}",
        "meta.server: there is no variable \"NOTHING\"; declare it as an entry of kind env.variable, or give a default, as in ${env:NOTHING|value}",
    );
    check_router("meta: [server]", "meta must be a map (found a list)");
}

#[test]
fn middleware() {
    check_router("middleware: cors", "middleware must be a list (found text \"cors\")");
    check_router(
        "middleware: [core]",
        "middleware[0] must be cors, compress or ratelimit (found \"core\"); did you mean cors?",
    );
    check_router("middleware: [compress]", "");
    check_router(
        "middleware: [ratelimit]",
        "middleware has ratelimit without its options; add options: {ratelimit: {requests: 100, interval: 1m}}",
    );
    check_router("middleware: [cors]", "middleware has cors without its options; add options: {cors: {origins: [..]}}");
    check_router("options: [cors]", "options must be a map (found a list)");
    check_router(
        "options: {ratelimit: {requests: 1, interval: 1s}}",
        "options.ratelimit has no effect without the middleware; add middleware: [ratelimit]",
    );
    check_router(
        "options: {compress: {}}",
        "options.compress has no effect without the middleware; add middleware: [compress]",
    );
    check_router("options: {cros: {}}", "unknown field options.cros; did you mean cors?");
    check_router(
        "options: {cors: {origins: ['*']}}",
        "options.cors has no effect without the middleware; add middleware: [cors]",
    );
    check(
        "- name: r\n  kind: http.router\n  options: {cors: {origins: ['*']}}\n  middleware: []",
        "_index.yaml:5: entry a:r: options.cors has no effect without the middleware; add cors to the list middleware",
    );
    check(
        "- name: r\n  kind: http.router\n  middleware: [cors, cors]\n  options:\n    cors.allow.origins: '*'\n    cors.max.age: '60'",
        "_index.yaml:5: entry a:r: middleware[1] is cors again; remove it\n\
         _index.yaml:7: entry a:r: options.cors.allow.origins must be nested; write it as options: {cors: {origins: ..}}\n\
         _index.yaml:8: entry a:r: options.cors.max.age must be nested; write it as options: {cors: {max_age: ..}}",
    );
}

#[test]
fn all_middleware_is_checked_at_once() {
    check(
        "- name: r\n  kind: http.router\n  middleware: [ratelimit, compress, cors, compress]\n  options:\n    \
         cors: {origins: []}\n    compress: {level: 9}\n    ratelimit: {requests: 0}",
        "_index.yaml:5: entry a:r: middleware[3] is compress again; remove it\n\
         _index.yaml:7: entry a:r: options.cors.origins must name an origin, or * for all\n\
         _index.yaml:8: entry a:r: options.compress.level must be fast, default or best (found number 9)\n\
         _index.yaml:9: entry a:r: field options.ratelimit.interval is missing; add it\n\
         _index.yaml:9: entry a:r: options.ratelimit.requests must be at least 1 (found 0)",
    );
    check(
        "- name: r\n  kind: http.router\n  middleware: [ratelimit, compress]\n  options:\n    ratelimit.requests: 1\n    \
         ratelimit.interval: 1m\n    ratelimit.burst: 1\n    ratelimit.key: client\n    compress.level: fast\n    \
         compress.min_length: 1",
        "_index.yaml:7: entry a:r: options.ratelimit.requests must be nested; write it as options: {ratelimit: {requests: ..}}\n\
         _index.yaml:8: entry a:r: options.ratelimit.interval must be nested; write it as options: {ratelimit: {interval: ..}}\n\
         _index.yaml:9: entry a:r: options.ratelimit.burst must be nested; write it as options: {ratelimit: {burst: ..}}\n\
         _index.yaml:10: entry a:r: options.ratelimit.key must be nested; write it as options: {ratelimit: {key: ..}}\n\
         _index.yaml:11: entry a:r: options.compress.level must be nested; write it as options: {compress: {level: ..}}\n\
         _index.yaml:12: entry a:r: options.compress.min_length must be nested; write it as options: {compress: {min_length: ..}}",
    );
    // What is wrong with the list hides nothing of what is wrong with the options, nor does the other way round.
    check(
        "- name: r\n  kind: http.router\n  middleware: [compres]\n  options:\n    compress: {level: 9}\n    \
         ratelimit: {requests: 0}\n    ratelimit.burst: 1",
        "_index.yaml:5: entry a:r: middleware[0] must be cors, compress or ratelimit (found \"compres\"); did you mean compress?\n\
         _index.yaml:7: entry a:r: options.compress.level must be fast, default or best (found number 9)\n\
         _index.yaml:8: entry a:r: field options.ratelimit.interval is missing; add it\n\
         _index.yaml:8: entry a:r: options.ratelimit.requests must be at least 1 (found 0)\n\
         _index.yaml:9: entry a:r: options.ratelimit.burst must be nested; write it as options: {ratelimit: {burst: ..}}",
    );
}

#[test]
fn options_of_compress() {
    let check = |compress: &str, expected: &str| {
        check_router(&format!("options: {{compress: {compress}}}\n  middleware: [compress]"), expected);
    };
    check("{}", "");
    check("{level: best, min_length: 1}", "");
    check("fast", "options.compress must be a map (found text \"fast\")");
    check(
        "{level: fasst}",
        "options.compress.level must be fast, default or best (found \"fasst\"); did you mean fast?",
    );
    check("{min_length: 0}", "options.compress.min_length must be at least 1 (found 0)");
    check("{min_length: 1073741825}", "options.compress.min_length must be at most 1073741824 (found 1073741825)");
    check("{min_length: 1KiB}", "options.compress.min_length must be a whole number (found text \"1KiB\")");
    check("{min_size: 1}", "unknown field options.compress.min_size; known are level, min_length");
}

#[test]
fn options_of_ratelimit() {
    let check = |limit: &str, expected: &str| {
        check_router(&format!("options: {{ratelimit: {limit}}}\n  middleware: [ratelimit]"), expected);
    };
    let with = |more: &str| format!("{{requests: 10, interval: 1m, {more}}}");
    check("{requests: 1, interval: 1s, burst: 1000000, key: 'header:X-API-Key'}", "");
    check("10", "options.ratelimit must be a map (found number 10)");
    check("{interval: 1m}", "field options.ratelimit.requests is missing; add it");
    check("{requests: 10}", "field options.ratelimit.interval is missing; add it");
    check("{requests: 0, interval: 1m}", "options.ratelimit.requests must be at least 1 (found 0)");
    check("{requests: 1000001, interval: 1m}", "options.ratelimit.requests must be at most 1000000 (found 1000001)");
    check("{requests: 0.5, interval: 1m}", "options.ratelimit.requests must be a whole number (found number 0.5)");
    check("{requests: 10, interval: 0s}", "options.ratelimit.interval must be at least 1s (found \"0s\")");
    check("{requests: 10, interval: 999ms}", "options.ratelimit.interval must be at least 1s (found \"999ms\")");
    check(
        "{requests: 10, interval: 60}",
        "options.ratelimit.interval must be a duration such as 500ms, 30s or 1m30s (found number 60)",
    );
    check(&with("burst: 0"), "options.ratelimit.burst must be at least 1 (found 0)");
    check(&with("burst: 1000001"), "options.ratelimit.burst must be at most 1000000 (found 1000001)");
    let key = "options.ratelimit.key must be client, or a header such as header:x-api-key";
    check(&with("key: ip"), &format!("{key} (found \"ip\")"));
    check(&with("key: 'client:x'"), &format!("{key} (found \"client:x\")"));
    check(&with("key: x-api-key"), &format!("{key} (found \"x-api-key\")"));
    check(&with("key: 5"), "options.ratelimit.key must be text, in quotes (found number 5)");
    check(
        &with("key: 'header:'"),
        "options.ratelimit.key must be the name of a header, such as content-type (found \"\")",
    );
    check(
        &with("key: 'header: x'"),
        "options.ratelimit.key must be the name of a header, such as content-type (found \" x\")",
    );
    check(&with("brust: 1"), "unknown field options.ratelimit.brust; did you mean burst?");
}

#[test]
fn options_of_cors() {
    let check = |cors: &str, expected: &str| {
        let fields = format!("options: {{cors: {cors}}}\n  middleware: [cors]");
        check_router(&fields, expected);
    };
    let with = |more: &str| format!("{{origins: ['https://a.b'], {more}}}");
    check("'*'", "options.cors must be a map (found text \"*\")");
    check("{}", "field options.cors.origins is missing; add it");
    check("{origins: '*'}", "options.cors.origins must be a list (found text \"*\")");
    check("{origins: []}", "options.cors.origins must name an origin, or * for all");
    check(
        "{origins: ['*', 'https://a.b']}",
        "options.cors.origins has * and others; remove the others, or name each one",
    );
    check(
        "{origins: [a.b]}",
        "options.cors.origins[0] must be *, or an origin such as https://example.com (found \"a.b\")",
    );
    check(
        "{origins: ['https://a.b/']}",
        "options.cors.origins[0] must end with the host or its port, for an origin has no path (found \"https://a.b/\")",
    );
    check(
        "{origins: ['*'], credentials: true}",
        "options.cors.origins must not be * with credentials: true, which browsers do not accept; name each one",
    );
    check(
        &with("headers: ['*'], credentials: true"),
        "options.cors.headers must not be * with credentials: true, which browsers do not accept; name each one",
    );
    check(&with("headers: ['*'], expose: ['*'], methods: [get]"), "");
    check(
        &with("methods: []"),
        "options.cors.methods must name a method; leave it out to allow those of the endpoints",
    );
    check(
        &with("methods: ['*']"),
        "options.cors.methods[0] must be one method, such as GET (found \"*\"); declare an endpoint for each",
    );
    check(
        &with("headers: ['x y']"),
        "options.cors.headers[0] must be the name of a header, such as content-type (found \"x y\")",
    );
    check(&with("expose: x"), "options.cors.expose must be a list (found text \"x\")");
    check(&with("credentials: maybe"), "options.cors.credentials must be true or false (found text \"maybe\")");
    check(
        &with("max_age: 60"),
        "options.cors.max_age must be a duration such as 500ms, 30s or 1m30s (found number 60)",
    );
    check(&with("max_age: 1500ms"), "options.cors.max_age must be whole seconds (found 1.5s)");
    check(&with("max_age: 0s"), "");
    check(&with("origin: x"), "unknown field options.cors.origin; did you mean origins?");
}

#[test]
fn endpoints() {
    check_endpoint("method: GET, path: /", "field func is missing; add it");
    check_endpoint(
        "colour: red",
        "field method is missing; add it\nfield path is missing; add it\nfield func is missing; add it\n\
         unknown field colour; known are name, kind, meta, method, path, func",
    );
    check_endpoint(
        "method: [GET], path: 5, func: {}",
        "method must be text (found a list)\npath must be text, in quotes (found number 5)\nfunc must be text (found a map)",
    );
    let method = |text: &str, expected: &str| {
        check_endpoint(&format!("method: '{text}', path: /, func: f"), &format!("method {expected}"));
    };
    method("", "must be one method of HTTP, such as GET (found \"\")");
    method("GET, POST", "must be one method of HTTP, such as GET (found \"GET, POST\")");
    method("*", "must be one method, such as GET (found \"*\"); declare an endpoint for each");
    method("connect", "must not be CONNECT, whose requests have no path");
    let path = |text: &str, expected: &str| {
        check_endpoint(&format!("method: GET, path: '{text}', func: f"), &format!("path {expected}"));
    };
    path("", "must begin with a slash, as /users/{id} does (found \"\")");
    path("x", "must begin with a slash, as /users/{id} does (found \"x\")");
    path("/a?b", "must not contain ?; the query of a request is no part of its path");
    path("/{a}/{a}", "has two parameters with the name a; rename one");
    path("/{a...}/b", "must end with {a...}, which takes the rest of the path; remove what follows it");
    let other = "names a:g, which does not exist; did you mean a:f?";
    check_endpoint("method: GET, path: /, func: g", &format!("func {other}"));
    check_endpoint(
        "method: GET, path: /, func: e",
        "func must name an entry of kind function.wat or function.wasm, but a:e is of kind http.endpoint",
    );
    check_endpoint(
        "method: GET, path: /, func: f, meta: {router: f}",
        "meta.router must name an entry of kind http.router or http.service, but a:f is of kind function.wat",
    );
    check_endpoint("method: GET, path: /, func: f, meta: {router: }", "meta.router must be text (found nothing)");
}

#[test]
fn what_meta_of_the_file_names_is_reported_where_it_stands() {
    let text = "namespace: a\nmeta:\n  owner: me\n  router: public\nentries:\n\
                - {name: e, kind: http.endpoint, method: GET, path: /, func: f}\n\
                - {name: f, kind: function.wat, source: x, method: m, transport: wasi-http}\n\
                - {name: r, kind: http.router}\n- {name: q, kind: http.router}\n";
    let gone = "names a:public, which does not exist; entries of kind http.router or http.service are a:q, a:r";
    assert_eq!(App::of(text).load(), format!("_index.yaml:4: entry a:e: meta.router {gone}"));
    // What is damaged is not taken for missing.
    let reported = App::of(&text.replace("router: public", "router: '${env:X}'")).load();
    assert!(reported.starts_with("_index.yaml:4: meta.router: there is no variable"), "{reported}");
    assert_eq!(reported.lines().count(), 1, "{reported}");
    let list = App::of(&text.replace("meta:\n  owner: me\n  router: public", "meta: [x]\n\n")).load();
    assert_eq!(list, "_index.yaml:2: meta must be a map (found a list)");
}

#[test]
fn who_could_stand_in_several_has_to_name_one() {
    let service = |name: &str, port: u16| format!("- {{name: {name}, kind: http.service, addr: ':{port}'}}\n");
    let services = service("s", 80) + &service("t", 81);
    let endpoint = "- {name: e, kind: http.endpoint, method: GET, path: /, func: f}\n";
    check(
        &format!("{services}- {{name: r, kind: http.router}}"),
        "_index.yaml:5: entry a:r: field meta.server is missing; name one of the services a:s, a:t",
    );
    check(
        &format!("{services}{FUNCTION}{endpoint}"),
        "_index.yaml:6: entry a:e: field meta.router is missing; name one of the services a:s, a:t",
    );
    check(
        &format!("{FUNCTION}{endpoint}- {{name: q, kind: http.router}}\n- {{name: r, kind: http.router}}"),
        "_index.yaml:4: entry a:e: field meta.router is missing; name one of the routers a:q, a:r",
    );
    let many: String = (10..22).map(|port| service(&format!("s{port}"), port)).collect();
    let ten: Vec<_> = (10..20).map(|port| format!("a:s{port}")).collect();
    check(
        &format!("{many}- {{name: r, kind: http.router}}"),
        &format!(
            "_index.yaml:15: entry a:r: field meta.server is missing; name one of the services {}, ..",
            ten.join(", ")
        ),
    );
}

#[test]
fn a_faulty_service_is_not_overlooked() {
    check(
        &format!(
            "- {{name: s, kind: http.service, addr: nowhere}}\n- {{name: t, kind: http.service, addr: ':81'}}\n{FUNCTION}\
             - {{name: e, kind: http.endpoint, path: /, func: f}}"
        ),
        "_index.yaml:3: entry a:s: addr must be address:port, such as 127.0.0.1:8080 (found \"nowhere\")\n\
         _index.yaml:6: entry a:e: field method is missing; add it\n\
         _index.yaml:6: entry a:e: field meta.router is missing; name one of the services a:s, a:t",
    );
}

#[test]
fn services_do_not_listen_at_the_same_address() {
    let check = |first: &str, second: &str, expected: &str| {
        check(
            &format!(
                "- {{name: s, kind: http.service, addr: '{first}'}}\n- {{name: t, kind: http.service, addr: '{second}'}}"
            ),
            &format!(
                "_index.yaml:4: entry a:t: addr must be free, but a:s (_index.yaml:3) listens on {expected}; change the port of one"
            ),
        );
    };
    check(":80", ":80", "0.0.0.0:80");
    check("localhost:80", "127.0.0.1:80", "127.0.0.1:80");
    check(":80", "127.0.0.1:80", "0.0.0.0:80");
    check("127.0.0.1:80", ":80", "127.0.0.1:80");
    check("[::1]:80", "[::]:80", "[::1]:80");
}

#[test]
fn endpoints_of_one_site_do_not_answer_the_same_requests() {
    let endpoint = |name: &str, method: &str, path: &str, router: &str| {
        format!(
            "- {{name: {name}, kind: http.endpoint, method: {method}, path: '{path}', func: f, meta: {{router: {router}}}}}\n"
        )
    };
    let services = "- {name: s, kind: http.service, addr: ':80'}\n- {name: t, kind: http.service, addr: ':81'}\n\
                    - {name: r, kind: http.router, prefix: /api, meta: {server: s}}\n\
                    - {name: q, kind: http.router, meta: {server: t}}\n";
    let check = |endpoints: &str, expected: &str| check(&format!("{FUNCTION}{services}{endpoints}"), expected);
    let same = |what: &str| {
        format!(
            "_index.yaml:9: entry a:e: path must be unique, but a:d (_index.yaml:8) answers {what} as well; change or remove one"
        )
    };
    let pair = |first: (&str, &str, &str), second: (&str, &str, &str)| {
        endpoint("d", first.0, first.1, first.2) + &endpoint("e", second.0, second.1, second.2)
    };
    check(&pair(("GET", "/x/{a}", "r"), ("get", "/x/{b}", "r")), &same("GET /api/x/{a}"));
    check(&pair(("GET", "/api/{a...}", "s"), ("GET", "/{b...}", "r")), &same("GET /api/{a...}"));
    let order = "a:f a:s a:r a:d a:e a:t a:q";
    check(&pair(("GET", "/x/{a}", "r"), ("POST", "/x/{a}", "r")), order);
    check(&pair(("GET", "/x/{a}", "r"), ("GET", "/x/{a...}", "r")), order);
    check(&pair(("GET", "/x", "r"), ("GET", "/x/", "r")), order);
    check(&pair(("GET", "/x", "r"), ("GET", "/x", "q")), "a:f a:s a:r a:d a:t a:q a:e");
}

#[test]
fn routes_are_compared_also_where_something_else_is_wrong() {
    check(
        &format!(
            "{FUNCTION}- {{name: s, kind: http.service, addr: x}}\n\
             - {{name: d, kind: http.endpoint, method: GET, path: /, func: f}}\n\
             - {{name: e, kind: http.endpoint, method: GET, path: /, func: f}}"
        ),
        "_index.yaml:4: entry a:s: addr must be address:port, such as 127.0.0.1:8080 (found \"x\")\n\
         _index.yaml:6: entry a:e: path must be unique, but a:d (_index.yaml:5) answers GET / as well; change or remove one",
    );
}

#[test]
fn what_depends_on_damaged_fields_is_not_checked() {
    // A prefix that was meant otherwise, a transport that was, a router that was.
    check(
        &format!(
            "{FUNCTION}- {{name: r, kind: http.router, prefx: /x}}\n- {{name: q, kind: http.router}}\n\
             - {{name: d, kind: http.endpoint, method: GET, path: /, func: f, meta: {{router: q}}}}\n\
             - {{name: e, kind: http.endpoint, method: GET, path: /, func: f, meta: {{router: r}}}}"
        ),
        "_index.yaml:4: entry a:r: unknown field prefx; did you mean prefix?",
    );
    check(
        "- {name: f, kind: function.wat, source: x, method: m, transprot: wasi-http}\n\
         - {name: e, kind: http.endpoint, method: GET, path: /, func: f}",
        "_index.yaml:3: entry a:f: unknown field transprot; did you mean transport?",
    );
    check(
        &format!(
            "{FUNCTION}- {{name: r, kind: http.router}}\n- {{name: q, kind: http.router}}\n\
             - {{name: e, kind: http.endpoint, method: GET, path: /, func: f, meta: {{router: public}}}}"
        ),
        "_index.yaml:6: entry a:e: meta.router names a:public, which does not exist; entries of kind http.router or http.service \
         are a:q, a:r",
    );
}

#[test]
fn a_merge_key_could_name_a_router() {
    let routers = "- {name: r, kind: http.router}\n- {name: q, kind: http.router}\n";
    check(
        &format!(
            "{FUNCTION}{routers}- {{name: e, kind: http.endpoint, method: GET, path: /, func: f, meta: {{<<: {{router: q}}}}}}"
        ),
        "_index.yaml:6: merge keys (<<) are not supported; write the fields out",
    );
}

#[test]
fn functions_that_answer_requests_have_the_transport_for_it() {
    check(
        "- {name: f, kind: function.wat, source: x, method: m}\n\
         - name: e\n  kind: http.endpoint\n  method: GET\n  path: /\n  func: f",
        "_index.yaml:8: entry a:e: func: a:f has transport payload; set transport: wasi-http on it to let it answer requests",
    );
}

#[test]
fn what_stands_in_something_starts_after_it() {
    check(
        &format!(
            "{FUNCTION}- {{name: s, kind: http.service, addr: ':80', lifecycle: {{depends_on: [e]}}}}\n\
             - {{name: e, kind: http.endpoint, method: GET, path: /, func: f}}"
        ),
        "_index.yaml:5: entry a:e: references form a cycle: a:e -> a:s -> a:e; remove one of them",
    );
}
