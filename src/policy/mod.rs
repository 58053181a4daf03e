//! The returns policy as a judge: clauses and figures are data (`config/policy.toml`), the rules are functions.

mod judgement;

pub use judgement::{Flag, OutcomeKind};
