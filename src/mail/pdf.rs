//! The text of a PDF, laid out as it is seen: one line a line, the cells of a row separated by tabs.
//!
//! lopdf reads the file and decodes its fonts; its own text extraction glues lines together that are placed one by one,
//! as invoices and packing slips do, so the places are followed here (PDF 32000-1, section 9.4).

use std::collections::BTreeMap;
use std::panic::catch_unwind;

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Encoding, Object, ObjectId};

use super::pdf_limits::load;

const MAX_BYTES: usize = 5_000_000;
const MAX_PAGES: usize = 50;
const MAX_TEXT: usize = 200_000;
/// What the content of one page may grow to: each operator of it takes hundreds of bytes.
const MAX_CONTENT: usize = 1_000_000;
/// Fonts that are read of one page.
const MAX_FONTS: usize = 40;
/// What the table may grow to that makes characters of a font's codes.
const MAX_TABLE: usize = 200_000;
/// Widths that are read of one font.
const MAX_WIDTHS: usize = 0x1_0000;
/// What is read of one string; nobody sets more of a line in one go.
const MAX_STRING: usize = 4_000;
/// The width of a character where the font does not tell, in thousandths of its size.
const USUAL_WIDTH: f32 = 500.0;

/// The text of the first pages. `None` where the file is damaged, encrypted, too large or holds no text (a scan).
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    // damaged files are the rule in a support mailbox, and the parser is large
    let text = catch_unwind(|| {
        let document = load(bytes)?;
        let mut text = String::new();
        for page in document.page_iter().take(MAX_PAGES) {
            // a page that cannot be read does not hide the others
            text.push_str(&page_text(&document, page).unwrap_or_default());
            if text.len() > MAX_TEXT {
                break;
            }
        }
        Some(text)
    });
    text.ok()?.filter(|text| !text.trim().is_empty())
}

fn page_text(document: &Document, page: ObjectId) -> lopdf::Result<String> {
    let fonts = document.get_page_fonts(page)?;
    let fonts = fonts.into_iter().take(MAX_FONTS);
    let fonts = fonts.filter_map(|(name, font)| Some((name, Font::of(document, font)?))).collect();
    let content = Content::decode(&document.get_page_content_with_limit(page, MAX_CONTENT)?)?;
    let mut writer = Writer::new(fonts);
    content.operations.iter().for_each(|operation| writer.perform(operation));
    Ok(lines(writer.runs))
}

struct Font<'a> {
    encoding: Encoding<'a>,
    /// Width of a character code, in thousandths of the font's size.
    widths: BTreeMap<u32, f32>,
    missing_width: Option<f32>,
    bytes_a_code: usize,
}

impl<'a> Font<'a> {
    fn of(document: &'a Document, font: &'a Dictionary) -> Option<Font<'a>> {
        let encoding = font.get_font_encoding_with_limit(document, MAX_TABLE).ok()?;
        let descendants = font.get_deref(b"DescendantFonts", document).and_then(Object::as_array);
        let Ok(descendants) = descendants else {
            return Some(Font {
                encoding,
                widths: simple_widths(document, font),
                missing_width: None,
                bytes_a_code: 1,
            });
        };
        let descendant = descendants.first().and_then(|font| document.dereference(font).ok());
        let descendant = descendant.and_then(|(_, font)| font.as_dict().ok());
        let default = descendant.and_then(|font| font.get_deref(b"DW", document).and_then(Object::as_float).ok());
        let widths = descendant.map(|font| composite_widths(document, font)).unwrap_or_default();
        Some(Font { encoding, widths, missing_width: Some(default.unwrap_or(1000.0)), bytes_a_code: 2 })
    }

    fn width(&self, code: &[u8]) -> f32 {
        let code = code.iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
        self.widths.get(&code).copied().or(self.missing_width).unwrap_or(USUAL_WIDTH)
    }
}

/// Widths of a simple font: an array from FirstChar on (section 9.6.2).
fn simple_widths(document: &Document, font: &Dictionary) -> BTreeMap<u32, f32> {
    let first = font.get_deref(b"FirstChar", document).and_then(Object::as_i64).unwrap_or_default();
    let widths = font.get_deref(b"Widths", document).and_then(Object::as_array);
    let widths = widths.into_iter().flatten().map(|width| number(document, width));
    (u32::try_from(first).unwrap_or_default()..=255)
        .zip(widths)
        .filter_map(|(code, width)| Some((code, width?)))
        .collect()
}

