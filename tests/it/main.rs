//! The tests that need the whole crate, its binary, or something outside it. One binary, a module a subject.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod replies;
