//! PDF files that are made to take a reader's memory and time.

use std::fmt::Write;

use lopdf::{Dictionary, Stream};

/// By name.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let zeros = packed("", &vec![b'0'; 30_000_000]);
    let pages = format!("/Type /Pages /Kids [{}] /Count 9", "2 0 R ".repeat(100_000));
    let array = format!("[{}]", "0 ".repeat(100_000)).into_bytes();
    let lengths = |number: usize| -> Vec<u8> { format!("<< /Length 3 0 R >>\nstream\n{number}\nendstream").into() };
    let widths = format!("[{}]", "0 65535 500 ".repeat(30_000));
    let table = format!("1 beginbfchar <41> <{}> endbfchar ", "0041".repeat(250));
    vec![
        ("a page that grows", paper(&[zeros], "3 0 R", "")),
        ("a page packed twice", paper(&[packed_twice(&vec![b'0'; 30_000_000])], "3 0 R", "")),
        (
            "one page many times",
            paper(&[packed("", &vec![b' '; 1_900_000])], &format!("[{}]", "3 0 R ".repeat(50_000)), ""),
        ),
        ("an endless tree of pages", file(&[catalog(), dictionary(&pages)])),
        ("objects that hold each other", paper(&[objects_in_objects()], "3 0 R", "")),
        (
            "an object that is read for each length",
            paper(&[vec![array], (0..40).map(lengths).collect()].concat(), "4 0 R", ""),
        ),
        ("widths of all characters, again and again", paper(&[content(), font(&widths, "")], "3 0 R", "4 0 R")),
        (
            "a character of many letters",
            paper(&[letters(), font("[]", "/ToUnicode 5 0 R"), packed("", &table_of(&table))], "3 0 R", "4 0 R"),
        ),
        (
            "many tables of characters",
            paper(
                &[letters(), font("[]", "/ToUnicode 5 0 R"), packed("", &table_of(&table.repeat(900)))],
                "3 0 R",
                "4 0 R",
            ),
        ),
        ("one object at many places", repeated()),
        ("brackets", paper(&[packed("", "[".repeat(1_000_000).as_bytes())], "3 0 R", "")),
        ("operators", paper(&[packed("", "q Q ".repeat(240_000).as_bytes())], "3 0 R", "")),
    ]
}

/// A file of one page: its content and its font are among the objects, the first of which is the third of the file.
fn paper(objects: &[Vec<u8>], content: &str, font: &str) -> Vec<u8> {
    let fonts = if font.is_empty() { String::new() } else { format!("/Resources << /Font << /F1 {font} >> >>") };
    let kids = "/Type /Pages /Kids [<< >>] /Count 1";
    let page = dictionary(&format!("/Type /Page /Contents {content} {fonts}"));
    let number = objects.len() + 3;
    let tree = dictionary(&kids.replace("<< >>", &format!("{number} 0 R")));
    file(&[vec![catalog(), tree], objects.to_vec(), vec![page]].concat())
}

/// PDF 32000-1, section 7.5.
fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.5\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (object, number) in objects.iter().zip(1..) {
        writeln!(table, "{:010} 00000 n ", bytes.len()).unwrap();
        bytes.extend(format!("{number} 0 obj\n").bytes());
        bytes.extend(object);
        bytes.extend(b"\nendobj\n");
    }
    close(bytes, &table, objects.len() + 1)
}

fn close(mut bytes: Vec<u8>, table: &str, size: usize) -> Vec<u8> {
    let start = bytes.len();
    bytes.extend(table.bytes());
    bytes.extend(format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").bytes());
    bytes
}

fn catalog() -> Vec<u8> {
    dictionary("/Type /Catalog /Pages 2 0 R")
}

fn dictionary(entries: &str) -> Vec<u8> {
    format!("<< {entries} >>").into_bytes()
}

fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("<< {entries} /Length {} >>\nstream\n", bytes.len());
    [head.as_bytes(), bytes, b"\nendstream"].concat()
}

fn packed(entries: &str, bytes: &[u8]) -> Vec<u8> {
    stream(&format!("{entries} /Filter /FlateDecode"), &deflated(bytes))
}

fn packed_twice(bytes: &[u8]) -> Vec<u8> {
    stream("/Filter [/FlateDecode /FlateDecode]", &deflated(&deflated(bytes)))
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut stream = Stream::new(Dictionary::new(), bytes.to_vec());
    stream.compress().unwrap();
    stream.content
}

/// Each of the objects is all that follows: an array, of which the index names every place.
fn objects_in_objects() -> Vec<u8> {
    let index: String = (0..20_000).map(|number| format!("{} 0 ", number + 10)).collect();
    let body = format!("{index}[{}]", "0 ".repeat(400_000));
    packed(&format!("/Type /ObjStm /N 20000 /First {}", index.len()), body.as_bytes())
}

fn content() -> Vec<u8> {
    stream("", b"BT /F1 12 Tf 72 720 Td <00410042> Tj ET")
}

fn letters() -> Vec<u8> {
    packed("", format!("BT /F1 12 Tf 72 720 Td ({}) Tj ET", "A".repeat(1_500_000)).as_bytes())
}

fn font(widths: &str, entries: &str) -> Vec<u8> {
    dictionary(&format!(
        "/Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H {entries} \
         /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /W {widths} >>]"
    ))
}

fn table_of(mappings: &str) -> Vec<u8> {
    format!("begincmap 1 begincodespacerange <00> <FF> endcodespacerange {mappings}endcmap end ").into_bytes()
}

/// A table of two hundred thousand objects, all of them one of a megabyte.
fn repeated() -> Vec<u8> {
    let mut bytes = b"%PDF-1.5\n".to_vec();
    let start = bytes.len();
    bytes.extend(b"9 0 obj\n");
    bytes.extend(stream("", &vec![b'x'; 1_000_000]));
    bytes.extend(b"\nendobj\n");
    let entry = format!("{start:010} 00000 n \n");
    close(bytes, &format!("xref\n0 100001\n0000000000 65535 f \n{}", entry.repeat(100_000)), 100_001)
}
