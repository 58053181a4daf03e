//! The label for the box, read back from the page that is printed: by scanners, by people, and out of the letter.

use std::path::PathBuf;
use std::process::Command;

use jiff::civil::date;
use mail_parser::{MessageParser, MimeHeaders};
use rmad::mail::Mailbox;
use rmad::reply::*;
use rxing::BarcodeFormat;
use rxing::helpers::detect_in_luma;
use tempfile::TempDir;

use super::replies::samples;

const NUMBER: &str = "RMA-1000017";

#[test]
fn both_codes_are_read_from_the_page() {
    let longest = "NORTHWIND/RETURNS-26.1000000000017";
    for (number, dots_an_inch) in [(NUMBER, 150), (NUMBER, 300), (longest, 150), (longest, 300), ("a_7", 150)] {
        let page = drawn(&samples::vendor(), number, &[samples::switch()]).rendered(dots_an_inch);
        for code in [BarcodeFormat::CODE_128, BarcodeFormat::QR_CODE] {
            assert_eq!(page.scanned(code), number, "{code} at {dots_an_inch} dpi");
        }
    }
}

#[test]
fn every_character_of_ascii_has_its_bars() {
    let characters: Vec<u8> = (b'!'..=b'~').collect();
    for number in characters.chunks(16).map(|chunk| String::from_utf8(chunk.to_vec()).unwrap()) {
        let page = drawn(&samples::vendor(), &number, &[samples::switch()]).rendered(150);
        assert_eq!(page.scanned(BarcodeFormat::CODE_128), number);
    }
}

#[test]
fn people_read_what_the_box_needs() {
    let vendor = Vendor { name: "Müller & Söhne".to_owned(), ..samples::vendor() };
    let words = drawn(&vendor, NUMBER, &[samples::switch(), samples::cables()]).words();
    let unit = samples::switch();
    let mut expected = vec!["Müller & Söhne", "RMA", NUMBER, "Tuesday, 30 June 2026", "outside of the box"];
    expected.extend([unit.title.as_str(), &unit.part_number, unit.serial_number.as_deref().unwrap()]);
    expected.extend(vendor.returns_address.iter().map(String::as_str));
    for line in expected {
        assert!(words.contains(line), "{line} is missing:\n{words}");
    }
    assert!(!words.contains("more units"), "{words}");
}

#[test]
fn a_vendor_without_address_says_how_to_get_it() {
    let vendor = Vendor { returns_address: vec![], ..samples::vendor() };
    let words = drawn(&vendor, NUMBER, &[samples::switch()]).words();
    assert!(words.contains("Reply to our message to get the"), "{words}");
}

#[test]
fn a_long_list_is_counted_to_its_end() {
    for (units, listed, rest) in [(12, 12, ""), (13, 11, "and 2 more units"), (300, 11, "and 289 more units")] {
        let words = drawn(&samples::vendor(), NUMBER, &vec![samples::switch(); units]).words();
        assert_eq!(words.matches(&samples::switch().part_number).count(), listed, "{words}");
        assert_eq!(words.contains("more units"), !rest.is_empty(), "{words}");
        assert!(words.contains(rest), "{words}");
    }
}

/// US Letter is wider than A4 and lower. Few printers leave more than a quarter of an inch blank; one that has the other
/// paper keeps the left edge or the middle.
#[test]
fn either_paper_holds_all_of_it() {
    let long = || "W".repeat(500);
    let vendor = Vendor { name: long(), returns_address: vec![long(); 30], ..samples::vendor() };
    let unit =
        Unit { title: long(), part_number: long(), serial_number: Some(long()), quantity: 1000, ..samples::switch() };
    for (vendor, unit) in [(samples::vendor(), samples::switch()), (vendor, unit)] {
        for units in [1, 12, 60] {
            let (left, top, right, bottom) = drawn(&vendor, NUMBER, &vec![unit.clone(); units]).rendered(72).ink();
            assert!(left >= 27 && right <= 577 && top >= 18 && bottom <= 774, "{left} {top} {right} {bottom}");
        }
    }
}

