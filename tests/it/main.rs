//! Tests of whole parts against the real thing, in one binary: a module a file.

mod lab;
mod mailbox;
mod transport;
