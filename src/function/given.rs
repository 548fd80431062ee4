//! What an entry gives its guests through WASI: arguments, variables, the working directory, folders, the network.
//!
//! Folders are opened when a guest begins, within the app folder: no link leads out of it. Knows no limits and no calls.

use std::{fmt, path::PathBuf, sync::Arc};

use nojit_shims::{
    Builder, Wasi,
    filesystem::ErrorCode,
    host::{Dir, Host, OpenOptions, Opened, Tls},
    http::GrantedHttp,
    sockets::{Grant, Policy},
};

use crate::{
    error::{Error, Kind, Result},
    registry::{EnvVar, FsDirectory, Function, Id, Lookup, OsVariables, Registry, Spec, Token},
};

/// The world that guests of entries live in. Cheap to clone.
#[derive(Clone)]
pub struct World {
    hosts: Arc<dyn Fn() -> Arc<dyn Host> + Send + Sync>,
    tls: Option<Arc<dyn Tls>>,
    variables: Arc<OsVariables>,
}

impl World {
    /// A world in which each guest has what `hosts` gives: time, files, network and all else. Guests send no HTTP requests.
    pub fn new(hosts: impl Fn() -> Arc<dyn Host> + Send + Sync + 'static) -> World {
        World { hosts: Arc::new(hosts), tls: None, variables: Arc::default() }
    }

    /// The same world, in which guests may send HTTP requests, as far as they are granted, and `tls` makes them secure.
    #[must_use]
    pub fn with_tls(mut self, tls: Arc<dyn Tls>) -> World {
        self.tls = Some(tls);
        self
    }

    /// The same world with these variables of the operating system, for entries that read them.
    #[must_use]
    pub fn with_variables(mut self, variables: OsVariables) -> World {
        self.variables = Arc::new(variables);
        self
    }

    /// A host for one guest.
    pub fn host(&self) -> Arc<dyn Host> {
        (self.hosts)()
    }
}

/// What one entry gives.
#[derive(Debug, Default)]
pub(super) struct Given {
    args: Vec<String>,
    cwd: Option<String>,
    env: Vec<(EnvVar, Lookup)>,
    mounts: Vec<Mount>,
    grants: Vec<Grant>,
}

/// A folder for the guest.
#[derive(Debug)]
struct Mount {
    id: Id,
    app_dir: PathBuf,
    folder: FsDirectory,
    guest: String,
    read_only: bool,
}

impl Given {
    /// What the entry of `function` gives.
    pub(super) fn of_entry(registry: &Registry, function: &Function) -> Given {
        let wasi = &function.wasi;
        let mounts = wasi.mounts.iter().filter_map(|mount| {
            // References were checked when the registry was loaded.
            let Spec::FsDirectory(folder) = registry.entry(&mount.fs)?.spec() else { return None };
            Some(Mount {
                id: mount.fs.clone(),
                app_dir: registry.app_dir().to_owned(),
                folder: folder.clone(),
                guest: mount.guest.clone(),
                read_only: mount.read_only,
            })
        });
        Given {
            args: wasi.args.clone(),
            cwd: wasi.cwd.clone(),
            env: wasi.env.iter().filter_map(|env| Some((env.clone(), registry.variable(&env.id)?))).collect(),
            mounts: mounts.collect(),
            // Without policies, strict apps deny what only policies could allow.
            grants: if registry.settings().strict { Vec::new() } else { grants(function) },
        }
    }

    /// A guest with all of it.
    pub(super) fn guest(&self, world: &World) -> Result<Builder> {
        let host = world.host();
        let mut guest = Wasi::builder(host.clone()).args(self.args.iter().cloned());
        if let Some(cwd) = &self.cwd {
            guest = guest.cwd(cwd);
        }
        guest = guest.env(self.variables(&world.variables)?);
        for mount in &self.mounts {
            let dir = mount.open(&*host).map_err(|code| mount.refused(code))?;
            guest = guest.preopen(dir, &mount.guest, mount.read_only);
        }
        let policy = Policy::new(self.grants.iter().cloned());
        if let Some(tls) = world.tls.as_ref().filter(|_| self.grants.contains(&Grant::Http)) {
            guest = guest.http(Arc::new(GrantedHttp::new(host, tls.clone(), policy.clone())));
        }
        Ok(guest.network(policy))
    }
}

impl Given {
    /// The variables that have a value now.
    fn variables(&self, os: &OsVariables) -> Result<Vec<(String, String)>> {
        let mut variables = Vec::new();
        for (EnvVar { id, name, required }, lookup) in &self.env {
            match lookup
                .value(os)
                .map_err(|why| Error::host(format!("the variable {name} of {id} has no value: {why}")))?
            {
                Some(value) => variables.push((name.clone(), value)),
                None if *required => {
                    let message =
                        format!("the variable {name} is required, and {id} has no value; set it or give a default");
                    return Err(Error::host(message).with_kind(Kind::NotFound));
                }
                None => {}
            }
        }
        Ok(variables)
    }
}

/// What the imports of a function let it do in the network.
fn grants(function: &Function) -> Vec<Grant> {
    let mut grants = Vec::new();
    if function.imports.contains(&Token::Sockets) {
        let anywhere = [([0, 0, 0, 0], 0).into(), ([0u16; 8], 0).into()];
        grants.extend([Grant::Net, Grant::Dns]);
        grants.extend(anywhere.map(Grant::Listen));
    }
    if function.imports.contains(&Token::Http) {
        grants.push(Grant::Http);
    }
    if function.wasi.allow_private {
        grants.push(Grant::Private);
    }
    grants
}

impl Mount {
    /// The folder, made if it is to be made.
    fn open(&self, host: &dyn Host) -> core::result::Result<Arc<dyn Dir>, ErrorCode> {
        let text = |path: &PathBuf| path.to_str().map(str::to_owned).ok_or(ErrorCode::IllegalByteSequence);
        let app = host.files().open_directory(&text(&self.app_dir)?)?;
        let path = text(&self.folder.directory)?;
        if path.is_empty() {
            return Ok(app);
        }
        let options = OpenOptions { follow: true, directory: true, read: true, ..OpenOptions::default() };
        let opened = match app.open(&path, options) {
            Err(ErrorCode::NoEntry) if self.folder.auto_init => {
                let whole = text(&self.app_dir.join(&self.folder.directory))?;
                host.files().make_directory(&whole, self.folder.mode)?;
                app.open(&path, options)
            }
            opened => opened,
        };
        match opened? {
            Opened::Dir(dir) => Ok(dir),
            Opened::File(_) => Err(ErrorCode::NotDirectory),
        }
    }

    fn refused(&self, code: ErrorCode) -> Error {
        let Mount { id, folder, guest, .. } = self;
        let why = match code {
            ErrorCode::NoEntry => "does not exist; create it or set auto_init: true",
            ErrorCode::NotDirectory => "is no folder",
            ErrorCode::NotPermitted => "leads out of the app folder",
            code => code.name(),
        };
        let message = format!("mount {guest}: the folder {} of {id} {why}", folder.directory.display());
        Error::host(message).with_kind(Kind::NotFound)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("has_tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}
