//! The words of a body by who said them and when: new words, signature, earlier mail, and what is passed on.
//!
//! Every word lands in exactly one of the four. When in doubt a word is new: a signature that is read as a sentence does
//! less harm than a sentence that is not read.

mod boundary;
mod labels;
mod own;
mod signature;
mod signature_words;
#[cfg(test)]
mod tests;

pub(super) use own::Own;

use super::Words;
use super::body::{Attached, Body, Line, Mark};
use boundary::{Boundary, Kind};
use signature::Author;

/// A forwarded message that forwards a message: how often that is followed.
const MAX_DEPTH: usize = 12;

/// What has to be known of a message to sort its words.
pub(super) struct Context<'a> {
    pub(super) subject: &'a str,
    /// The sender's name and address, as far as known.
    pub(super) author: &'a str,
    pub(super) own: &'a Own,
}

/// The words of a body and of the messages attached to it.
pub(super) fn of(body: &Body, context: &Context<'_>) -> Words {
    let mut sorter = Sorter::default();
    sorter.sort(&body.lines, context, 0);
    for attached in &body.messages {
        sorter.add_attached(attached, context.own, 0);
    }
    sorter.finish()
}

#[derive(Default)]
struct Sorter {
    new: Vec<String>,
    signature: Vec<String>,
    quoted: Vec<String>,
    forwarded: Vec<String>,
}

impl Sorter {
    fn finish(self) -> Words {
        let text = |lines: &[String]| joined(lines);
        Words {
            new_text: text(&self.new),
            signature: text(&self.signature),
            quoted: text(&self.quoted),
            forwarded: text(&self.forwarded),
        }
    }

    fn sort(&mut self, lines: &[Line], context: &Context<'_>, depth: usize) {
        let mut written = Written::default();
        let mut at = 0;
        let mut earlier = None;
        while let Some(line) = lines.get(at) {
            let rest = lines.get(at..).unwrap_or_default();
            if line.mark == Mark::Foreign {
                earlier = Some(earlier_mail(rest));
                break;
            }
            if line.mark == Mark::Signature {
                written.signed.push(line.text.clone());
                at += 1;
                continue;
            }
            if line.text.starts_with('>') {
                at += self.add_quote(rest, context, depth);
                written.end_segment();
                continue;
            }
            match boundary::at(rest).filter(|found| is_boundary(found, &written, context)) {
                Some(boundary) if is_prefixed(rest, &boundary) => {
                    at += self.add_prefixed(rest, &boundary, context, depth);
                    written.end_segment();
                }
                Some(boundary) if boundary.runs_to_end() => {
                    earlier = Some((rest, boundary));
                    break;
                }
                _ => {
                    written.push(&line.text);
                    at += 1;
                }
            }
        }
        self.add_written(written, context, earlier.is_none());
        if let Some((rest, boundary)) = earlier {
            self.pass_on(rest, &boundary, context, depth);
        }
    }

    /// Lines that the sender wrote, their signature taken off. What is marked as signature is new where nothing else is:
    /// mail programs put the cursor into it.
    fn add_written(&mut self, written: Written, context: &Context<'_>, is_all: bool) {
        let author = Author::of(context.author);
        let (mut segments, signed) = written.done();
        if segments.is_empty() && is_all && self.quoted.is_empty() && self.forwarded.is_empty() {
            segments.push(signed);
        } else {
            self.signature.extend(signed);
        }
        let last = segments.len().saturating_sub(1);
        for (position, lines) in segments.into_iter().enumerate() {
            let (written, signature) = signature::taken_off(lines, &author, position == last);
            add(&mut self.new, written);
            add(&mut self.signature, signature);
        }
    }

    /// A run of lines behind `>`. Some programs put a forwarded message behind `>` too.
    fn add_quote(&mut self, rest: &[Line], context: &Context<'_>, depth: usize) -> usize {
        let length =
            rest.iter().take_while(|line| line.text.starts_with('>') && line.mark == Mark::Written).count().max(1);
        let quote = rest.get(..length).unwrap_or_default();
        let inner: Vec<Line> = quote.iter().map(|line| Line::written(without_prefix(&line.text))).collect();
        let begins = inner.iter().position(|line| !line.text.trim().is_empty()).unwrap_or_default();
        let inner = inner.get(begins..).unwrap_or_default();
        match boundary::at(inner).filter(|found| self.is_passed_on(found, context)) {
            Some(boundary) => self.pass_on(inner, &boundary, context, depth),
            None => add(&mut self.quoted, quote.iter().map(|line| line.text.clone()).collect()),
        }
        length
    }

    /// The head of earlier mail whose lines follow behind `>`.
    fn add_prefixed(&mut self, rest: &[Line], boundary: &Boundary, context: &Context<'_>, depth: usize) -> usize {
        let head = rest.get(..boundary.head).unwrap_or_default();
        if !self.is_passed_on(boundary, context) {
            add(&mut self.quoted, head.iter().map(|line| line.text.clone()).collect());
            return boundary.head.max(1);
        }
        let body = rest.get(boundary.head..).unwrap_or_default();
        let is_of_it = |line: &&Line| line.text.starts_with('>') || line.text.trim().is_empty();
        let length = boundary.head + body.iter().take_while(is_of_it).count();
        let whole = rest.get(..length).unwrap_or_default();
        let inner: Vec<Line> = whole.iter().map(|line| Line::written(without_prefix(&line.text))).collect();
        self.pass_on(&inner, boundary, context, depth);
        length.max(1)
    }

