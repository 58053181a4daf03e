//! Messages that are made to take a reader's memory and time: each much larger unpacked, repeated or followed than it is.

use std::fmt::Write;

use super::pdf;

/// What has to become of a message.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// It is put before staff, with its bytes, and the defect says this.
    Quarantined(&'static str),
    /// It is read as far as a person writes, and goes the way of any other.
    Read,
}
use End::{Quarantined, Read};

pub struct Bomb {
    pub name: &'static str,
    pub raw: Vec<u8>,
    pub end: End,
}

pub fn all() -> Vec<Bomb> {
    let bombs = [headers(), structures(), texts(), documents(), charsets(), files()];
    bombs.into_iter().flatten().map(|(name, raw, end)| Bomb { name, raw, end }).collect()
}

type Made = (&'static str, Vec<u8>, End);

fn headers() -> Vec<Made> {
    let long = Quarantined("a header of");
    let results: String = (0..1_000).map(|number| format!("; m{number}=pass")).collect();
    let believed = format!("Authentication-Results: mx.vendor.example{results}\n");
    vec![
        ("one field without an end", with(&format!("X-Long: {}\n", "a".repeat(8_000_000)), "Hello"), long),
        ("fields by the million", with(&"X-A: b\n".repeat(1_000_000), "Hello"), long),
        ("fields without a value", with(&"a:\n".repeat(400_000), "Hello"), long),
        ("a million references", with(&format!("References: {}\n", "<a@b>\n ".repeat(1_000_000)), "Hello"), long),
        ("a hundred thousand senders", with(&format!("Reply-To: a{}\n", ",\n a@b.example".repeat(100_000)), ""), long),
        ("encoded words by the million", with(&format!("Comments: {}\n", "=?u?q?a?=\n ".repeat(1_000_000)), ""), long),
        ("many references", with(&format!("References: {}\n", "<a@b>\n ".repeat(120_000)), "Hello"), Read),
        ("many encoded words", with(&format!("Comments: {}\n", "=?utf-8?q?a?=\n ".repeat(60_000)), "Hello"), Read),
        ("many results of authentication", format!("{}{}", believed.repeat(60), text("Hello")).into_bytes(), Read),
    ]
}

fn structures() -> Vec<Made> {
    let many = Quarantined("fields, parts and addresses");
    let mixed = "Content-Type: multipart/mixed; boundary=b\n";
    let nested = |levels: usize| -> String {
        (0..levels).map(|level| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n")).collect()
    };
    let carried = "--c\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n".repeat(20_000);
    let inner = format!("Subject: in\nContent-Type: multipart/mixed; boundary=c\n\n{carried}");
    let encoded = format!(
        "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{}\n--b--\n",
        base64(inner.as_bytes())
    );
    let quoted = format!("--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n{inner}");
    let unmet = "--b\nContent-Type: multipart/mixed; boundary=zz\n\n".repeat(30_000);
    let parameters = format!("--b\nContent-Type: text/plain{}\n\nx\n--b--\n", ";\n a*='x'y".repeat(3_000));
    vec![
        ("a million parts", with(mixed, &"--b\n\n".repeat(1_000_000)), many),
        ("a part with fields by the million", with(mixed, &format!("--b\n{}\n", "a:\n".repeat(1_000_000))), many),
        ("a million messages", with(mixed, &"--b\nContent-Type: message/rfc822\n\na:\n\n".repeat(150_000)), within()),
        ("multiparts in multiparts", format!("{FROM}{}", nested(500)).into_bytes(), Read),
        ("multiparts in multiparts in multiparts", format!("{FROM}{}", nested(20_000)).into_bytes(), searched()),
        ("multiparts without their borders", with(mixed, &unmet), searched()),
        ("messages in messages", format!("{FROM}{}a:\n\nb\n", RFC822.repeat(50_000)).into_bytes(), within()),
        ("some messages in messages", format!("{FROM}{}a:\n\nb\n", RFC822.repeat(9_000)).into_bytes(), Read),
        ("messages in an encoded message", with(mixed, &encoded), within()),
        ("messages in a quoted message", with(mixed, &quoted), within()),
        ("a part of many parameters", with(mixed, &parameters), Quarantined("tells what a part is")),
    ]
}

fn texts() -> Vec<Made> {
    let lines = |line: &str, times: usize| text(&line.repeat(times)).into_bytes();
    let numbered = |number: &dyn Fn(usize) -> String| text(&(0..20_000).map(number).collect::<String>()).into_bytes();
    let levels: String = (1..1_500).map(|level| format!("{} x\n", ">".repeat(level))).collect();
    let flowed =
        format!("{FROM}Content-Type: text/plain; format=flowed\n\n{}", format!("{} a \n", ">".repeat(900)).repeat(900));
    let disclaimer = "If you are not the intended recipient of this confidential e-mail ".repeat(100) + "\n";
    vec![
        ("megabytes of base64", encoded_text(1_500_000), Read),
        ("nothing but line ends", lines("\n", 1_000_000), Read),
        ("nothing but short lines", lines("x\n", 200_000), Read),
        ("one line", lines("a", 1_500_000), Read),
        ("a quote a million levels deep", text(&format!("Hello\n{} x", ">".repeat(1_000_000))).into_bytes(), Read),
        ("a quote of each level", text(&levels).into_bytes(), Read),
        ("a flowing quote", flowed.into_bytes(), Read),
        ("numbers of units", numbered(&|number| format!("SN{number:06}X ")), Read),
        ("numbers of cases", numbered(&|number| format!("C-{number:05} ")), Read),
        (
            "names of numbers",
            text(&format!("{}1234567", "serial number of the unit ".repeat(20_000))).into_bytes(),
            Read,
        ),
        ("digits", lines("1234567890", 100_000), Read),
        ("numbers in a list", lines("12345/", 50_000), Read),
        ("boxes", lines("[ ] a [x] b ", 20_000), Read),
        ("turns", lines("but ", 50_000), Read),
        ("attributions", lines("On 1/1/2020 12:00 X wrote:\n\n", 10_000), Read),
        ("heads of earlier mail", lines("From: a\nTo: b\nSubject: c\nDate: d\n\n", 10_000), Read),
        ("disclaimers", text(&disclaimer.repeat(100)).into_bytes(), Read),
        ("misspelt words", lines("repiar ", 30_000), Read),
    ]
}

fn documents() -> Vec<Made> {
    let attributes: String = (0..100_000).map(|number| format!(" a{number:x}")).collect();
    let spans = "<tr><td colspan=1000000>a</td><td colspan=999999 rowspan=60000>b</td></tr>".repeat(1_000);
    let rules: String = (0..10_000).map(|rule| format!(".c{rule} {{ display: none }}\n")).collect();
    let search = format!("<style>.no {}i {{ display: none }}</style>{}", "div ".repeat(30), "<div>".repeat(60));
    vec![
        ("elements in elements", html(&"<div>".repeat(150_000)), Read),
        ("a tag of many attributes", html(&format!("<p{attributes}>x</p>")), Read),
        ("cells that span a million columns", html(&format!("<table>{spans}</table>")), Read),
        ("a wide table", html(&format!("<table><tr>{}</tr></table>", "<td>x</td>".repeat(5_000))), Read),
        ("tables in tables", html(&("<table><tr><td>a</td><td>".repeat(100) + "x")), Read),
        (
            "a style sheet of many rules",
            html(&format!("<style>{rules}</style>{}", "<p class=c1>x</p>".repeat(5_000))),
            Read,
        ),
        ("a style that is searched for", html(&(search + &"<i>x</i>".repeat(100))), Read),
        ("entities by the thousand", html(&"&amp;&nosuch;".repeat(4_000)), Read),
        ("formatting that is never closed", html(&("<font color=1>".repeat(300) + &"<p>".repeat(5_000))), Read),
        ("quotes in quotes", html(&("<blockquote>".repeat(400) + &"x<br>".repeat(5_000))), Read),
        ("blank lines", html(&format!("<pre>{}</pre>", "\n".repeat(100_000))), Read),
        ("many documents", with(MIXED, &format!("--b\n{HTML}\n{}\n", "<p>a</p>".repeat(2_000)).repeat(30)), Read),
    ]
}

fn charsets() -> Vec<Made> {
    let of = |charset: &str, unit: &[u8]| {
        let header = format!("{FROM}Content-Type: text/plain; charset={charset}\n\n");
        [header.as_bytes(), &unit.repeat(400_000 / unit.len())].concat()
    };
    vec![
        ("UTF-7", of("utf-7", b"+AGEAYgBj-"), Read),
        ("ISO-2022-JP", of("iso-2022-jp", b"\x1b$B\x1b(B"), Read),
        ("EBCDIC", of("ibm037", b"\xc1"), Read),
        ("halves of UTF-16", of("utf-16", b"\xd8\x00"), Read),
    ]
}

fn files() -> Vec<Made> {
    pdf::all().into_iter().map(|(name, bytes)| (name, attached(&bytes), Read)).collect()
}

const FROM: &str = "From: Eve <eve@elsewhere.example>\nTo: support@vendor.example\nSubject: Hello\n";
const RFC822: &str = "Content-Type: message/rfc822\n\n";
const MIXED: &str = "Content-Type: multipart/mixed; boundary=b\n";
const HTML: &str = "Content-Type: text/html; charset=utf-8\n";

fn within() -> End {
    Quarantined("messages within")
}

fn searched() -> End {
    Quarantined("too many multiparts")
}

/// A message with these further fields.
fn with(fields: &str, body: &str) -> Vec<u8> {
    format!("{FROM}{fields}\n{body}\n").into_bytes()
}

fn text(body: &str) -> String {
    format!("{FROM}Content-Type: text/plain; charset=utf-8\n\n{body}\n")
}

fn html(body: &str) -> Vec<u8> {
    with(HTML, body)
}

fn encoded_text(bytes: usize) -> Vec<u8> {
    let words = "Hello world, this is text. ".repeat(bytes / 27);
    with("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n", &base64(words.as_bytes()))
}

fn attached(file: &[u8]) -> Vec<u8> {
    let part = "--b\nContent-Type: application/pdf; name=order.pdf\nContent-Transfer-Encoding: base64\n";
    with(MIXED, &format!("--b\n\nSee the order.\n{part}\n{}\n--b--\n", base64(file)))
}

/// In lines of 76 characters (RFC 2045, section 6.8).
fn base64(bytes: &[u8]) -> String {
    let mut lines = String::new();
    for line in bytes.chunks(57) {
        writeln!(lines, "{}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, line)).unwrap();
    }
    lines
}
