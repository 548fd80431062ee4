//! Tests that read the source tree: what the compiler does not check of the project's rules.
//!
//! Each check is a function from text to findings, run twice: on the tree, where it must find nothing, and on a snippet
//! that breaks the rule, where it must find that.

mod arrows;
mod code;
mod files;
mod manifests;
mod tree;
mod words;
