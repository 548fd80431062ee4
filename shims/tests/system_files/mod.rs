//! What files and folders of the operating system do, where that is not plain; the errors are those of Linux.

#![expect(clippy::disallowed_methods, reason = "tests prepare folders behind the back of the guest")]

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use nojit_shims::{
    Handle, Pending,
    clocks::wall_clock::Datetime,
    filesystem::{
        Advice, DescriptorFlags, DescriptorType, DirectoryEntry, ErrorCode, NewTimestamp, OpenFlags,
        types::{self, Descriptor},
    },
    io::streams::{self, StreamError, StreamResult},
};

use crate::scratch::{Answer, FOLLOW, Guest, NO_FOLLOW, Scratch};

fn world(name: &str) -> (Scratch, Guest) {
    let scratch = Scratch::new(&format!("files_{name}"));
    scratch.file("file.txt", "text");
    scratch.file("sub/file.txt", "below");
    let guest = Guest::with(&[scratch.path("")]);
    (scratch, guest)
}

fn read(guest: &Guest, file: Handle<Descriptor>, offset: u64) -> Answer<Vec<u8>> {
    types::read(&guest.wasi, file, 4096, offset).unwrap().map(|(bytes, _)| bytes)
}

fn write(guest: &mut Guest, file: Handle<Descriptor>, bytes: &[u8], offset: u64) -> Answer<u64> {
    types::write(&mut guest.wasi, file, bytes, offset).unwrap()
}

fn open(guest: &mut Guest, path: &str, open: OpenFlags, flags: DescriptorFlags) -> Answer<Handle<Descriptor>> {
    guest.open_below(guest.root, path, FOLLOW, open, flags)
}

fn append(guest: &mut Guest, file: Handle<Descriptor>, bytes: &[u8]) {
    let wasi = &mut guest.wasi;
    let stream = types::append_via_stream(wasi, file).unwrap().unwrap();
    let written = streams::blocking_write_and_flush(wasi, stream, bytes).unwrap();
    assert!(matches!(written, Pending::Ready(Ok(()))));
    streams::drop_output_stream(wasi, stream).unwrap();
}

/// What the stream of a file gives first.
fn stream_read(guest: &mut Guest, file: Handle<Descriptor>) -> StreamResult<Vec<u8>> {
    let stream = types::read_via_stream(&mut guest.wasi, file, 0).unwrap().unwrap();
    let read = streams::read(&mut guest.wasi, stream, 9).unwrap();
    streams::drop_input_stream(&mut guest.wasi, stream).unwrap();
    read
}

fn make_fifo(path: PathBuf) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

#[test]
fn ways_to_open_what_is_there() {
    let (scratch, mut guest) = world("open");
    scratch.link("file.txt", "link");
    let none = OpenFlags::default();
    let (read, write) = (DescriptorFlags::READ, DescriptorFlags::WRITE);
    let code = |opened: Answer<Handle<Descriptor>>| opened.map(drop);
    assert_eq!(code(open(&mut guest, "file.txt", none, DescriptorFlags::default())), Ok(()));
    assert_eq!(code(open(&mut guest, "file.txt/", none, read)), Err(ErrorCode::NotDirectory));
    assert_eq!(code(open(&mut guest, "file.txt/x", none, read)), Err(ErrorCode::NotDirectory));
    assert_eq!(code(open(&mut guest, "file.txt", OpenFlags::DIRECTORY, read)), Err(ErrorCode::NotDirectory));
    assert_eq!(code(open(&mut guest, "sub", OpenFlags::DIRECTORY, read)), Ok(()));
    assert_eq!(code(open(&mut guest, "sub", none, DescriptorFlags::default())), Ok(()));
    assert_eq!(code(open(&mut guest, "sub", none, write)), Err(ErrorCode::IsDirectory));
    assert_eq!(code(open(&mut guest, "sub", none, read | write)), Err(ErrorCode::IsDirectory));
    assert_eq!(code(open(&mut guest, "sub", OpenFlags::CREATE, read)), Err(ErrorCode::IsDirectory));
    assert_eq!(code(open(&mut guest, "sub", OpenFlags::TRUNCATE, write)), Err(ErrorCode::IsDirectory));
    assert_eq!(code(open(&mut guest, "none", none, read)), Err(ErrorCode::NoEntry));
    assert_eq!(code(open(&mut guest, "none/new", OpenFlags::CREATE, write)), Err(ErrorCode::NoEntry));
    let exclusive = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
    assert_eq!(code(open(&mut guest, "file.txt", exclusive, write)), Err(ErrorCode::Exist));
    assert_eq!(code(open(&mut guest, "file.txt", OpenFlags::EXCLUSIVE, read)), Ok(()));
    assert_eq!(code(guest.open_below(guest.root, "link", NO_FOLLOW, none, read)), Err(ErrorCode::Loop));
    assert_eq!(code(guest.open_below(guest.root, "link", NO_FOLLOW, none, write)), Err(ErrorCode::Loop));
    assert_eq!(guest.text("link").as_deref(), Ok("text"));
}

