//! The body of a message as its sender laid it out, for staff to look at.

use mail_parser::{Message, PartType};

use super::body::{is_body, text_of};
use super::sanitised::{as_written, sanitised};

/// Of all parts together; what follows is not shown.
const MAX_BODY: usize = 2_000_000;

/// The parts that a mail program shows one below the other, [`sanitised`]. `None` where none of them is HTML.
pub(super) fn laid_out(message: &Message<'_>) -> Option<String> {
    let mut room = MAX_BODY;
    let mut has_html = false;
    let mut written = String::new();
    for (id, part) in message.html_body.iter().filter_map(|id| Some((*id, message.parts.get(*id as usize)?))) {
        let Some(left) = room.checked_sub(part.len()).filter(|_| is_body(part, id)) else { continue };
        room = left;
        let shown = match &part.body {
            PartType::Html(_) => sanitised(&text_of(message, part)),
            PartType::Text(_) => as_written(&text_of(message, part)),
            _ => continue,
        };
        has_html |= matches!(part.body, PartType::Html(_));
        written.push_str(&shown);
    }
    has_html.then_some(written)
}
