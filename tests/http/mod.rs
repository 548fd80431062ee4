//! Components that answer requests over HTTP: what they answer, what clients get that misbehave, and guests that ask guests.
//! And functions that are no handlers, which a request calls.

mod abuse;
mod answers;
mod clients;
mod guests;
mod harness;
mod line;
mod peers;
mod transport;
