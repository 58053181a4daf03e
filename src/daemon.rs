//! The story.
//!
//! A message arrives and is kept; only then does it leave the inbox. If a person wrote it, we learn which case it belongs
//! to, what it asks for and what we sold. The policy judges, and the outcome is recorded in one transaction, the reply
//! included. Another hand sends what was recorded, and a last one looks for cases that have fallen silent.

mod answer;
mod desk;
mod gate;
mod letters;
mod look_up;
mod settle;
mod thread;

pub use desk::{Desk, policy};
pub use gate::Gate;
pub use letters::Letters;
