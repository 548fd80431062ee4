//! The corners of `wasi:filesystem`: one text of answers, on both hosts.

use std::os::unix::fs::symlink;

use nojit_shims::{
    Builder,
    host::{Files, sim::SimWorld},
};

use super::harness::{Folder, Program, Run};

const GUEST: &str = "torture/torture.wasm";
const EXPECTED: &str = include_str!("../guests/torture/expected.txt");

/// What the guest finds in a world: `/rw`, where it may write, and `/ro`, where there is something.
pub(crate) fn folders(world: &SimWorld) -> impl FnOnce(Builder) -> Builder {
    let files = world.files();
    files.create_directory("/rw");
    files.create_directory("/ro/dir");
    files.write("/ro/file", "read only");
    files.symlink("file", "/ro/link");
    files.symlink("/etc/passwd", "/ro/absolute");
    files.symlink("../..", "/ro/outside");
    let [rw, ro] = ["/rw", "/ro"].map(|path| files.open_directory(path).expect("was made"));
    |guest| guest.preopen(rw, "/rw", false).preopen(ro, "/ro", true)
}

fn simulated(args: &[&str]) -> Run {
    let world = SimWorld::new(0);
    Program::new(GUEST).run_in(&world, args, folders(&world))
}

#[expect(clippy::disallowed_methods, reason = "the test makes folders for the guest")]
fn on_system(args: &[&str]) -> Run {
    let folder = Folder::new();
    let (rw, ro) = (folder.0.join("rw"), folder.0.join("ro"));
    std::fs::create_dir(&rw).expect("the folder is writable");
    std::fs::create_dir_all(ro.join("dir")).expect("the folder is writable");
    std::fs::write(ro.join("file"), "read only").expect("the folder is writable");
    for (target, name) in [("file", "link"), ("/etc/passwd", "absolute"), ("../..", "outside")] {
        symlink(target, ro.join(name)).expect("the folder takes links");
    }
    Program::new(GUEST).run_on_system(args, |guest, host| {
        let open = |path: &std::path::Path| {
            host.files().open_directory(path.to_str().expect("the path is UTF-8")).expect("was made")
        };
        guest.preopen(open(&rw), "/rw", false).preopen(open(&ro), "/ro", true)
    })
}

/// Where two texts differ, line by line.
fn differences(found: &str, expected: &str) -> String {
    let pairs = found.lines().zip(expected.lines()).filter(|(found, expected)| found != expected);
    let mut text: String = pairs.map(|(found, expected)| format!("found {found}\n  for {expected}\n")).collect();
    let (found, expected) = (found.lines().count(), expected.lines().count());
    if found != expected {
        text.push_str(&format!("{found} lines for {expected}"));
    }
    text
}

#[test]
fn the_simulated_host_answers_as_expected() {
    assert_eq!(differences(&simulated(&["/rw"]).stdout, EXPECTED), "");
}

#[test]
fn the_system_answers_the_same() {
    assert_eq!(differences(&on_system(&["/rw"]).stdout, EXPECTED), "");
}