/// Widths of a composite font: `c [w1 w2 ...]` and `first last w` (section 9.7.4.3).
fn composite_widths(document: &Document, font: &Dictionary) -> BTreeMap<u32, f32> {
    let mut widths = BTreeMap::new();
    let entries = font.get_deref(b"W", document).and_then(Object::as_array);
    let mut entries =
        entries.into_iter().flatten().filter_map(|entry| document.dereference(entry).ok()).map(|(_, entry)| entry);
    let mut told = 0;
    while let (Some(first), Some(next)) = (entries.next(), entries.next()) {
        let Some(first) = first.as_i64().ok().and_then(|code| u32::try_from(code).ok()) else {
            break;
        };
        let listed = next.as_array().ok();
        let last = next.as_i64().ok().and_then(|code| u32::try_from(code).ok()).unwrap_or(first).min(0xffff);
        told += listed.map_or(1 + last.saturating_sub(first) as usize, Vec::len);
        if told > MAX_WIDTHS {
            break;
        }
        if let Some(listed) = listed {
            let listed = listed.iter().map(|width| number(document, width));
            widths.extend((first..=0xffff).zip(listed).filter_map(|(code, width)| Some((code, width?))));
            continue;
        }
        let Some(width) = entries.next().and_then(|width| number(document, width)) else {
            break;
        };
        widths.extend((first..=last).map(|code| (code, width)));
    }
    widths
}

fn number(document: &Document, object: &Object) -> Option<f32> {
    document.dereference(object).ok()?.1.as_float().ok()
}

/// A transformation (section 8.3.4): `[a b c d e f]`.
#[derive(Clone, Copy)]
struct Matrix([f32; 6]);

