//! The tests that need the whole crate, its binary, or something outside it. One binary, a module a subject.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod bombs;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod console;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod databases;
#[cfg(test)]
mod end_to_end;
#[cfg(test)]
mod explaining;
#[cfg(test)]
mod filled;
#[cfg(test)]
mod fuzzed;
#[cfg(test)]
mod house;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod label;
#[cfg(test)]
mod leaks;
#[cfg(test)]
mod mailbox;
#[cfg(test)]
mod maildir;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod order_book;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod quarantine_commands;
#[cfg(test)]
mod replies;
#[cfg(test)]
mod staff_commands;
#[cfg(test)]
mod store;
#[cfg(test)]
mod threats;
#[cfg(test)]
mod transport;
#[cfg(test)]
mod verifying;
#[cfg(test)]
mod year;
