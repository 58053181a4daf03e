//! How much lopdf may make of a stranger's file. It bounds what one stream grows to; bounded here are all streams together,
//! what the objects weigh, and how often the same bytes are read.
//!
//! The file is loaded through a filter that sees each object. It cannot stop lopdf but by unwinding.

use std::cell::Cell;
use std::panic::resume_unwind;

use lopdf::{Document, LoadOptions, Object, ObjectId, Stream};

/// What one stream may grow to.
const MAX_STREAM: usize = 2_000_000;
/// What the streams may grow to that lopdf reads while it loads a file.
const MAX_STREAMS: usize = 40_000_000;
/// What is made of a file, in bytes read and held.
const MAX_WORK: usize = 50_000_000;
/// What an object weighs, whatever it holds.
const WEIGHT: usize = 64;

thread_local! {
    /// What may still be made of the file that is being loaded, and its length: lopdf takes no filter that holds anything.
    static LEFT: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// The document. `None` where it is damaged, encrypted or beyond the limits; unwinds where it goes beyond them on the way.
///
/// What is encrypted lopdf loads in another way, past the filter.
pub(super) fn load(bytes: &[u8]) -> Option<Document> {
    if has_name(bytes, b"Encrypt") {
        return None;
    }
    let read_eagerly = occurrences(bytes, b"stream") / 2 + occurrences(bytes, b"trailer") + 1;
    let options = |force_reconstruct: bool| LoadOptions {
        max_decompressed_size: Some(MAX_STREAM.min(MAX_STREAMS / read_eagerly)),
        filter: Some(weigh),
        force_reconstruct,
        ..LoadOptions::default()
    };
    LEFT.set((MAX_WORK, bytes.len()));
    let document = Document::load_mem_with_options(bytes, options(false)).ok()?;
    if document.page_iter().next().is_some() {
        return Some(document);
    }
    Document::load_mem_with_options(bytes, options(true)).ok()
}

/// Keeps an object, and charges for it. Objects within a stream are kept where each ends before the next begins.
fn weigh(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    let (_, length) = LEFT.get();
    charge(weight(object));
    if let Object::Stream(stream) = &object {
        // lopdf reads an object anew for each stream that it tells the length of
        charge(if matches!(stream.dict.get(b"Length"), Ok(Object::Reference(_))) { length } else { 0 });
        if stream.dict.has_type(b"ObjStm") && !holds_sound_objects(stream) {
            return None;
        }
    }
    Some((id, object.clone()))
}

fn charge(work: usize) {
    let (left, length) = LEFT.get();
    match left.checked_sub(work) {
        Some(left) => LEFT.set((left, length)),
        None => resume_unwind(Box::new("more is made of a file than may be")),
    }
}

fn weight(object: &Object) -> usize {
    let dictionary =
        |entries: &lopdf::Dictionary| entries.iter().map(|(name, value)| name.len() + WEIGHT + weight(value)).sum();
    let held = match object {
        Object::Name(bytes) | Object::String(bytes, _) => bytes.len(),
        Object::Array(objects) => objects.iter().map(weight).sum(),
        Object::Dictionary(entries) => dictionary(entries),
        Object::Stream(stream) => stream.content.len() + dictionary(&stream.dict),
        Object::Null | Object::Boolean(_) | Object::Integer(_) | Object::Real(_) | Object::Reference(_) => 0,
    };
    WEIGHT + held
}

/// Whether the objects in a stream (PDF 32000-1, section 7.5.7) stand one behind the other.
fn holds_sound_objects(stream: &Stream) -> bool {
    let Ok(content) = stream.get_plain_content_with_limit(MAX_STREAM) else { return false };
    charge(content.len());
    let first = stream.dict.get(b"First").and_then(Object::as_i64).ok().and_then(|first| usize::try_from(first).ok());
    let Some((index, objects)) = first.and_then(|first| content.split_at_checked(first)) else { return false };
    let index = String::from_utf8_lossy(index);
    let numbers = index.split_ascii_whitespace().map(str::parse);
    let Ok(numbers) = numbers.collect::<Result<Vec<usize>, _>>() else { return false };
    let mut starts: Vec<usize> = numbers.into_iter().skip(1).step_by(2).collect();
    starts.push(objects.len());
    starts.windows(2).all(|pair| match pair {
        [start, end] => objects.get(*start..*end).is_some_and(is_whole),
        _ => false,
    })
}

/// Whether what these bytes open they close, and something but blanks stands first.
fn is_whole(object: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut strings = 0_usize;
    let mut rest = object.trim_ascii_start();
    if rest.first().is_none_or(|first| *first == b'%') {
        return false;
    }
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'\\' if strings > 0 => rest = after.split_first().map_or(after, |(_, behind)| behind),
            b'(' => strings += 1,
            b')' => strings = strings.saturating_sub(1),
            _ if strings > 0 => {}
            b'[' | b'<' => depth += 1,
            b']' | b'>' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth == 0 && strings == 0
}

fn occurrences(bytes: &[u8], word: &[u8]) -> usize {
    bytes.windows(word.len()).filter(|found| *found == word).count()
}

/// Whether the name occurs, its characters perhaps written by their codes (section 7.3.5).
fn has_name(bytes: &[u8], name: &[u8]) -> bool {
    let is_at = |mut rest: &[u8]| {
        name.iter().all(|wanted| match rest {
            [b'#', high, low, after @ ..] => {
                rest = after;
                std::str::from_utf8(&[*high, *low]).is_ok_and(|code| u8::from_str_radix(code, 16) == Ok(*wanted))
            }
            [byte, after @ ..] => {
                rest = after;
                byte == wanted
            }
            [] => false,
        })
    };
    let slashes = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    slashes.filter_map(|(at, _)| bytes.get(at + 1..)).any(is_at)
}