impl Matrix {
    const UNIT: Matrix = Matrix([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    fn shift(x: f32, y: f32) -> Matrix {
        Matrix([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// First this, then the other.
    fn then(self, other: Matrix) -> Matrix {
        let [a, b, c, d, e, f] = self.0;
        let [oa, ob, oc, od, oe, of] = other.0;
        Matrix([
            a * oa + b * oc,
            a * ob + b * od,
            c * oa + d * oc,
            c * ob + d * od,
            e * oa + f * oc + oe,
            e * ob + f * od + of,
        ])
    }

    fn apply(self, x: f32, y: f32) -> (f32, f32) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }
}

/// A piece of text and its place on the page.
struct Run {
    text: String,
    x: f32,
    end: f32,
    y: f32,
    size: f32,
}

/// Follows the operators that place and show text.
struct Writer<'a> {
    fonts: BTreeMap<Vec<u8>, Font<'a>>,
    font: Vec<u8>,
    size: f32,
    leading: f32,
    character_space: f32,
    word_space: f32,
    page: Matrix,
    saved: Vec<Matrix>,
    line: Matrix,
    text: Matrix,
    runs: Vec<Run>,
    /// Bytes of the runs.
    length: usize,
}

impl<'a> Writer<'a> {
    fn new(fonts: BTreeMap<Vec<u8>, Font<'a>>) -> Writer<'a> {
        Writer {
            fonts,
            font: Vec::new(),
            size: 1.0,
            leading: 0.0,
            character_space: 0.0,
            word_space: 0.0,
            page: Matrix::UNIT,
            saved: Vec::new(),
            line: Matrix::UNIT,
            text: Matrix::UNIT,
            runs: Vec::new(),
            length: 0,
        }
    }

    fn perform(&mut self, operation: &Operation) {
        let operands = operation.operands.as_slice();
        let value =
            |position: usize| operands.get(position).and_then(|operand| operand.as_float().ok()).unwrap_or_default();
        let matrix = || Matrix([value(0), value(1), value(2), value(3), value(4), value(5)]);
        match operation.operator.as_str() {
            "q" if self.saved.len() < 1_000 => self.saved.push(self.page),
            "Q" => self.page = self.saved.pop().unwrap_or(self.page),
            "cm" => self.page = matrix().then(self.page),
            "BT" => self.set_line(Matrix::UNIT),
            "Tf" => {
                self.font = operands.first().and_then(|name| name.as_name().ok()).unwrap_or_default().to_vec();
                self.size = value(1);
            }
            "TL" => self.leading = value(0),
            "Tc" => self.character_space = value(0),
            "Tw" => self.word_space = value(0),
            "Tm" => self.set_line(matrix()),
            "Td" => self.move_line(value(0), value(1)),
            "TD" => {
                self.leading = -value(1);
                self.move_line(value(0), value(1));
            }
            "T*" => self.move_line(0.0, -self.leading),
            "Tj" | "TJ" => self.show(operands),
            "'" => {
                self.move_line(0.0, -self.leading);
                self.show(operands);
            }
            "\"" => {
                (self.word_space, self.character_space) = (value(0), value(1));
                self.move_line(0.0, -self.leading);
                self.show(operands.get(2..).unwrap_or_default());
            }
            _ => {}
        }
    }

    fn set_line(&mut self, matrix: Matrix) {
        (self.line, self.text) = (matrix, matrix);
    }

    fn move_line(&mut self, x: f32, y: f32) {
        self.set_line(Matrix::shift(x, y).then(self.line));
    }

    fn show(&mut self, operands: &[Object]) {
        for operand in operands {
            match operand {
                Object::String(bytes, _) => self.show_string(bytes),
                Object::Array(pieces) => pieces.iter().for_each(|piece| match (piece, piece.as_float()) {
                    (Object::String(bytes, _), _) => self.show_string(bytes),
                    (_, Ok(back)) => self.advance(-back / 1000.0 * self.size),
                    _ => {}
                }),
                _ => {}
            }
        }
    }

    fn show_string(&mut self, bytes: &[u8]) {
        let Some(font) = self.fonts.get(&self.font).filter(|_| self.length <= MAX_TEXT) else {
            return;
        };
        let bytes = bytes.get(..MAX_STRING).unwrap_or(bytes);
        let text = font.encoding.bytes_to_string(bytes).unwrap_or_default();
        let codes = bytes.chunks(font.bytes_a_code);
        let spaces = if font.bytes_a_code == 1 { bytes.iter().filter(|byte| **byte == b' ').count() } else { 0 };
        let width = codes.clone().map(|code| font.width(code)).sum::<f32>() / 1000.0 * self.size
            + codes.len() as f32 * self.character_space
            + spaces as f32 * self.word_space;
        let place = self.text.then(self.page);
        let (x, y) = place.apply(0.0, 0.0);
        let (end, _) = place.apply(width, 0.0);
        let (_, top) = place.apply(0.0, self.size);
        if !text.is_empty() {
            self.length += text.len();
            self.runs.push(Run { text, x, end, y, size: (top - y).abs() });
        }
        self.advance(width);
    }

    fn advance(&mut self, width: f32) {
        self.text = Matrix::shift(width, 0.0).then(self.text);
    }
}

/// The runs of a page from top to bottom, those at one height from left to right.
fn lines(mut runs: Vec<Run>) -> String {
    runs.sort_by(|one, other| other.y.total_cmp(&one.y));
    let mut text = String::new();
    let mut line: Vec<Run> = Vec::new();
    for run in runs {
        if line.first().is_some_and(|first| first.y - run.y > 0.4 * first.size.max(run.size)) {
            add_line(&mut text, std::mem::take(&mut line));
        }
        line.push(run);
    }
    add_line(&mut text, line);
    text
}

fn add_line(text: &mut String, mut runs: Vec<Run>) {
    runs.sort_by(|one, other| one.x.total_cmp(&other.x));
    let mut previous: Option<Run> = None;
    for run in runs {
        if let Some(before) = &previous {
            let gap = run.x - before.end;
            let is_bold_by_printing_twice = before.text == run.text && run.x - before.x < 0.2 * run.size;
            if is_bold_by_printing_twice {
                continue;
            }
            if gap > run.size {
                text.push('\t');
            } else if gap > 0.15 * run.size && !text.ends_with(' ') && !run.text.starts_with(' ') {
                text.push(' ');
            }
        }
        text.push_str(&run.text);
        previous = Some(run);
    }
    text.push('\n');
}
