//! `descriptor.open-at`.

use super::{Descriptor, FsResult, Node, at::check_path, denied};
use crate::{
    Handle, Trap, Wasi,
    filesystem::{DescriptorFlags, ErrorCode, OpenFlags, PathFlags},
    held::{Held, Open},
    host::{OpenOptions, Opened},
};

/// Flags that wait for the disk at each write, which no host does.
const SYNC: [DescriptorFlags; 3] =
    [DescriptorFlags::FILE_INTEGRITY_SYNC, DescriptorFlags::DATA_INTEGRITY_SYNC, DescriptorFlags::REQUESTED_WRITE_SYNC];

/// `descriptor.open-at: func(path-flags: path-flags, path: string, open-flags: open-flags, %flags: descriptor-flags)
/// -> result<descriptor, error-code>`
///
/// What is opened may do no more than the folder it is reached through.
///
/// # Errors
///
/// If there is no such descriptor.
pub fn open_at(
    wasi: &mut Wasi,
    this: Handle<Descriptor>,
    path_flags: PathFlags,
    path: &str,
    open_flags: OpenFlags,
    flags: DescriptorFlags,
) -> Result<FsResult<Handle<Descriptor>>, Trap> {
    let base = wasi.table.get(this)?;
    let changes = flags.contains(DescriptorFlags::WRITE)
        || flags.contains(DescriptorFlags::MUTATE_DIRECTORY)
        || open_flags.contains(OpenFlags::CREATE)
        || open_flags.contains(OpenFlags::TRUNCATE);
    let is_denied = base.read_only && changes;
    match prepare(base, path_flags, path, open_flags, flags) {
        Ok(_) if is_denied => Ok(denied(wasi)),
        Ok(options) => {
            let Some(place) = wasi.place_to_open() else { return Ok(Err(ErrorCode::InsufficientMemory)) };
            let opened =
                base.dir().and_then(|dir| dir.open(path, options)).map(|opened| descriptor(base, opened, place, flags));
            Ok(opened.map(|descriptor| wasi.table.push(descriptor)))
        }
        Err(error) => Ok(Err(error)),
    }
}

/// What the host is asked for, if flags and path can be meant.
fn prepare(
    base: &Descriptor,
    path_flags: PathFlags,
    path: &str,
    open_flags: OpenFlags,
    flags: DescriptorFlags,
) -> FsResult<OpenOptions> {
    base.dir()?;
    check_path(path)?;
    if SYNC.iter().any(|flag| flags.contains(*flag)) {
        return Err(ErrorCode::Unsupported);
    }
    let options = OpenOptions {
        follow: path_flags.contains(PathFlags::SYMLINK_FOLLOW),
        create: open_flags.contains(OpenFlags::CREATE),
        exclusive: open_flags.contains(OpenFlags::EXCLUSIVE),
        truncate: open_flags.contains(OpenFlags::TRUNCATE),
        directory: open_flags.contains(OpenFlags::DIRECTORY),
        read: flags.contains(DescriptorFlags::READ),
        write: flags.contains(DescriptorFlags::WRITE),
    };
    if options.directory && (options.create || options.exclusive || options.truncate) {
        return Err(ErrorCode::Invalid);
    }
    Ok(options)
}

fn descriptor(base: &Descriptor, opened: Opened, place: Held, flags: DescriptorFlags) -> Descriptor {
    let (node, meaningful) = match opened {
        Opened::File(file) => (Node::File(Open::at(place, file)), [DescriptorFlags::READ, DescriptorFlags::WRITE]),
        Opened::Dir(dir) => {
            (Node::Dir(Open::at(place, dir)), [DescriptorFlags::READ, DescriptorFlags::MUTATE_DIRECTORY])
        }
    };
    let kept = meaningful.into_iter().filter(|flag| flags.contains(*flag));
    let flags = kept.fold(DescriptorFlags::default(), |all, flag| all | flag);
    Descriptor { node, flags, read_only: base.read_only }
}
