//! Greets whom the body of a request names.

wit_bindgen::generate!({ path: "wit", world: "greet" });

struct Greeter;

impl Guest for Greeter {
    fn greet(body: String) -> String {
        let name = match body.trim() {
            "" => "world",
            name => name,
        };
        format!("Hello, {name}!\n")
    }
}

export!(Greeter);
