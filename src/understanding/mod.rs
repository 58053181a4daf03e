//! From a customer's words to a claim: what it is about, which units, why, and what is wished for.

mod claim;

pub use claim::{About, Evidence, Facts, Item, Place, Reason, Told, Wish};
