//! The kinds of entries, by name.

use std::fmt;

use super::near;

macro_rules! kinds {
    ($($variant:ident $name:literal $supported:literal $doc:literal,)*) => {
        /// The kind of an entry.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum EntryKind {
            $(#[doc = $doc] $variant,)*
        }

        impl EntryKind {
            /// All kinds, in the order of the documentation.
            pub const ALL: &'static [EntryKind] = &[$(EntryKind::$variant,)*];

            /// The name, as `kind:` has it.
            pub fn name(self) -> &'static str {
                match self { $(EntryKind::$variant => $name,)* }
            }

            /// Whether entries of this kind can be declared; the others are known by name only.
            pub fn is_supported(self) -> bool {
                match self { $(EntryKind::$variant => $supported,)* }
            }
        }
    };
}

kinds! {
    FunctionWat "function.wat" true "A function whose WAT text stands in the entry.",
    FunctionWasm "function.wasm" true "A function whose binary lies in a file system entry.",
    ProcessWasm "process.wasm" false "A process or command whose binary lies in a file system entry.",
    FsDirectory "fs.directory" true "A folder of the app.",
    EnvStorageOs "env.storage.os" true "Variables of the operating system.",
    EnvStorageMemory "env.storage.memory" true "Variables in memory.",
    EnvStorageStatic "env.storage.static" true "Variables written in the entry.",
    EnvStorageFile "env.storage.file" true "Variables in a file.",
    EnvStorageRouter "env.storage.router" true "Several storages, asked in order.",
    EnvVariable "env.variable" true "A variable.",
    HttpService "http.service" true "A listening HTTP server.",
    HttpRouter "http.router" true "Endpoints below a common prefix.",
    HttpEndpoint "http.endpoint" true "A function that answers requests.",
    ProcessHost "process.host" false "Where processes run.",
    ProcessService "process.service" false "A process that is kept running.",
    TerminalHost "terminal.host" false "Where processes run that own the terminal.",
    FunctionLua "function.lua" false "A function in Lua.",
    ProcessLua "process.lua" false "A process in Lua.",
    LibraryLua "library.lua" false "A module in Lua.",
    SecurityPolicy "security.policy" false "What an actor may do.",
    RegistryEntry "registry.entry" true "Any data.",
    TestCase "test.case" false "A test.",
}

impl EntryKind {
    /// Whether entries of this kind are variables or keep them.
    pub(crate) fn is_env(self) -> bool {
        self.name().starts_with("env.")
    }

    /// The kind named `name`, if it is supported.
    pub(crate) fn parse(name: &str) -> Result<EntryKind, String> {
        let Some(kind) = EntryKind::ALL.iter().copied().find(|kind| kind.name() == name) else {
            let names: Vec<&str> = EntryKind::ALL.iter().map(|kind| kind.name()).collect();
            let meant = near::nearest(name, names.iter().copied());
            let meant = meant.map_or(String::new(), |near| format!("did you mean {near}? "));
            return Err(format!("unknown kind {}; {meant}known are {}", super::tree::quote(name), names.join(", ")));
        };
        if kind.is_supported() { Ok(kind) } else { Err(format!("kind {kind} is not supported yet")) }
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
