//! A parsed message that may be dropped whatever its depth.

use std::ops::Deref;

use mail_parser::{Message, PartType};

/// Messages may be nested some hundred thousand deep, and dropping such a value recursively would overflow the stack.
pub(super) struct Parsed<'x>(pub(super) Message<'x>);

impl<'x> Deref for Parsed<'x> {
    type Target = Message<'x>;

    fn deref(&self) -> &Message<'x> {
        &self.0
    }
}

impl Drop for Parsed<'_> {
    fn drop(&mut self) {
        let mut waiting = vec![std::mem::take(&mut self.0)];
        while let Some(mut message) = waiting.pop() {
            for part in &mut message.parts {
                if let PartType::Message(inner) = &mut part.body {
                    waiting.push(std::mem::take(inner));
                }
            }
        }
    }
}