#[test]
fn no_words_break_the_page() {
    for (typed, shown) in [
        ("Switch (4-port) \\ )(", "Switch (4-port) \\ )("),
        (") Tj ET Q endstream endobj", ") Tj ET Q endstream endobj"),
        ("\0\u{1b}[31m\r\nred\u{2028}line\u{85}", "[31m red line"),
        ("\u{202e}evil\u{200f}", "evil"),
        ("Łódź 深圳市", "Lódz Shen Zhen Shi"),
        ("Kabel für Büro – 5 €", "Kabel für Büro – 5 €"),
        ("Switch \u{1f600}", "Switch grinning"),
        ("\u{10ffff}\u{e000}", "??"),
        ("", NUMBER),
    ] {
        let unit = Unit { title: typed.to_owned(), ..samples::switch() };
        let label = drawn(&samples::vendor(), NUMBER, &[unit]);
        assert!(label.words().contains(shown), "{typed:?}: {}", label.words());
        assert_eq!(label.rendered(150).scanned(BarcodeFormat::QR_CODE), NUMBER);
    }
    let endless = Unit { title: "\u{1f600}(".repeat(50_000), ..samples::switch() };
    let label = drawn(&samples::vendor(), NUMBER, &[endless]);
    assert!(label.pdf.len() < 15_000 && label.words().contains("..."), "{}", label.pdf.len());
}

#[test]
fn the_same_label_is_the_same_bytes_and_few() {
    let units = vec![samples::switch(); 12];
    let pdf = drawn(&samples::vendor(), NUMBER, &units).pdf;
    assert_eq!(pdf, drawn(&samples::vendor(), NUMBER, &units).pdf);
    assert_ne!(pdf, drawn(&samples::vendor(), "RMA-1000026", &units).pdf);
    assert!(pdf.len() < 5_000, "{}", pdf.len());
}

#[test]
fn the_letter_that_issues_an_rma_carries_its_label() {
    let unit = AuthorizedUnit { unit: samples::switch(), ..samples::authorized(Grant::RepairOrReplacement) };
    let letter = samples::rma(vec![unit]);
    let (number, vendor) = (letter.rma_number.clone(), samples::vendor());
    let heading = Heading { vendor: &vendor, case_number: "C-10023", subject: "Broken", sender_name: None };
    let rendered = Reply::RmaIssued(letter).render(&heading).unwrap();
    let raw = compose(&rendered, &addressing()).unwrap();
    assert_eq!(raw, compose(&rendered, &addressing()).unwrap());
    assert!(raw.split(|byte| *byte == b'\n').all(|line| line.len() <= 79 + 1), "a line is too long");
    let read = MessageParser::new().parse(&raw).unwrap();
    assert!(read.body_text(0).unwrap().contains(&number) && read.body_html(0).unwrap().contains(&number));
    assert_eq!(read.attachment_count(), 1);
    let file = read.attachment(0).unwrap();
    assert_eq!(file.attachment_name(), Some(format!("{number}-label.pdf").as_str()));
    assert!(file.content_disposition().unwrap().is_attachment() && file.is_content_type("application", "pdf"));
    let label = Drawn::new(file.contents().to_vec());
    assert_eq!(label.rendered(150).scanned(BarcodeFormat::CODE_128), number);
}

#[test]
fn letters_that_ask_for_a_package_carry_a_label() {
    for (name, reply) in samples::all() {
        let vendor = samples::vendor();
        let heading = Heading { vendor: &vendor, case_number: "C-10023", subject: "Broken", sender_name: None };
        let attached = reply.render(&heading).unwrap().attachments.len();
        let asks = matches!(reply, Reply::RmaIssued(_) | Reply::AdvanceShipped(_) | Reply::RmaExtended(_));
        assert_eq!(attached, usize::from(asks), "{name}");
    }
}

