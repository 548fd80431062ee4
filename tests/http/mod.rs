//! Components that answer requests over HTTP: what they answer, what clients get that misbehave, and guests that ask guests.

mod answers;
mod clients;
mod guests;
mod harness;
