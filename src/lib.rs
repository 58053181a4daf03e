//! rmad reads a vendor's support mailbox and does the work of its returns desk.

pub mod case;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod daemon;
pub mod mail;
pub mod mailbox;
pub mod order;
pub mod order_book;
pub mod outbox;
pub mod policy;
pub mod reply;
pub mod scheduler;
pub mod store;
pub mod telemetry;
pub mod tls;
pub mod transport;
pub mod understanding;
