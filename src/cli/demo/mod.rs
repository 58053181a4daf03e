//! The sandbox that a newcomer runs first: sample orders and sample mail, and the real daemon over them.

pub mod sample;
