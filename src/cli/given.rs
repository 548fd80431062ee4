//! What the command line gives a program of the world: folders, variables and the network.
//!
//! Knows no guest: what is given is the same for a program and for each instance of a server.

use std::sync::Arc;

use nojit_shims::{
    Builder,
    filesystem::ErrorCode,
    host::{
        Dir, Host as _, Tls,
        system::{SystemClock, SystemHost, SystemTls},
    },
    http::GrantedHttp,
    sockets::{Grant, Policy},
};

use super::failure::Failure;

/// The arguments that give something.
#[derive(Debug, clap::Args)]
pub(super) struct Given {
    /// Give the program a folder: HOST::GUEST, or one path for both; with :ro at the end it may only read
    #[arg(long, value_name = "HOST::GUEST[:ro]", value_parser = parse_mount, requires = "file")]
    dir: Vec<Mount>,
    /// Give the program a variable; NAME alone takes over its value
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = parse_variable, requires = "file")]
    env: Vec<Variable>,
    /// Let the program into the network: net, net=HOST:PORT, listen=ADDRESS:PORT, dns, http, http=HOST, private
    #[arg(long, value_name = "GRANT", value_parser = str::parse::<Grant>, requires = "file")]
    allow: Vec<Grant>,
    /// The working directory that the program is told
    #[arg(long, value_name = "PATH", requires = "file")]
    cwd: Option<String>,
}

/// A folder for the program.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mount {
    host: String,
    guest: String,
    read_only: bool,
}

fn parse_mount(text: &str) -> Result<Mount, String> {
    let (paths, read_only) = match text.strip_suffix(":ro") {
        Some(paths) => (paths, true),
        None => (text, false),
    };
    let (host, guest) = paths.split_once("::").unwrap_or((paths, paths));
    if host.is_empty() || guest.is_empty() {
        return Err("expected HOST::GUEST or HOST::GUEST:ro".to_owned());
    }
    Ok(Mount { host: host.to_owned(), guest: guest.to_owned(), read_only })
}

/// A variable for the program: without a value, that of the caller's environment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    name: String,
    value: Option<String>,
}

fn parse_variable(text: &str) -> Result<Variable, String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    if name.is_empty() {
        return Err("expected NAME=VALUE or NAME".to_owned());
    }
    Ok(Variable { name: name.to_owned(), value })
}

/// What was given, opened and looked up: to be given to any number of guests.
pub(super) struct Taken {
    host: Arc<SystemHost>,
    dirs: Vec<(Arc<dyn Dir>, Mount)>,
    env: Vec<(String, String)>,
    policy: Policy,
    /// What makes HTTP requests secure, if there may be any.
    tls: Option<Arc<dyn Tls>>,
    cwd: Option<String>,
}

impl Given {
    /// Opens the folders and looks the variables up.
    pub(super) fn take(&self, host: &Arc<SystemHost>) -> Result<Taken, Failure> {
        let env = environment(&self.env)?;
        let open = |mount: &Mount| match host.files().open_directory(&mount.host) {
            Ok(dir) => Ok((dir, mount.clone())),
            Err(error) => {
                let why = match error {
                    ErrorCode::NoEntry => "does not exist".to_owned(),
                    ErrorCode::NotDirectory => "is no folder".to_owned(),
                    error => format!("cannot be opened: {}", error.name()),
                };
                Err(Failure::usage(format!("--dir: {} {why}", mount.host)))
            }
        };
        let dirs: Result<Vec<_>, Failure> = self.dir.iter().map(open).collect();
        let policy = Policy::new(self.allow.iter().cloned());
        let has_http = self.allow.iter().any(|grant| matches!(grant, Grant::Http | Grant::HttpHost(_)));
        let tls = has_http.then(|| Arc::new(SystemTls::new(Arc::new(SystemClock::new()))) as Arc<dyn Tls>);
        Ok(Taken { host: host.clone(), dirs: dirs?, env, policy, tls, cwd: self.cwd.clone() })
    }
}

impl Taken {
    /// Gives it to a guest.
    pub(super) fn give(&self, mut guest: Builder) -> Builder {
        guest = guest.env(self.env.iter().cloned()).network(self.policy.clone());
        if let Some(tls) = &self.tls {
            let http = GrantedHttp::new(self.host.clone(), tls.clone(), self.policy.clone());
            guest = guest.http(Arc::new(http));
        }
        if let Some(cwd) = &self.cwd {
            guest = guest.cwd(cwd);
        }
        for (dir, mount) in &self.dirs {
            guest = guest.preopen(dir.clone(), &mount.guest, mount.read_only);
        }
        guest
    }
}

/// Names and values; a name that is given again replaces the first.
fn environment(variables: &[Variable]) -> Result<Vec<(String, String)>, Failure> {
    let mut environment: Vec<(String, String)> = Vec::new();
    for Variable { name, value } in variables {
        let value = match value {
            Some(value) => value.clone(),
            None => match inherited(name)? {
                Some(value) => value,
                None => continue,
            },
        };
        match environment.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => environment.push((name.clone(), value)),
        }
    }
    Ok(environment)
}

/// The value of a variable of this process, which its user names for the program.
#[expect(clippy::disallowed_methods, reason = "the user names the variable on the command line")]
fn inherited(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var_os(name).map(std::ffi::OsString::into_string).transpose() {
        Ok(value) => Ok(value),
        Err(_) => Err(Failure::usage(format!("--env {name}: its value is not UTF-8; give one with {name}=VALUE"))),
    }
}
