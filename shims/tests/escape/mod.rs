//! Ways out of a folder that a guest was given, none of which leads anywhere.
//!
//! Each test is another mechanism. The folder is `mount`; beside it lies `outside/secret.txt`, which whoever was given
//! `outside` can read.

#![expect(clippy::disallowed_methods, reason = "tests prepare folders behind the back of the guest")]

use std::{
    fs,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use nojit_shims::filesystem::{DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, types};

use crate::scratch::{Answer, FOLLOW, Guest, NO_FOLLOW, Scratch};

const SECRET: &str = "the secret of the host";
const OUT: Result<(), ErrorCode> = Err(ErrorCode::NotPermitted);

/// How long a guest races against somebody who moves what it opens.
const RACE: Duration = Duration::from_secs(10);

fn world(name: &str) -> (Scratch, Guest) {
    let scratch = Scratch::new(name);
    scratch.file("outside/secret.txt", SECRET);
    scratch.file("outside/folder/file.txt", "beside the secret");
    scratch.file("mount/inside.txt", "inside");
    scratch.file("mount/sub/deep/file.txt", "deep inside");
    let guest = Guest::with(&[scratch.path("mount")]);
    (scratch, guest)
}

/// Tries every function that follows links at the end.
#[track_caller]
fn assert_not_followed(guest: &mut Guest, path: &str) {
    let root = guest.root;
    let open = |guest: &mut Guest, open, flags| guest.open_below(root, path, FOLLOW, open, flags).map(drop);
    assert_eq!(open(guest, OpenFlags::default(), DescriptorFlags::READ), OUT, "open {path}");
    assert_eq!(open(guest, OpenFlags::default(), DescriptorFlags::default()), OUT, "open for nothing {path}");
    assert_eq!(open(guest, OpenFlags::default(), DescriptorFlags::WRITE), OUT, "open to write {path}");
    assert_eq!(open(guest, OpenFlags::CREATE, DescriptorFlags::WRITE), OUT, "create {path}");
    assert_eq!(open(guest, OpenFlags::TRUNCATE, DescriptorFlags::WRITE), OUT, "truncate {path}");
    assert_eq!(open(guest, OpenFlags::DIRECTORY, DescriptorFlags::READ), OUT, "open as a folder {path}");
    assert_eq!(guest.stat(path, FOLLOW).map(drop), OUT, "stat {path}");
    assert_eq!(guest.hash(path, FOLLOW).map(drop), OUT, "hash {path}");
    assert_eq!(guest.touch(path, FOLLOW), OUT, "set times {path}");
}

/// Tries every function that takes a path.
#[track_caller]
fn assert_refused(guest: &mut Guest, path: &str) {
    let root = guest.root;
    assert_not_followed(guest, path);
    let exclusive = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
    let made = guest.open_below(root, path, NO_FOLLOW, exclusive, DescriptorFlags::WRITE).map(drop);
    assert_eq!(made, OUT, "make {path}");
    assert_eq!(guest.stat(path, NO_FOLLOW).map(drop), OUT, "stat {path}");
    assert_eq!(guest.hash(path, NO_FOLLOW).map(drop), OUT, "hash {path}");
    assert_eq!(guest.touch(path, NO_FOLLOW), OUT, "set times {path}");
    assert_eq!(guest.read_link(path).map(drop), OUT, "read link {path}");
    assert_eq!(guest.symlink("inside.txt", path), OUT, "make link {path}");
    assert_eq!(guest.link(path, "stolen"), OUT, "link from {path}");
    assert_eq!(guest.link("inside.txt", path), OUT, "link to {path}");
    assert_eq!(guest.rename(path, "stolen"), OUT, "rename from {path}");
    assert_eq!(guest.rename("inside.txt", path), OUT, "rename to {path}");
    assert_eq!(guest.create_directory(path), OUT, "create directory {path}");
    assert_eq!(guest.remove_directory(path), OUT, "remove directory {path}");
    assert_eq!(guest.unlink(path), OUT, "unlink {path}");
}

/// Nothing was taken, made or changed outside.
#[track_caller]
fn assert_untouched(scratch: &Scratch) {
    assert_eq!(scratch.text("outside/secret.txt"), SECRET);
    assert_eq!(scratch.text("outside/folder/file.txt"), "beside the secret");
    let count = |name| fs::read_dir(scratch.path(name)).unwrap().count();
    assert_eq!((count("outside"), count("outside/folder"), count(".")), (2, 1, 2));
    assert!(!scratch.exists("mount/stolen"));
}

#[test]
fn the_secret_is_read_by_whom_it_was_given() {
    let (scratch, mut guest) = world("given");
    let mut other = Guest::with(&[scratch.path("outside")]);
    assert_eq!(other.text("secret.txt").as_deref(), Ok(SECRET));
    assert_eq!(other.text("folder/../secret.txt").as_deref(), Ok(SECRET));
    assert_eq!(guest.text("sub/../inside.txt").as_deref(), Ok("inside"));
    assert_eq!(guest.text("sub/deep/../../inside.txt").as_deref(), Ok("inside"));
}

#[test]
fn dot_dot_first() {
    let (scratch, mut guest) = world("dot_dot_first");
    for path in ["../outside/secret.txt", "..", "../", "../.", "../..", "../outside/new", "./../outside/secret.txt"] {
        assert_refused(&mut guest, path);
    }
    assert_untouched(&scratch);
}

#[test]
fn dot_dot_in_the_middle() {
    let (scratch, mut guest) = world("dot_dot_middle");
    for path in ["sub/../../outside/secret.txt", "sub/deep/../../../outside/new", "sub/./.././../outside/folder"] {
        assert_refused(&mut guest, path);
    }
    assert_untouched(&scratch);
}

#[test]
fn dot_dot_that_leaves_and_comes_back() {
    let (scratch, mut guest) = world("dot_dot_back");
    for path in ["../mount/inside.txt", "sub/../../mount/inside.txt", "../mount/new", "../mount/sub/deep/../.."] {
        assert_refused(&mut guest, path);
    }
    assert_untouched(&scratch);
}

#[test]
fn dot_dot_from_a_folder_within_the_mount() {
    let (_scratch, mut guest) = world("dot_dot_sub");
    let sub = guest.open("sub").unwrap();
    assert_eq!(guest.text_below(sub, "deep/file.txt").as_deref(), Ok("deep inside"));
    assert_eq!(guest.text_below(sub, "../inside.txt"), Err(ErrorCode::NotPermitted));
    assert_eq!(guest.text_below(sub, "deep/../../inside.txt"), Err(ErrorCode::NotPermitted));
}

#[test]
fn absolute_paths() {
    let (scratch, mut guest) = world("absolute");
    let secret = scratch.path("outside/secret.txt");
    let inside = scratch.path("mount/inside.txt");
    for path in ["/", "//", "/etc/passwd", "//etc/passwd", "/..", secret.to_str().unwrap(), inside.to_str().unwrap()] {
        assert_refused(&mut guest, path);
    }
    assert_untouched(&scratch);
}

#[test]
fn a_link_at_the_end() {
    let (scratch, mut guest) = world("link_end");
    scratch.link("../outside/secret.txt", "mount/door");
    scratch.link("../outside/folder", "mount/gate");
    scratch.link("..", "mount/up");
    for path in ["door", "gate", "up", "sub/../door"] {
        assert_not_followed(&mut guest, path);
        let unfollowed = guest.open_below(guest.root, path, NO_FOLLOW, OpenFlags::default(), DescriptorFlags::READ);
        assert_eq!(unfollowed, Err(ErrorCode::Loop));
        assert_eq!(guest.stat(path, NO_FOLLOW).map(|stat| stat.ty), Ok(DescriptorType::SymbolicLink));
    }
    assert_untouched(&scratch);
}

#[test]
fn a_link_on_the_way() {
    let (scratch, mut guest) = world("link_way");
    scratch.link("../outside", "mount/way");
    scratch.link("../../outside", "mount/sub/way");
    scratch.link("..", "mount/up");
    for path in ["way/secret.txt", "way/new", "sub/way/secret.txt", "up/outside/secret.txt", "up/mount/inside.txt"] {
        assert_refused(&mut guest, path);
    }
    assert_untouched(&scratch);
}

#[test]
fn a_chain_of_links() {
    let (scratch, mut guest) = world("chain");
    scratch.link("two", "mount/one");
    scratch.link("sub/three", "mount/two");
    scratch.link("deep/four", "mount/sub/three");
    scratch.link("../../five", "mount/sub/deep/four");
    scratch.link("../outside", "mount/five");
    assert_not_followed(&mut guest, "one");
    assert_refused(&mut guest, "one/secret.txt");
    assert_untouched(&scratch);
}

#[test]
fn a_link_that_the_guest_makes() {
    let (scratch, mut guest) = world("made");
    assert_eq!(guest.symlink("../outside/secret.txt", "door"), Ok(()));
    assert_eq!(guest.symlink("../../outside", "sub/way"), Ok(()));
    assert_not_followed(&mut guest, "door");
    assert_refused(&mut guest, "sub/way/secret.txt");
    assert_untouched(&scratch);
}

#[test]
fn a_link_to_an_absolute_path() {
    let (scratch, mut guest) = world("absolute_link");
    scratch.link(scratch.path("outside"), "mount/way");
    scratch.link(scratch.path("outside/secret.txt"), "mount/door");
    scratch.link(scratch.path("mount/inside.txt"), "mount/home");
    for path in ["way", "door", "home"] {
        assert_not_followed(&mut guest, path);
        assert_eq!(guest.read_link(path), Err(ErrorCode::NotPermitted));
    }
    assert_refused(&mut guest, "way/secret.txt");
    let secret = scratch.path("outside/secret.txt");
    assert_eq!(guest.symlink(secret.to_str().unwrap(), "made"), OUT);
    assert!(!scratch.exists("mount/made"));
    assert_untouched(&scratch);
}

#[test]
fn the_text_of_a_link_that_leads_out_is_text() {
    let (scratch, guest) = world("link_text");
    scratch.link("../outside/secret.txt", "mount/door");
    assert_eq!(guest.read_link("door").as_deref(), Ok("../outside/secret.txt"));
}

#[test]
fn a_link_that_is_moved_up() {
    let (scratch, mut guest) = world("moved_up");
    assert_eq!(guest.symlink("../../outside", "sub/deep/way"), Ok(()));
    scratch.file("mount/outside/secret.txt", "not the secret");
    assert_eq!(guest.text("sub/deep/way/secret.txt").as_deref(), Ok("not the secret"));
    assert_eq!(guest.rename("sub/deep", "deep"), Ok(()));
    assert_refused(&mut guest, "deep/way/secret.txt");
    assert_eq!(guest.rename("deep/way", "way"), Ok(()));
    assert_refused(&mut guest, "way/secret.txt");
    assert_eq!(guest.create_directory("sub/deep"), Ok(()));
    assert_eq!(guest.rename("way", "sub/deep/way"), Ok(()));
    assert_eq!(guest.text("sub/deep/way/secret.txt").as_deref(), Ok("not the secret"));
    assert_untouched(&scratch);
}

#[test]
fn another_name_of_a_link() {
    let (scratch, mut guest) = world("second_name");
    scratch.link("../outside/secret.txt", "mount/door");
    assert_eq!(guest.link("door", "sub/door"), Ok(()));
    assert_eq!(guest.text("sub/door"), Err(ErrorCode::NoEntry));
    assert_eq!(guest.link("sub/door", "again"), Ok(()));
    assert_not_followed(&mut guest, "again");
    let followed = types::link_at(&mut guest.wasi, guest.root, FOLLOW, "door", guest.root, "stolen").unwrap();
    assert_eq!(followed, Err(ErrorCode::Invalid));
    assert_untouched(&scratch);
}

#[test]
fn names_carried_from_one_mount_to_another() {
    let scratch = Scratch::new("carried");
    scratch.file("outside/secret.txt", SECRET);
    scratch.file("one/file.txt", "one");
    scratch.file("two/file.txt", "two");
    scratch.link("../outside", "one/way");
    let mut guest = Guest::with(&[scratch.path("one"), scratch.path("two")]);
    let [one, two] = guest.roots[..] else { panic!("there are two mounts") };
    for outside in ["../outside/secret.txt", "way/secret.txt", "../two/file.txt"] {
        let wasi = &mut guest.wasi;
        assert_eq!(types::rename_at(wasi, one, outside, two, "stolen").unwrap(), OUT);
        assert_eq!(types::link_at(wasi, one, NO_FOLLOW, outside, two, "stolen").unwrap(), OUT);
        assert_eq!(types::rename_at(wasi, two, "file.txt", one, outside).unwrap(), OUT);
        assert_eq!(types::link_at(wasi, two, NO_FOLLOW, "file.txt", one, outside).unwrap(), OUT);
    }
    // Whoever has both mounts may carry the link, and still cannot follow it.
    assert_eq!(types::rename_at(&mut guest.wasi, one, "way", two, "way").unwrap(), Ok(()));
    assert_eq!(guest.text_below(two, "way/secret.txt"), Err(ErrorCode::NotPermitted));
    assert_eq!(scratch.text("outside/secret.txt"), SECRET);
    assert_eq!(scratch.text("two/file.txt"), "two");
    assert!(!scratch.exists("two/stolen"));
}

#[test]
fn a_folder_that_becomes_a_link_between_two_calls() {
    let (scratch, mut guest) = world("swapped");
    assert_eq!(guest.stat("sub", NO_FOLLOW).map(|stat| stat.ty), Ok(DescriptorType::Directory));
    let kept = guest.open("sub").unwrap();
    scratch.rename("mount/sub", "mount/parked");
    scratch.link("../outside", "mount/sub");
    assert_not_followed(&mut guest, "sub");
    assert_refused(&mut guest, "sub/secret.txt");
    assert_eq!(guest.text_below(kept, "deep/file.txt").as_deref(), Ok("deep inside"));
    assert_eq!(guest.text_below(kept, "secret.txt"), Err(ErrorCode::NoEntry));
    assert_untouched(&scratch);
}

#[test]
fn a_folder_that_is_moved_out_while_it_is_open() {
    let (scratch, mut guest) = world("moved_out");
    let sub = guest.open("sub").unwrap();
    scratch.rename("mount/sub", "outside/sub");
    assert_eq!(guest.text_below(sub, "deep/file.txt").as_deref(), Ok("deep inside"));
    for path in ["../secret.txt", "deep/../../secret.txt", "..", "../../mount/inside.txt"] {
        assert_eq!(guest.text_below(sub, path), Err(ErrorCode::NotPermitted));
    }
    scratch.rename("outside/sub", "mount/sub");
    assert_untouched(&scratch);
}

#[test]
fn a_mount_that_is_moved() {
    let (scratch, mut guest) = world("mount_moved");
    scratch.rename("mount", "outside/mount");
    assert_eq!(guest.text("inside.txt").as_deref(), Ok("inside"));
    assert_refused(&mut guest, "../secret.txt");
    scratch.rename("outside/mount", "mount");
    assert_untouched(&scratch);
}

#[test]
fn a_folder_that_the_guest_moves_deeper_while_it_is_open() {
    let (scratch, mut guest) = world("moved_deeper");
    let deep = guest.open("sub/deep").unwrap();
    assert_eq!(guest.rename("sub/deep", "deep"), Ok(()));
    assert_eq!(guest.text_below(deep, "../inside.txt"), Err(ErrorCode::NotPermitted));
    assert_eq!(guest.text_below(deep, "../../outside/secret.txt"), Err(ErrorCode::NotPermitted));
    assert_untouched(&scratch);
}

#[test]
fn slashes_and_dots() {
    let (scratch, mut guest) = world("slashes");
    scratch.link("../outside", "mount/way");
    scratch.link("../outside/secret.txt", "mount/door");
    scratch.link("../outside/", "mount/slash");
    scratch.link("sub/../../outside", "mount/round");
    let paths = [
        "way/.",
        "way//secret.txt",
        "way/./secret.txt",
        ".//way///secret.txt",
        "way/folder/..",
        "sub//..//..//outside//secret.txt",
        "./sub/./../../outside/secret.txt",
        "slash/secret.txt",
        "round/secret.txt",
    ];
    for path in paths {
        assert_not_followed(&mut guest, path);
    }
    for path in &paths[1..4] {
        assert_refused(&mut guest, path);
    }
    for path in ["way/", "slash/", "way//"] {
        assert_eq!(guest.open(path).map(drop), OUT);
        assert_eq!(guest.stat(path, NO_FOLLOW).map(drop), OUT);
        assert_eq!(guest.touch(path, NO_FOLLOW), OUT);
        assert!(guest.create(path).is_err());
    }
    assert!(guest.text("door/").is_err());
    assert_untouched(&scratch);
}

#[test]
fn names_that_mean_something_elsewhere() {
    let (scratch, mut guest) = world("names");
    let names = [
        "..\\outside\\secret.txt",
        "\\etc\\passwd",
        "C:\\secret.txt",
        "C:",
        "..%2foutside%2fsecret.txt",
        "..\u{2215}outside\u{2215}secret.txt",
        "\u{ff0e}\u{ff0e}",
        "\u{2024}\u{2024}",
        "\u{202e}..",
        "...",
        ".. ",
        " ..",
        "~",
        "$HOME",
    ];
    for name in names {
        assert_eq!(guest.text(name), Err(ErrorCode::NoEntry), "{name}");
        assert!(guest.create(name).is_ok(), "{name}");
        assert!(scratch.exists(&format!("mount/{name}")), "{name}");
    }
    assert_eq!(guest.text("..\0/outside/secret.txt"), Err(ErrorCode::Invalid));
    assert_eq!(guest.text("sub\0/../../outside/secret.txt"), Err(ErrorCode::Invalid));
    assert_untouched(&scratch);
}

#[test]
fn the_mount_itself() {
    let (scratch, mut guest) = world("itself");
    for path in [".", "./", "sub/..", "sub/deep/../.."] {
        assert!(guest.remove_directory(path).is_err(), "{path}");
        assert!(guest.unlink(path).is_err(), "{path}");
        assert!(guest.rename(path, "elsewhere").is_err(), "{path}");
        assert!(guest.rename("sub", path).is_err(), "{path}");
        assert!(guest.symlink("inside.txt", path).is_err(), "{path}");
        assert!(guest.link(path, "elsewhere").is_err(), "{path}");
        assert!(guest.create_directory(path).is_err(), "{path}");
    }
    assert_eq!(guest.text("sub/deep/file.txt").as_deref(), Ok("deep inside"));
    assert_untouched(&scratch);
}

#[test]
fn a_link_to_nothing_outside() {
    let (scratch, mut guest) = world("dangling");
    scratch.link("../outside/new.txt", "mount/new");
    scratch.link("../outside/none/new.txt", "mount/far");
    assert_not_followed(&mut guest, "new");
    assert_not_followed(&mut guest, "far");
    let exclusive = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
    for (open, code) in [(exclusive, ErrorCode::Exist), (OpenFlags::CREATE, ErrorCode::Loop)] {
        let made = guest.open_below(guest.root, "new", NO_FOLLOW, open, DescriptorFlags::WRITE);
        assert_eq!(made, Err(code));
    }
    assert_eq!(guest.create_directory("new"), Err(ErrorCode::Exist));
    assert_untouched(&scratch);
}

#[test]
fn times_of_what_a_link_leads_to() {
    let (scratch, mut guest) = world("times");
    scratch.link("../outside/secret.txt", "mount/door");
    let before = fs::metadata(scratch.path("outside/secret.txt")).unwrap();
    assert_eq!(guest.touch("door", FOLLOW), OUT);
    assert_eq!(guest.touch("door", NO_FOLLOW), Ok(()));
    assert_eq!(guest.touch("sub", FOLLOW), Ok(()));
    let after = fs::metadata(scratch.path("outside/secret.txt")).unwrap();
    assert_eq!(
        (before.modified().unwrap(), before.accessed().unwrap()),
        (after.modified().unwrap(), after.accessed().unwrap())
    );
}

#[test]
fn links_in_a_circle() {
    let (scratch, mut guest) = world("circle");
    scratch.link("two", "mount/one");
    scratch.link("one", "mount/two");
    scratch.link("self/../self", "mount/self");
    for path in ["one", "one/file.txt", "self"] {
        assert_eq!(guest.text(path), Err(ErrorCode::Loop));
        assert_eq!(guest.stat(path, FOLLOW).map(drop), Err(ErrorCode::Loop));
    }
}

#[test]
fn links_of_the_system_that_lead_by_magic() {
    if !Path::new("/proc/self/fd").exists() {
        return;
    }
    let (scratch, _) = world("magic");
    let secret = fs::File::open(scratch.path("outside/secret.txt")).unwrap();
    let by_magic = format!("fd/{}", secret.as_raw_fd());
    assert_eq!(fs::read_to_string(Path::new("/proc/self").join(&by_magic)).unwrap(), SECRET);
    let mut guest = Guest::with(&[PathBuf::from("/proc/self")]);
    assert!(guest.text("comm").is_ok());
    let is_refused = |code: ErrorCode| matches!(code, ErrorCode::Loop | ErrorCode::NotPermitted);
    for path in [&*by_magic, "root/etc/passwd", "root", "cwd/Cargo.toml", "cwd", "exe", "root/../etc/passwd"] {
        assert!(guest.text(path).is_err_and(is_refused), "{path}");
        assert!(guest.stat(path, FOLLOW).is_err_and(is_refused), "{path}");
        assert!(guest.touch(path, FOLLOW).is_err_and(is_refused), "{path}");
    }
    assert_eq!(guest.read_link("exe"), Err(ErrorCode::NotPermitted));
    assert_eq!(guest.read_link(&by_magic), Err(ErrorCode::NotPermitted));
}

#[test]
fn a_mount_within_a_mount() {
    let (scratch, _) = world("nested");
    let mut guest = Guest::with(&[scratch.path("mount/sub"), scratch.path("mount")]);
    let [inner, outer] = guest.roots[..] else { panic!("there are two mounts") };
    assert_eq!(guest.text_below(outer, "sub/../inside.txt").as_deref(), Ok("inside"));
    assert_eq!(guest.text_below(inner, "../inside.txt"), Err(ErrorCode::NotPermitted));
    scratch.link("../inside.txt", "mount/sub/up");
    assert_eq!(guest.text_below(outer, "sub/up").as_deref(), Ok("inside"));
    assert_eq!(guest.text_below(inner, "up"), Err(ErrorCode::NotPermitted));
}

/// What a guest has seen in the race.
#[derive(Debug, Default)]
struct Seen {
    inside: u32,
    refused: u32,
    /// Answers of who looked at a name twice and saw two things, or none.
    confused: u32,
    /// Times that the path led to the secret for somebody who is not confined.
    led_out: u32,
}

impl Seen {
    fn count(&mut self, answer: &Answer<String>) {
        match answer.as_deref() {
            Ok("inside") => self.inside += 1,
            Ok(text) => panic!("the guest has read: {text}"),
            Err(ErrorCode::NotPermitted) => self.refused += 1,
            Err(ErrorCode::NoEntry | ErrorCode::NotDirectory | ErrorCode::Invalid) => self.confused += 1,
            Err(code) => panic!("the guest was answered {}", code.name()),
        }
    }
}

/// Moves things until `is_over`: `door` is a folder or a link that leads out, and `deep/er`, whose `..` holds another
/// secret, is inside or outside.
fn move_things(scratch: &Scratch, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        scratch.rename("mount/door", "mount/parked");
        scratch.rename("mount/link", "mount/door");
        scratch.rename("mount/deep/er", "outside/er");
        scratch.rename("mount/door", "mount/link");
        scratch.rename("mount/parked", "mount/door");
        scratch.rename("outside/er", "mount/deep/er");
    }
}

#[test]
fn a_race_against_somebody_who_moves_things() {
    let scratch = Scratch::new("race");
    scratch.file("outside/secret.txt", SECRET);
    scratch.file("mount/door/secret.txt", "inside");
    scratch.file("mount/deep/secret.txt", "inside");
    scratch.file("mount/deep/er/file.txt", "inside");
    scratch.link("../outside", "mount/link");
    let mut guest = Guest::with(&[scratch.path("mount")]);
    let mut seen = Seen::default();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| move_things(&scratch, &is_over));
        let start = Instant::now();
        let raced = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            while start.elapsed() < RACE {
                for path in ["door/secret.txt", "deep/er/../secret.txt", "deep/er/../../door/secret.txt"] {
                    seen.count(&guest.text(path));
                    let led_out = fs::read_to_string(scratch.path("mount").join(path)).is_ok_and(|text| text == SECRET);
                    seen.led_out += u32::from(led_out);
                }
            }
        }));
        // The other thread ends whatever happened.
        is_over.store(true, Ordering::Relaxed);
        raced.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    assert!(seen.inside > 0 && seen.refused > 0 && seen.led_out > 0, "there was no race: {seen:?}");
}
