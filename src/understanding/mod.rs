//! From a customer's words to a request: what it is about, which units, why, and what is wished for.
//!
//! Deterministic and explainable: every value keeps the words it was read from. [`Reading::of`] reads one message;
//! after one look-up in the order data ([`Knowledge`]), [`Facts::learn`] takes in what it says, and [`resolve`] holds
//! the facts of the case against the sender's own orders.

mod boxes;
mod catalogue;
mod chosen;
mod claim;
mod counted;
mod counts;
mod doubted;
mod either;
mod knowledge;
mod language;
mod lexicon;
mod meant;
mod numbers;
mod reading;
mod resolution;
mod resolved;
mod rows;
mod said;
mod signals;
mod standing;
mod tally;
mod text;
mod unknown;
mod wished;

pub use catalogue::Catalogue;
pub use claim::{
    About, Count, Counted, Evidence, Facts, Item, Number, Place, Reason, Said, Signal, Standing, Told, Wish,
};
pub use knowledge::Knowledge;
pub use numbers::{Candidate, Label};
pub use reading::{Reading, Section};
pub use resolution::resolve;
pub use resolved::{Detail, Misfit, Resolution, Unit};
