//! Conformance runners of nojit.
