//! Which imports a function may use, and what a call of another says.

use std::collections::BTreeSet;

use crate::registry::{Id, Token};

/// Interfaces that always link, so that a guest's panic is readable.
const ALWAYS: [&str; 2] = ["wasi:cli/stdout", "wasi:cli/stderr"];

/// Interfaces that link for what answers requests.
const ANSWERING: [&str; 4] = ["wasi:http/types", "wasi:io/error", "wasi:io/poll", "wasi:io/streams"];

/// The capabilities of one function.
#[derive(Clone, Debug)]
pub struct Grants {
    tokens: BTreeSet<Token>,
    /// Whether it answers requests.
    answers: bool,
    holder: Holder,
}

#[derive(Clone, Debug)]
enum Holder {
    /// An entry, which lists them under `imports`.
    Entry(Id),
    /// A file, which gets what a file gets.
    File(String),
}

impl Grants {
    /// What the entry `id` lists under `imports`.
    pub fn of_entry(id: &Id, imports: &BTreeSet<Token>) -> Self {
        Grants { tokens: imports.clone(), answers: false, holder: Holder::Entry(id.clone()) }
    }

    /// The same, and what it takes to answer requests over HTTP.
    #[must_use]
    pub fn answering(mut self) -> Self {
        self.answers = true;
        self
    }

    /// What a file gets that is called without an entry: time, randomness and streams, and of folders, the network and
    /// HTTP what it is given.
    pub fn of_file(name: &str) -> Self {
        let tokens = BTreeSet::from([
            Token::Io,
            Token::Clocks,
            Token::Random,
            Token::Cli,
            Token::Filesystem,
            Token::Sockets,
            Token::Http,
        ]);
        Grants { tokens, answers: false, holder: Holder::File(name.to_owned()) }
    }

    /// What is granted, whoever holds it.
    pub(super) fn scope(&self) -> (BTreeSet<Token>, bool) {
        (self.tokens.clone(), self.answers)
    }

    /// Why a call of `import` (`interface#function`) traps.
    pub(super) fn refusal(&self, import: &str) -> String {
        let interface = import.split_once('#').map_or(import, |(interface, _)| interface);
        let bare = interface.split_once('@').map_or(interface, |(name, _)| name);
        let Some(token) = Token::for_interface(interface) else {
            return format!("import {import} is not provided by nojit");
        };
        // Preview 1 is served by the adapter, which a component does not get.
        if self.is_enabled(bare) || token == Token::Wasi1 {
            return format!("import {import} is not available in this version of nojit");
        }
        match &self.holder {
            Holder::Entry(id) => format!("import {import} is not enabled for {id}; add \"{token}\" to its imports"),
            Holder::File(file) => {
                format!("import {import} is not enabled for {file}; make it an entry with \"{token}\" in its imports")
            }
        }
    }

    /// Whether functions of the app may be called.
    pub(super) fn calls_functions(&self) -> bool {
        self.tokens.contains(&Token::Funcs)
    }

    /// Whether the functions of an interface, as `wasi:io/poll`, may be called.
    pub(super) fn is_enabled(&self, interface: &str) -> bool {
        ALWAYS.contains(&interface)
            || self.answers && ANSWERING.contains(&interface)
            || self.tokens.iter().any(|token| token.interfaces().contains(&interface))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_import_the_entry_and_the_token() {
        let id: Id = "myns:f".parse().expect("a valid ID");
        let grants = Grants::of_entry(&id, &BTreeSet::from([Token::Poll, Token::Clocks]));
        let file = Grants::of_file("f.wasm");
        for (grants, import, expected) in [
            (
                &grants,
                "wasi:filesystem/preopens@0.2.3#get-directories",
                "import wasi:filesystem/preopens@0.2.3#get-directories is not enabled for myns:f; \
                 add \"wasi:filesystem\" to its imports",
            ),
            (
                &grants,
                "wasi:io/streams@0.2.0#[method]input-stream.read",
                "import wasi:io/streams@0.2.0#[method]input-stream.read is not enabled for myns:f; \
                 add \"wasi:io\" to its imports",
            ),
            (
                &grants,
                "wasi:io/poll@0.2.0#poll",
                "import wasi:io/poll@0.2.0#poll is not available in this version of nojit",
            ),
            (
                &grants,
                "wasi:cli/stderr@0.2.0#get-stderr",
                "import wasi:cli/stderr@0.2.0#get-stderr is not available in this version of nojit",
            ),
            (&grants, "acme:gadgets/host#f", "import acme:gadgets/host#f is not provided by nojit"),
            (&grants, "f", "import f is not provided by nojit"),
            (
                &file,
                "nojit:runtime/funcs@0.1.0#call-string",
                "import nojit:runtime/funcs@0.1.0#call-string is not enabled for f.wasm; \
                 make it an entry with \"funcs\" in its imports",
            ),
        ] {
            assert_eq!(grants.refusal(import), expected);
        }
    }
}
