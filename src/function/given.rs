//! What an entry gives its guests through WASI: arguments, variables, the working directory, folders, the network.
//!
//! Variables are looked up and folders opened when a guest begins. Knows no limits and no calls.

use std::{path::PathBuf, sync::Arc};

use nojit_shims::{
    Builder, Wasi,
    filesystem::ErrorCode,
    http::GrantedHttp,
    sockets::{Grant, Policy},
};

use super::{World, app_folder::AppFolder};
use crate::{
    error::{Error, Kind, Result},
    registry::{EnvVar, FsDirectory, Function, Id, Lookup, OsVariables, Registry, Spec, Token},
};

/// What one entry gives.
#[derive(Debug, Default)]
pub(super) struct Given {
    app_dir: PathBuf,
    args: Vec<String>,
    cwd: Option<String>,
    env: Vec<(EnvVar, Lookup)>,
    mounts: Vec<Mount>,
    grants: Vec<Grant>,
    /// Whether what only policies could allow is denied.
    is_strict: bool,
}

/// A folder for the guest.
#[derive(Debug)]
struct Mount {
    id: Id,
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
            let (id, guest) = (mount.fs.clone(), mount.guest.clone());
            Some(Mount { id, folder: folder.clone(), guest, read_only: mount.read_only })
        });
        Given {
            app_dir: registry.app_dir().to_owned(),
            args: wasi.args.clone(),
            cwd: wasi.cwd.clone(),
            env: wasi.env.iter().filter_map(|env| Some((env.clone(), registry.variable(&env.id)?))).collect(),
            mounts: mounts.collect(),
            grants: if registry.settings().strict { Vec::new() } else { grants(function) },
            is_strict: registry.settings().strict,
        }
    }

    /// A guest with all of it.
    pub(super) fn guest(&self, world: &World) -> Result<Builder> {
        let host = world.host();
        let app = AppFolder::new(&*host, &self.app_dir);
        let mut guest = Wasi::builder(host.clone()).args(self.args.iter().cloned());
        if let Some(cwd) = &self.cwd {
            guest = guest.cwd(cwd);
        }
        guest = guest.env(self.variables(world.variables(), &app)?);
        for mount in &self.mounts {
            if self.is_strict {
                return Err(mount.denied());
            }
            let dir = app.directory(&mount.folder).map_err(|code| mount.refused(code))?;
            guest = guest.preopen(dir, &mount.guest, mount.read_only);
        }
        let policy = Policy::new(self.grants.iter().cloned());
        if self.grants.contains(&Grant::Http) {
            guest = guest.http(Arc::new(GrantedHttp::new(host.clone(), world.tls().clone(), policy.clone())));
        }
        Ok(guest.network(policy))
    }

    /// The variables that have a value now.
    fn variables(&self, os: &OsVariables, app: &AppFolder<'_>) -> Result<Vec<(String, String)>> {
        let mut variables = Vec::new();
        for (EnvVar { id, name, required }, lookup) in &self.env {
            let value = lookup.value(os, |path| app.read(path));
            match value.map_err(|why| Error::host(format!("the variable {name} of {id} has no value: {why}")))? {
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
    fn denied(&self) -> Error {
        let Mount { id, guest, .. } = self;
        let message = format!("mount {guest}: strict in nojit.yaml denies {id}, which no policy allows");
        Error::host(message).with_kind(Kind::PermissionDenied)
    }

    fn refused(&self, code: ErrorCode) -> Error {
        let Mount { id, folder, guest, .. } = self;
        let why = match code {
            ErrorCode::NoEntry => "does not exist; create it or set auto_init: true",
            ErrorCode::NotDirectory => "is no folder; remove what is there",
            ErrorCode::NotPermitted => "leads out of the app folder by a link; copy it into the folder",
            code => code.name(),
        };
        let message = format!("mount {guest}: the folder {} of {id} {why}", folder.directory.display());
        Error::host(message).with_kind(Kind::NotFound)
    }
}
