//! A parsed message that may be dropped whatever its depth.

use std::ops::Deref;
use std::panic::catch_unwind;

use mail_parser::{Message, MessageParser, PartType};

use super::Defect;
use super::header::end_of_header;
use super::mime_limits::{self, MAX_HEADER};

/// Messages may be nested some hundred thousand deep, and dropping such a value recursively would overflow the stack.
pub(super) struct Parsed<'x>(Message<'x>);

impl<'x> Parsed<'x> {
    /// # Errors
    /// Where the message exceeds a limit, where there is no header, or where the parser gives up: it asserts its own
    /// invariants in debug builds, and crossed boundaries break them.
    pub(super) fn of(raw: &'x [u8]) -> Result<Parsed<'x>, Defect> {
        mime_limits::check(raw).map_err(Defect::TooLarge)?;
        catch_unwind(|| MessageParser::default().parse(raw)).ok().flatten().map(Parsed).ok_or(Defect::Garbled)
    }

    /// The header alone; of one that is too long its beginning.
    pub(super) fn header_of(raw: &'x [u8]) -> Option<Parsed<'x>> {
        let raw = raw.get(..end_of_header(raw).min(MAX_HEADER)).unwrap_or(raw);
        catch_unwind(|| MessageParser::default().parse_headers(raw)).ok().flatten().map(Parsed)
    }
}

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
