//! The tests that need the whole crate, its binary, or something outside it. One binary, a module a subject.

#[cfg(test)]
mod lab;
#[cfg(test)]
mod mailbox;
#[cfg(test)]
mod maildir;
#[cfg(test)]
mod transport;
