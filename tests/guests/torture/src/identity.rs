//! `is-same-object`, `metadata-hash` and `stat`: one object under several names is one, and no other.

use wasip2::wasi::filesystem::types::{Descriptor, MetadataHashValue};
use wasip2::{line, Check};

use crate::ops::{self, show_at, FOLLOW, NO_FOLLOW};

pub fn run(base: &Descriptor, check: &mut Check) {
    ops::make(base, "a", b"same contents");
    ops::make(base, "b", b"same contents");
    ops::make_dir(base, "d");
    ops::make_link(base, "a", "l");
    base.link_at(NO_FOLLOW, "a", base, "hard").expect("a new link");

    let (a, again, b, hard, dir) = (
        ops::open(base, "a"),
        ops::open(base, "a"),
        ops::open(base, "b"),
        ops::open(base, "hard"),
        ops::open_dir(base, "d"),
    );
    let through_link = base.open_at(FOLLOW, "l", ops::PLAIN, ops::READ).expect("the section made it");
    check.that("itself", a.is_same_object(&a));
    check.that("opened twice", a.is_same_object(&again) && again.is_same_object(&a));
    check.that("a hard link", a.is_same_object(&hard));
    check.that("through a link", a.is_same_object(&through_link));
    check.that("another file", !a.is_same_object(&b));
    check.that("a directory", !a.is_same_object(&dir) && !dir.is_same_object(&a));
    check.that("another directory", !dir.is_same_object(base));
    check.that("a directory opened twice", dir.is_same_object(&ops::open_dir(base, "d")));
    check.that("through ..", base.is_same_object(&ops::open_dir(base, "d/..")));
    line!("is-same-object: done");

    let hash = |descriptor: &Descriptor| pair(descriptor.metadata_hash().expect("an open descriptor"));
    let hash_at = |flags, path: &str| pair(base.metadata_hash_at(flags, path).expect("the section made it"));
    let of_a = hash(&a);
    check.equal("hash of itself", hash(&a), of_a);
    check.equal("hash of opened twice", hash(&again), of_a);
    check.equal("hash of a hard link", hash(&hard), of_a);
    check.equal("hash by path", hash_at(NO_FOLLOW, "a"), of_a);
    check.equal("hash by another path", hash_at(NO_FOLLOW, "d/../hard"), of_a);
    check.equal("hash through a link", hash_at(FOLLOW, "l"), of_a);
    check.that("hash of a link", hash_at(NO_FOLLOW, "l") != of_a);
    check.that("hash of another file", hash(&b) != of_a);
    check.that("hash of a directory", hash(&dir) != of_a && hash(&dir) != hash(base));
    check.equal("hash of the base", hash_at(NO_FOLLOW, "."), hash(base));
    base.rename_at("a", base, "renamed").expect("the section made it");
    check.equal("hash after a rename", hash_at(NO_FOLLOW, "renamed"), of_a);
    check.that("same after a rename", a.is_same_object(&ops::open(base, "renamed")));
    line!("metadata-hash: done");

    for path in ["none", "d/x", "..", "/"] {
        show_at("metadata-hash-at", path, base.metadata_hash_at(NO_FOLLOW, path));
    }
    for path in ["renamed", "hard", "b", "l"] {
        let stat = base.stat_at(NO_FOLLOW, path).expect("the section made it");
        line!("stat-at {path:?}: {}, {} bytes, {} links", ops::type_name(stat.type_), stat.size, stat.link_count);
    }
    let stat = a.stat().expect("an open file");
    line!("stat: {}, {} bytes, {} links", ops::type_name(stat.type_), stat.size, stat.link_count);
    line!("stat of a directory: {}", dir.stat().map_or("none", |stat| ops::type_name(stat.type_)));
}

fn pair(hash: MetadataHashValue) -> (u64, u64) {
    (hash.lower, hash.upper)
}
