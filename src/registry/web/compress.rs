//! The options of the middleware `compress`. Compresses nothing.

use std::ops::RangeInclusive;

use super::super::decode::{Cx, Field};

/// What the shortest body that is compressed may have: of no bytes nothing can be left out, up to 1 GiB.
const MIN_LENGTH: RangeInclusive<u64> = 1..=1 << 30;

const LEVELS: [(&str, CompressLevel); 3] =
    [("fast", CompressLevel::Fast), ("default", CompressLevel::Default), ("best", CompressLevel::Best)];

/// How what the endpoints of a router answer is compressed, for clients that take it so: as gzip or deflate.
///
/// The length of what is compressed tells a little of what is in it. Where an answer has both a secret and what somebody else
/// chose, who sees the lengths of many can guess the secret (BREACH); such answers have `cache-control: no-transform`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compress {
    /// How much work it is worth; [`CompressLevel::Default`] unless given.
    pub level: CompressLevel,
    /// Bodies that are known to have fewer bytes stay as they are; from 1 to 1 GiB, 1,024 unless given.
    pub min_length: u64,
}

/// How much work a smaller body is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompressLevel {
    /// Little.
    Fast,
    /// Most of what can be won.
    Default,
    /// All that it takes.
    Best,
}

impl Default for Compress {
    fn default() -> Self {
        Compress { level: CompressLevel::Default, min_length: 1024 }
    }
}

impl Compress {
    pub(super) fn decode(field: &Field<'_>, cx: &mut Cx<'_>) -> Option<Compress> {
        let mut fields = field.fields(cx)?;
        let default = Compress::default();
        let level = fields.optional("level").and_then(|field| field.one_of(cx, &LEVELS));
        let min_length = fields.optional("min_length").and_then(|field| field.integer(cx, MIN_LENGTH));
        fields.finish(cx);
        Some(Compress { level: level.unwrap_or(default.level), min_length: min_length.unwrap_or(default.min_length) })
    }
}

impl CompressLevel {
    /// As definition files write it.
    pub fn name(self) -> &'static str {
        LEVELS.iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }
}