#[test]
fn a_file_is_made_and_emptied_by_whom_does_not_ask_to_write() {
    let (scratch, mut guest) = world("make");
    let made = open(&mut guest, "new", OpenFlags::CREATE, DescriptorFlags::READ).unwrap();
    assert_eq!(read(&guest, made, 0), Ok(Vec::new()));
    assert_eq!(write(&mut guest, made, b"no", 0), Err(ErrorCode::BadDescriptor));
    let nothing = open(&mut guest, "newer", OpenFlags::CREATE, DescriptorFlags::default());
    assert!(nothing.is_ok() && scratch.exists("newer"));
    open(&mut guest, "file.txt", OpenFlags::TRUNCATE, DescriptorFlags::READ).unwrap();
    assert_eq!(scratch.text("file.txt"), "");
}

#[test]
fn reads_and_writes_have_offsets() {
    let (scratch, mut guest) = world("offsets");
    let file = guest.create("new").unwrap();
    assert_eq!(write(&mut guest, file, b"abc", 3), Ok(3));
    assert_eq!(read(&guest, file, 0), Ok(b"\0\0\0abc".to_vec()));
    assert_eq!(read(&guest, file, 5), Ok(b"c".to_vec()));
    assert_eq!(types::read(&guest.wasi, file, 0, 3).unwrap(), Ok((Vec::new(), true)));
    for beyond in [6, 1 << 40, i64::MAX as u64, u64::MAX] {
        assert_eq!(read(&guest, file, beyond), Ok(Vec::new()), "{beyond}");
    }
    assert_eq!(write(&mut guest, file, b"abc", u64::MAX), Err(ErrorCode::Invalid));
    assert_eq!(types::set_size(&mut guest.wasi, file, u64::MAX).unwrap(), Err(ErrorCode::Invalid));
    assert_eq!(types::set_size(&mut guest.wasi, file, 4).unwrap(), Ok(()));
    assert_eq!(scratch.text("new"), "\0\0\0a");
    assert_eq!(types::advise(&guest.wasi, file, 0, 0, Advice::WillNeed).unwrap(), Ok(()));
    assert_eq!(types::advise(&guest.wasi, file, 1, 2, Advice::DontNeed).unwrap(), Ok(()));
}

#[test]
fn appending_goes_to_the_end_wherever_it_is() {
    let (scratch, mut guest) = world("append");
    let (first, second) = (guest.create("file.txt").unwrap(), guest.create("file.txt").unwrap());
    append(&mut guest, first, b" one");
    append(&mut guest, second, b" two");
    scratch.file("file.txt", "anew");
    append(&mut guest, first, b" three");
    assert_eq!(write(&mut guest, first, b"A", 0), Ok(1));
    assert_eq!(scratch.text("file.txt"), "Anew three");
}

#[test]
fn a_named_pipe_never_blocks() {
    let (scratch, mut guest) = world("fifo");
    make_fifo(scratch.path("fifo"));
    assert_eq!(guest.stat("fifo", FOLLOW).map(|stat| stat.ty), Ok(DescriptorType::Fifo));
    assert_eq!(guest.touch("fifo", FOLLOW), Ok(()));
    let none = OpenFlags::default();
    let unread = open(&mut guest, "fifo", none, DescriptorFlags::WRITE);
    assert_eq!(unread, Err(ErrorCode::NoSuchDevice));
    assert_eq!(open(&mut guest, "fifo", OpenFlags::DIRECTORY, DescriptorFlags::READ), Err(ErrorCode::NotDirectory));
    let reader = open(&mut guest, "fifo", none, DescriptorFlags::READ).unwrap();
    assert_eq!(types::get_type(&guest.wasi, reader).unwrap(), Ok(DescriptorType::Fifo));
    assert_eq!(read(&guest, reader, 0), Ok(Vec::new()));
    let writer = open(&mut guest, "fifo", none, DescriptorFlags::WRITE).unwrap();
    assert_eq!(read(&guest, reader, 0), Err(ErrorCode::WouldBlock));
    assert_eq!(write(&mut guest, writer, b"some", 99), Ok(4));
    assert_eq!(read(&guest, reader, 7), Ok(b"some".to_vec()));
    let whole = vec![0; 1 << 20];
    assert!(write(&mut guest, writer, &whole, 0).is_ok_and(|count| count < 1 << 20));
    assert_eq!(write(&mut guest, writer, &whole, 0), Err(ErrorCode::WouldBlock));
    types::drop_descriptor(&mut guest.wasi, reader).unwrap();
    assert_eq!(write(&mut guest, writer, b"lost", 0), Err(ErrorCode::Pipe));
}