    /// All that follows a boundary: somebody else's words, passed on or merely repeated.
    fn pass_on(&mut self, lines: &[Line], boundary: &Boundary, context: &Context<'_>, depth: usize) {
        if depth >= MAX_DEPTH || !self.is_passed_on(boundary, context) {
            add(&mut self.quoted, lines.iter().map(|line| line.text.clone()).collect());
            return;
        }
        let head = lines.get(..boundary.head).unwrap_or_default();
        let mut inner = Sorter::default();
        let inner_context = Context { subject: &boundary.subject, author: &boundary.from, own: context.own };
        inner.sort(lines.get(boundary.head..).unwrap_or_default(), &inner_context, depth + 1);
        add(&mut self.forwarded, head.iter().map(|line| line.text.clone()).collect());
        self.add_forwarded(inner);
    }

    fn add_forwarded(&mut self, inner: Sorter) {
        add(&mut self.forwarded, inner.new);
        add(&mut self.forwarded, inner.forwarded);
        add(&mut self.quoted, inner.quoted);
        add(&mut self.signature, inner.signature);
    }

    /// Forwarded on purpose, and not a mail of ours that comes back.
    fn is_passed_on(&self, boundary: &Boundary, context: &Context<'_>) -> bool {
        let is_forward = match boundary.kind {
            Kind::Forwarded => true,
            Kind::Original | Kind::HeaderBlock => labels::is_forward(context.subject),
            Kind::Attribution | Kind::WeakAttribution | Kind::ReplyAbove => false,
        };
        is_forward && !context.own.wrote(&boundary.from)
    }

    fn add_attached(&mut self, attached: &Attached, own: &Own, depth: usize) {
        let sender = attached.fields.sender();
        let author = format!("{} <{}>", sender.name.unwrap_or_default(), sender.address);
        let subject = attached.fields.subject();
        let head = vec![format!("From: {author}"), format!("Subject: {subject}")];
        let mut inner = Sorter::default();
        inner.sort(&attached.body.lines, &Context { subject, author: &author, own }, 0);
        if own.wrote(&author) {
            add(&mut self.quoted, head);
            [inner.new, inner.forwarded, inner.quoted, inner.signature]
                .into_iter()
                .for_each(|lines| add(&mut self.quoted, lines));
        } else {
            add(&mut self.forwarded, head);
            self.add_forwarded(inner);
        }
        if depth < MAX_DEPTH {
            attached.body.messages.iter().for_each(|message| self.add_attached(message, own, depth + 1));
        }
    }
}

/// Earlier mail from a mark of the markup on: its lines, and what its head says.
fn earlier_mail(rest: &[Line]) -> (&[Line], Boundary) {
    let begins = rest.iter().position(|line| !line.text.trim().is_empty()).unwrap_or(rest.len());
    let rest = rest.get(begins..).unwrap_or_default();
    (rest, boundary::at(rest).unwrap_or_default())
}

/// Whether the lines of the earlier mail stand behind `>`: then what has no `>` is new again.
fn is_prefixed(rest: &[Line], boundary: &Boundary) -> bool {
    let body = rest.get(boundary.head..).unwrap_or_default();
    body.iter().find(|line| !line.text.trim().is_empty()).is_some_and(|line| line.text.starts_with('>'))
}

/// Whether a found boundary is one here. Header fields that nothing announces, at the very top of a mail that neither
/// answers nor forwards, are a writer's own memo; a help desk's mark at the very top stands above the desk's own words.
fn is_boundary(boundary: &Boundary, written: &Written, context: &Context<'_>) -> bool {
    match boundary.kind {
        Kind::HeaderBlock if !written.has_words => {
            labels::is_forward(context.subject) || labels::is_reply(context.subject)
        }
        Kind::ReplyAbove => written.has_words,
        _ => true,
    }
}

/// What the sender wrote: runs of lines between quotes, and lines that the markup calls a signature.
#[derive(Default)]
struct Written {
    ended: Vec<Vec<String>>,
    current: Vec<String>,
    signed: Vec<String>,
    /// Whether there is more than blank lines and lines that look like header fields.
    has_words: bool,
}

impl Written {
    fn push(&mut self, line: &str) {
        self.has_words |= !line.trim().is_empty() && labels::label(line).is_none();
        self.current.push(line.to_owned());
    }

    fn end_segment(&mut self) {
        let lines = std::mem::take(&mut self.current);
        if lines.iter().any(|line| !line.trim().is_empty()) {
            self.ended.push(lines);
        }
    }

    fn done(mut self) -> (Vec<Vec<String>>, Vec<String>) {
        self.end_segment();
        (self.ended, self.signed)
    }
}

/// Adds lines as a block of their own.
fn add(to: &mut Vec<String>, lines: Vec<String>) {
    if lines.iter().all(|line| line.trim().is_empty()) {
        return;
    }
    if !to.is_empty() {
        to.push(String::new());
    }
    to.extend(lines);
}

/// One level of quoting less.
fn without_prefix(line: &str) -> &str {
    let inner = line.strip_prefix('>').unwrap_or(line);
    inner.strip_prefix(' ').unwrap_or(inner)
}

/// Lines as text: no blank lines at the ends, one in a row between.
fn joined(lines: &[String]) -> String {
    let mut text = String::new();
    let mut has_gap = false;
    for line in lines {
        if line.trim().is_empty() {
            has_gap = !text.is_empty();
            continue;
        }
        if !text.is_empty() {
            text.push_str(if has_gap { "\n\n" } else { "\n" });
        }
        text.push_str(line);
        has_gap = false;
    }
    text
}
