//! rmad reads a vendor's support mailbox and does the work of its returns desk.

pub mod case;
pub mod mail;
pub mod mailbox;
pub mod order;
pub mod outbox;
pub mod policy;
pub mod tls;
pub mod transport;
pub mod understanding;