#[test]
fn what_would_have_to_be_waited_for_has_no_streams() {
    let scratch = Scratch::new("files_streams");
    make_fifo(scratch.path("fifo"));
    let mut guest = Guest::with(&[scratch.path(""), PathBuf::from("/dev")]);
    let both = DescriptorFlags::READ | DescriptorFlags::WRITE;
    for (root, path) in [(0, "fifo"), (1, "ptmx")] {
        let folder = guest.roots[root];
        let file = guest.open_below(folder, path, FOLLOW, OpenFlags::default(), both).unwrap();
        let wasi = &mut guest.wasi;
        assert_eq!(types::read(wasi, file, 1, 0).unwrap(), Err(ErrorCode::WouldBlock), "{path}");
        assert_eq!(types::read_via_stream(wasi, file, 0).unwrap().map(drop), Err(ErrorCode::Unsupported), "{path}");
        assert_eq!(types::write_via_stream(wasi, file, 0).unwrap().map(drop), Err(ErrorCode::Unsupported), "{path}");
        assert_eq!(types::append_via_stream(wasi, file).unwrap().map(drop), Err(ErrorCode::Unsupported), "{path}");
    }
}

#[test]
fn devices_are_files() {
    let mut guest = Guest::with(&[PathBuf::from("/dev")]);
    let both = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let [null, zero, full] =
        ["null", "zero", "full"].map(|name| open(&mut guest, name, OpenFlags::default(), both).unwrap());
    assert_eq!(types::get_type(&guest.wasi, null).unwrap(), Ok(DescriptorType::CharacterDevice));
    assert_eq!(read(&guest, null, 0), Ok(Vec::new()));
    assert_eq!(write(&mut guest, null, b"gone", 0), Ok(4));
    append(&mut guest, null, b"gone");
    assert_eq!(stream_read(&mut guest, null), Err(StreamError::Closed));
    assert_eq!(stream_read(&mut guest, zero), Ok(vec![0; 9]));
    assert_eq!(read(&guest, zero, 7), Ok(vec![0; 4096]));
    assert_eq!(write(&mut guest, full, b"too much", 0), Err(ErrorCode::InsufficientSpace));
}

#[test]
fn removing_asks_for_the_right_type() {
    let (scratch, mut guest) = world("remove");
    scratch.link("sub", "link");
    assert_eq!(guest.unlink("sub"), Err(ErrorCode::IsDirectory));
    assert_eq!(guest.unlink("sub/"), Err(ErrorCode::IsDirectory));
    assert_eq!(guest.unlink("file.txt/"), Err(ErrorCode::NotDirectory));
    assert_eq!(guest.remove_directory("file.txt"), Err(ErrorCode::NotDirectory));
    assert_eq!(guest.remove_directory("file.txt/"), Err(ErrorCode::NotDirectory));
    assert_eq!(guest.remove_directory("link"), Err(ErrorCode::NotDirectory));
    assert_eq!(guest.remove_directory("link/"), Err(ErrorCode::NotDirectory));
    assert_eq!(guest.remove_directory("sub"), Err(ErrorCode::NotEmpty));
    assert_eq!(guest.unlink("sub/file.txt"), Ok(()));
    assert_eq!(guest.remove_directory("sub//"), Ok(()));
    assert_eq!(guest.unlink("link"), Ok(()));
    assert_eq!(guest.unlink("link"), Err(ErrorCode::NoEntry));
    assert_eq!(guest.create_directory("sub/"), Ok(()));
    assert_eq!(guest.create_directory("sub"), Err(ErrorCode::Exist));
    assert_eq!(guest.create_directory("file.txt/sub"), Err(ErrorCode::NotDirectory));
}

