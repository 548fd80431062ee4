//! Files and directories through `std::fs`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::check::Check;

/// `notempty` of preview 1's errno.
const ENOTEMPTY: i32 = 55;

/// Works in `dir`, which must be writable, inside a new directory `std-files` that is gone at the end.
pub fn files(dir: &Path, check: &mut Check) -> io::Result<()> {
    let base = dir.join("std-files");
    fs::create_dir(&base)?;
    check.equal("create_dir again", kind(fs::create_dir(&base)), Some(ErrorKind::AlreadyExists));
    contents(&base.join("a.txt"), check)?;
    names(&base, check)?;
    tree(&base)?;
    removal(&base, check)?;
    println!("files ok");
    Ok(())
}

fn contents(path: &Path, check: &mut Check) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
    file.write_all(b"hello, world\n")?;
    check.equal("position", file.stream_position()?, 13);
    file.seek(SeekFrom::Start(7))?;
    file.write_all(b"there")?;
    file.seek(SeekFrom::End(-6))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    check.equal("after seek", text.as_str(), "there\n");
    file.rewind()?;
    text.clear();
    file.read_to_string(&mut text)?;
    print!("written: {text}");

    let mut tail = OpenOptions::new().append(true).open(path)?;
    tail.write_all(b"one more\n")?;
    tail.write_all(b"and more\n")?;
    println!("appended: {}", fs::read_to_string(path)?.replace('\n', "|"));

    file.set_len(5)?;
    println!("truncated: {}", fs::read_to_string(path)?);
    file.set_len(8)?;
    println!("extended: {:?}", fs::read(path)?);
    file.sync_all()?;
    file.sync_data()?;

    file.seek(SeekFrom::Start(100))?;
    let mut buffer = [0; 8];
    check.equal("read past the end", file.read(&mut buffer)?, 0);
    check.equal("seek before the start", kind(file.seek(SeekFrom::End(-100))), Some(ErrorKind::InvalidInput));
    check.equal("create_new again", kind(File::create_new(path)), Some(ErrorKind::AlreadyExists));

    fs::write(path, b"anew")?;
    println!("rewritten: {}", fs::read_to_string(path)?);
    Ok(())
}

fn names(base: &Path, check: &mut Check) -> io::Result<()> {
    let (a, b, c) = (base.join("a.txt"), base.join("b.txt"), base.join("c.txt"));
    fs::rename(&a, &b)?;
    check.equal("renamed away", kind(fs::metadata(&a)), Some(ErrorKind::NotFound));
    println!("copied: {} bytes", fs::copy(&b, &c)?);
    fs::hard_link(&b, base.join("linked.txt"))?;

    let meta = fs::metadata(&b)?;
    println!("metadata: file {} dir {} len {}", meta.is_file(), meta.is_dir(), meta.len());
    check.that("modified after 2020", meta.modified().is_ok_and(crate::time::is_recent));
    let meta = fs::metadata(base)?;
    println!("metadata: file {} dir {}", meta.is_file(), meta.is_dir());
    check.equal("open a missing file", kind(File::open(base.join("none"))), Some(ErrorKind::NotFound));
    check.equal("open below a file", kind(File::open(b.join("none"))), Some(ErrorKind::NotADirectory));
    check.equal("escape", kind(File::open(base.join("../../../etc/passwd"))), Some(ErrorKind::PermissionDenied));
    Ok(())
}

fn tree(base: &Path) -> io::Result<()> {
    fs::create_dir_all(base.join("deep/er/still"))?;
    fs::write(base.join("deep/er/file"), vec![b'x'; 10_000])?;
    for n in 0..20 {
        fs::write(base.join(format!("deep/{n:02}")), "x".repeat(n))?;
    }
    walk(base)
}

fn removal(base: &Path, check: &mut Check) -> io::Result<()> {
    // By number: std for wasip1 has no kind for it.
    let full = fs::remove_dir(base.join("deep")).err().and_then(|error| error.raw_os_error());
    check.equal("remove_dir of a full one", full, Some(ENOTEMPTY));
    check.equal("remove_dir of a file", kind(fs::remove_dir(base.join("b.txt"))), Some(ErrorKind::NotADirectory));
    fs::remove_file(base.join("b.txt"))?;
    check.equal("removed", kind(fs::metadata(base.join("b.txt"))), Some(ErrorKind::NotFound));
    fs::remove_dir_all(base)?;
    check.equal("all removed", kind(fs::metadata(base)), Some(ErrorKind::NotFound));
    Ok(())
}

/// Prints what is below `dir`, sorted by path, files with their sizes.
pub fn walk(dir: &Path) -> io::Result<()> {
    let mut lines = Vec::new();
    visit(dir, dir, &mut lines)?;
    lines.sort();
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

fn visit(top: &Path, dir: &Path, lines: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        let name = path.strip_prefix(top).unwrap_or(&path).display().to_string();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            lines.push(format!("{name}/"));
            visit(top, &path, lines)?;
        } else if kind.is_symlink() {
            lines.push(format!("{name}@"));
        } else {
            lines.push(format!("{name} {}", entry.metadata()?.len()));
        }
    }
    Ok(())
}

/// Prints the length and the checksum of the file at `path`.
pub fn read_file(path: &Path) -> io::Result<()> {
    let bytes = fs::read(path)?;
    println!("{} bytes, checksum {:016x}", bytes.len(), fnv1a(&bytes));
    Ok(())
}

/// The 64-bit FNV-1a hash.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn kind<T>(result: io::Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}
