//! From a customer's words to a claim: what it is about, which units, why, and what is wished for.

mod claim;
pub mod catalogue;
pub mod knowledge;
pub mod lexicon;
pub mod numbers;
pub mod reading;
pub mod resolution;
mod said;
pub mod text;

pub use claim::{About, Evidence, Facts, Item, Number, Place, Reason, Said, Signal, Told, Wish};