#[test]
fn renaming_asks_for_the_right_type() {
    let (scratch, mut guest) = world("rename");
    assert_eq!(guest.rename("file.txt", "new/"), Err(ErrorCode::NotDirectory));
    assert_eq!(guest.rename("file.txt/", "new"), Err(ErrorCode::NotDirectory));
    assert_eq!(guest.rename("file.txt", "sub"), Err(ErrorCode::IsDirectory));
    assert_eq!(guest.rename("sub", "file.txt"), Err(ErrorCode::NotDirectory));
    assert_eq!(guest.rename("sub", "sub/below"), Err(ErrorCode::Invalid));
    assert_eq!(guest.rename("sub", "new/"), Ok(()));
    assert_eq!(guest.rename("new/", "sub"), Ok(()));
    assert_eq!(guest.rename("file.txt", "sub/file.txt"), Ok(()));
    assert_eq!(scratch.text("sub/file.txt"), "text");
}

#[test]
fn one_file_of_two_names_is_one_object() {
    let (_scratch, mut guest) = world("names");
    assert_eq!(guest.link("file.txt", "sub/second"), Ok(()));
    assert_eq!(guest.link("file.txt", "sub/second"), Err(ErrorCode::Exist));
    assert_eq!(guest.link("sub", "third"), Err(ErrorCode::NotPermitted));
    assert_eq!(guest.stat("file.txt", FOLLOW).map(|stat| stat.link_count), Ok(2));
    assert_eq!(guest.hash("file.txt", FOLLOW), guest.hash("sub/second", NO_FOLLOW));
    assert_ne!(guest.hash("file.txt", FOLLOW), guest.hash("sub/file.txt", FOLLOW));
    let [first, second, other] = ["file.txt", "sub/second", "sub/file.txt"].map(|path| guest.open(path).unwrap());
    assert_eq!(types::is_same_object(&guest.wasi, first, second), Ok(true));
    assert_eq!(types::is_same_object(&guest.wasi, first, other), Ok(false));
    assert_eq!(types::is_same_object(&guest.wasi, guest.root, guest.root), Ok(true));
}

#[test]
fn links_of_no_unicode_are_no_text() {
    let (scratch, guest) = world("link_names");
    scratch.link(OsStr::from_bytes(b"\xff"), "link");
    assert_eq!(guest.read_link("link"), Err(ErrorCode::IllegalByteSequence));
    assert_eq!(guest.read_link("file.txt"), Err(ErrorCode::Invalid));
    assert_eq!(guest.stat("link", NO_FOLLOW).map(|stat| stat.size), Ok(1));
}

/// All entries of the root, and how many had a name of no Unicode.
fn list(guest: &mut Guest, mut between: impl FnMut(&DirectoryEntry)) -> (Vec<DirectoryEntry>, u32) {
    let stream = types::read_directory(&mut guest.wasi, guest.root).unwrap().unwrap();
    let (mut entries, mut unreadable) = (Vec::new(), 0);
    loop {
        match types::read_directory_entry(&mut guest.wasi, stream).unwrap() {
            Ok(Some(entry)) => {
                between(&entry);
                entries.push(entry);
            }
            Ok(None) => break,
            Err(code) => {
                assert_eq!(code, ErrorCode::IllegalByteSequence);
                unreadable += 1;
            }
        }
    }
    assert_eq!(types::read_directory_entry(&mut guest.wasi, stream).unwrap(), Ok(None));
    types::drop_directory_entry_stream(&mut guest.wasi, stream).unwrap();
    (entries, unreadable)
}

#[test]
fn a_folder_lists_what_is_in_it() {
    let (scratch, mut guest) = world("list");
    scratch.link("nothing", "link");
    make_fifo(scratch.path("fifo"));
    for name in [b"\xff".as_slice(), b"\xfe"] {
        fs::write(scratch.path("").join(OsStr::from_bytes(name)), "").unwrap();
    }
    for _ in 0..2 {
        let (mut entries, unreadable) = list(&mut guest, |_| ());
        entries.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        let entries: Vec<_> = entries.iter().map(|entry| (&*entry.name, entry.ty)).collect();
        let expected = [
            ("fifo", DescriptorType::Fifo),
            ("file.txt", DescriptorType::RegularFile),
            ("link", DescriptorType::SymbolicLink),
            ("sub", DescriptorType::Directory),
        ];
        assert_eq!((&*entries, unreadable), (&expected[..], 2));
    }
}

