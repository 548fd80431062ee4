//! Which endpoint answers which request, and what is answered where there is none.

use super::{
    client::{body, field, status},
    entries::{ECHO, NAME, WEB, endpoint},
    folder::Folder,
    stage::play,
};

fn app() -> Folder {
    Folder::of(&[
        WEB,
        ECHO,
        NAME,
        &endpoint("home", "GET", "/", "name"),
        &endpoint("user", "GET", "/users/{id}", "name"),
        &endpoint("me", "GET", "/users/me", "name"),
        &endpoint("set-user", "PUT", "/users/{id}", "name"),
        &endpoint("file", "GET", "/files/{id...}", "name"),
        &endpoint("post", "POST", "/echo", "echo"),
        &endpoint("options", "OPTIONS", "/own", "name"),
        &endpoint("own", "GET", "/own", "name"),
    ])
}

#[test]
fn the_endpoint_of_a_request_is_found_by_its_path_and_method() {
    let cases = [
        ("GET /?id=x", "200 t:home x"),
        ("GET /users/ana", "200 t:user ana"),
        ("GET /users/me?id=me", "200 t:me me"),
        ("PUT /users/me", "200 t:set-user me"),
        ("GET /users/a%2Fb%20c", "200 t:user a/b c"),
        ("GET /users/%C3%A9?id=other", "200 t:user é"),
        ("GET /users/", "404 - there is nothing here\n"),
        ("GET /files/a/b", "200 t:file a/b"),
        ("GET /files/", "200 t:file "),
        ("GET /files", "404 - there is nothing here\n"),
        ("GET /%75sers/ana", "200 t:user ana"),
        ("GET /users/%zz", "400 - the path has an escape that is none\n"),
        ("GET /users/%ff", "400 - the path has an escape that is none\n"),
        ("GET /nothing", "404 - there is nothing here\n"),
        ("GET //users/ana", "404 - there is nothing here\n"),
        ("GET http://b/users/ana", "200 t:user ana"),
        ("DELETE /users/ana", "405 - this path has other methods\n"),
        ("POST /users/ana", "405 - this path has other methods\n"),
        ("get /users/ana", "405 - this path has other methods\n"),
        ("POST /echo", "200 t:post "),
        ("OPTIONS /own?id=own", "200 t:options own"),
        ("OPTIONS /users/ana", "204 - "),
        ("OPTIONS /nothing", "404 - there is nothing here\n"),
    ];
    play(&app(), move |client| async move {
        for (request, expected) in cases {
            let answer = client.ask(request, "").await;
            let told = client.told.take_of("request");
            let endpoint = told.first().and_then(|line| line.split(' ').nth(1)).unwrap_or("nobody");
            assert_eq!(format!("{} {endpoint} {}", status(&answer), body(&answer)), expected, "{request}");
        }
    });
}

#[test]
fn the_methods_of_a_path_are_told() {
    let cases = [
        ("DELETE /users/ana", "GET, HEAD, OPTIONS, PUT"),
        ("OPTIONS /users/ana", "GET, HEAD, OPTIONS, PUT"),
        ("GET /echo", "OPTIONS, POST"),
        ("DELETE /own", "GET, HEAD, OPTIONS"),
        ("GET /nothing", ""),
    ];
    play(&app(), move |client| async move {
        for (request, expected) in cases {
            assert_eq!(field(&client.ask(request, "").await, "allow"), expected, "{request}");
        }
    });
}

#[test]
fn head_is_answered_as_get_without_a_body() {
    play(&app(), |client| async move {
        for path in ["/users/ana", "/nothing", "/echo"] {
            let [get, head] =
                [client.ask(&format!("GET {path}"), "").await, client.ask(&format!("HEAD {path}"), "").await];
            assert_eq!(head.as_str(), get.strip_suffix(body(&get)).expect("it ends with its body"), "{path}");
            assert!(head.contains("\ncontent-length: ") && !head.contains("content-length: 0"), "{head}");
        }
        let told = client.told.take_of("request");
        assert_eq!(
            told[..2],
            ["t:web t:user 1 GET /users/ana 200 3 whole", "t:web t:user 2 HEAD /users/ana 200 0 whole"]
        );
    });
}

#[test]
fn each_service_has_its_routers_and_each_router_its_prefix() {
    let entries = "
  - {name: api, kind: http.service, addr: ':81'}
  - {name: silent, kind: http.service, addr: ':82'}
  - {name: root, kind: http.router, meta: {server: web}}
  - {name: v1, kind: http.router, meta: {server: api}, prefix: /v1}
  - {name: v2, kind: http.router, meta: {server: api}, prefix: /v2/}
  - {name: a, kind: http.endpoint, meta: {router: root}, method: GET, path: '/{id}', func: name}
  - {name: b, kind: http.endpoint, meta: {router: v1}, method: GET, path: '/{id}', func: name}
  - {name: c, kind: http.endpoint, meta: {router: v2}, method: GET, path: '/{id...}', func: name}
";
    play(&Folder::of(&[WEB, NAME, entries]), |client| async move {
        for (port, path, expected) in [
            (80, "/x", "200 t:web t:a x"),
            (80, "/v1/x", "404 t:web - there is nothing here\n"),
            (81, "/v1/x", "200 t:api t:b x"),
            (81, "/v2/x/y", "200 t:api t:c x/y"),
            (81, "/x", "404 t:api - there is nothing here\n"),
            (82, "/x", "404 t:silent - there is nothing here\n"),
        ] {
            let answer = client.ask_at(port, &format!("GET {path}"), "").await;
            let told = client.told.take_of("request").join("");
            let who = told.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ");
            assert_eq!(format!("{} {who} {}", status(&answer), body(&answer)), expected, "{port} {path}");
        }
    });
}
