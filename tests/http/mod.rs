//! Components that answer requests over HTTP, on the system's host: what they answer, and what clients get that misbehave.

mod answers;
mod clients;
mod harness;