#[test]
fn a_folder_may_be_emptied_while_it_is_listed() {
    let (scratch, mut guest) = world("list_remove");
    let names: BTreeSet<_> = (0..2000).map(|index| format!("{index}")).collect();
    names.iter().for_each(|name| scratch.file(name, ""));
    let mut seen = BTreeSet::new();
    let (_, unreadable) = list(&mut guest, |entry| {
        if names.contains(&entry.name) {
            fs::remove_file(scratch.path(&entry.name)).unwrap();
            seen.insert(entry.name.clone());
        }
    });
    assert_eq!(unreadable, 0);
    assert_eq!(seen, names);
    let sub = guest.open("sub").unwrap();
    let stream = types::read_directory(&mut guest.wasi, sub).unwrap().unwrap();
    fs::remove_dir_all(scratch.path("sub")).unwrap();
    assert_eq!(types::read_directory_entry(&mut guest.wasi, stream).unwrap(), Ok(None));
}

#[test]
fn times_are_none_before_1970_and_never_too_late() {
    let (scratch, mut guest) = world("times");
    let early = UNIX_EPOCH - Duration::from_millis(1500);
    let file = fs::File::options().write(true).open(scratch.path("file.txt")).unwrap();
    file.set_times(fs::FileTimes::new().set_modified(early).set_accessed(UNIX_EPOCH)).unwrap();
    let stat = guest.stat("file.txt", FOLLOW).unwrap();
    assert_eq!(stat.data_modification_timestamp, None);
    assert_eq!(stat.data_access_timestamp, Some(Datetime::default()));
    assert!(stat.status_change_timestamp.is_some());

    let some = |seconds, nanoseconds| NewTimestamp::Timestamp(Datetime { seconds, nanoseconds });
    let opened = guest.open("file.txt").unwrap();
    for (time, expected) in [
        (some(u64::MAX, 0), Err(ErrorCode::Overflow)),
        (some(1 << 63, 0), Err(ErrorCode::Overflow)),
        (some(0, 1_000_000_000), Err(ErrorCode::Invalid)),
        (some(i64::MAX as u64, 999_999_999), Ok(())),
        (some(1_000_000_007, 5000), Ok(())),
    ] {
        let times = (NewTimestamp::NoChange, time);
        for follow in [FOLLOW, NO_FOLLOW] {
            let set = types::set_times_at(&mut guest.wasi, guest.root, follow, "file.txt", times).unwrap();
            assert_eq!(set, expected);
        }
        assert_eq!(types::set_times(&mut guest.wasi, opened, times.0, times.1).unwrap(), expected);
        assert_eq!(types::set_times(&mut guest.wasi, guest.root, times.0, times.1).unwrap(), expected);
        assert!(guest.stat("file.txt", FOLLOW).is_ok());
    }
    let stat = guest.stat("file.txt", FOLLOW).unwrap();
    assert_eq!(stat.data_modification_timestamp, Some(Datetime { seconds: 1_000_000_007, nanoseconds: 5000 }));
    assert_eq!(stat.data_access_timestamp, Some(Datetime::default()));
}

#[test]
fn times_are_of_the_link_or_of_what_it_leads_to() {
    let (scratch, mut guest) = world("times_link");
    scratch.link("file.txt", "link");
    let then = (NewTimestamp::Timestamp(Datetime { seconds: 7, nanoseconds: 0 }), NewTimestamp::Now);
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - Duration::from_secs(60);
    for (follow, changed, other) in [(FOLLOW, "file.txt", "link"), (NO_FOLLOW, "link", "sub")] {
        assert_eq!(types::set_times_at(&mut guest.wasi, guest.root, follow, "link", then).unwrap(), Ok(()));
        let stat = guest.stat(changed, NO_FOLLOW).unwrap();
        assert_eq!(stat.data_access_timestamp.map(|time| time.seconds), Some(7));
        assert!(stat.data_modification_timestamp > Some(before.into()));
        assert_ne!(guest.stat(other, NO_FOLLOW).unwrap().data_access_timestamp.map(|time| time.seconds), Some(7));
    }
}

#[test]
fn anything_open_can_be_synced() {
    let (_scratch, mut guest) = world("sync");
    let opened = ["file.txt", "sub", "."].map(|path| guest.open(path).unwrap());
    for handle in opened.into_iter().chain([guest.root]) {
        assert_eq!(types::sync(&guest.wasi, handle).unwrap(), Ok(()));
        assert_eq!(types::sync_data(&guest.wasi, handle).unwrap(), Ok(()));
    }
}