#[test]
fn a_number_that_no_scanner_could_read_is_refused() {
    let vendor = samples::vendor();
    let label = Label { vendor: &vendor, rma_number: "RÜCK-1", last_day: date(2026, 6, 30), units: vec![] };
    assert!(label.pdf().unwrap_err().to_string().contains("`RÜCK-1` has no form in Code 128"));
    let odd = Label { rma_number: "../R \"1\"\r\n;", ..label };
    assert_eq!(odd.file_name(), "---R--1-----label.pdf");
}

/// A label as a file on the disk.
struct Drawn {
    pdf: Vec<u8>,
    directory: TempDir,
}

fn drawn(vendor: &Vendor, rma_number: &str, units: &[Unit]) -> Drawn {
    let label = Label { vendor, rma_number, last_day: date(2026, 6, 30), units: units.iter().collect() };
    Drawn::new(label.pdf().unwrap())
}

impl Drawn {
    fn new(pdf: Vec<u8>) -> Drawn {
        let directory = TempDir::new().unwrap();
        std::fs::write(directory.path().join("label.pdf"), &pdf).unwrap();
        Drawn { pdf, directory }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("label.pdf")
    }

    /// The words, laid out as they stand on the page.
    fn words(&self) -> String {
        let text = output(Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(self.path()).arg("-"));
        String::from_utf8(text).unwrap()
    }

    fn rendered(&self, dots_an_inch: u32) -> Page {
        let resolution = dots_an_inch.to_string();
        let picture = output(Command::new("pdftoppm").args(["-gray", "-r", &resolution]).arg(self.path()));
        Page::of(&picture)
    }
}

/// What a program of poppler's writes; a page that it complains of is not valid.
fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{command:?}: {complaint}");
    output.stdout
}

/// A page in shades of gray, 0 is black.
struct Page {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Page {
    /// Reads a raw PGM file: `P5`, width, height and the whitest shade as lines, then a byte a pixel.
    fn of(picture: &[u8]) -> Page {
        let mut parts = picture.splitn(4, |byte| *byte == b'\n');
        let mut line = || parts.next().unwrap();
        assert_eq!(line(), b"P5");
        let size = String::from_utf8(line().to_vec()).unwrap();
        let (width, height) = size.split_once(' ').unwrap();
        assert_eq!(line(), b"255");
        let pixels = line().to_vec();
        Page { width: width.parse().unwrap(), height: height.parse().unwrap(), pixels }
    }

    fn scanned(&self, code: BarcodeFormat) -> String {
        let found = detect_in_luma(self.pixels.clone(), self.width, self.height, Some(code)).unwrap();
        found.getText().to_owned()
    }

    /// The box around all that is not white: left, top, right, bottom.
    fn ink(&self) -> (usize, usize, usize, usize) {
        let width = self.width as usize;
        let dark = || (0..self.pixels.len()).filter(|place| self.pixels[*place] < 250);
        let (columns, rows) = (|| dark().map(|place| place % width), || dark().map(|place| place / width));
        (columns().min().unwrap(), rows().min().unwrap(), columns().max().unwrap(), rows().max().unwrap())
    }
}

fn addressing() -> Addressing {
    let mailbox = |address: &str| Mailbox { address: address.to_owned(), name: None };
    Addressing {
        reply_to: None,
        from: mailbox("support@northwind.example"),
        to: mailbox("tomas@lab.example"),
        reverse_path: "support@northwind.example".to_owned(),
        message_id: "1@northwind.example".to_owned(),
        in_reply_to: None,
        references: vec![],
        auto_submitted: AutoSubmitted::Replied,
        date: "2026-06-15T17:12:00Z".parse().unwrap(),
        loop_mark: "support@northwind.example".to_owned(),
    }
}
