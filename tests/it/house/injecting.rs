//! What a stranger puts into the fields of a mail stays what it is: it adds no field to what we write, no line, no markup.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use mail_parser::{MessageParser, MimeHeaders};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};
use rmad::mail::is_invisible;
use rmad::outbox::Outgoing;
use tokio::runtime::Runtime;

use super::{Database, House};

const MAILS: u32 = 120;

/// Pieces of header fields: each tries to end a field, a line, a string, an address or a tag.
const PIECES: &[&str] = &[
    "=?utf-8?Q?a=0D=0ABcc:_all@corp.example=0D=0A?=",
    "=?utf-8?Q?=0D=0A=0D=0A<x-evil>?=",
    "=?utf-8?B?DQpYLUV2aWw6IHllcw0KDQo=?=",
    "=?iso-8859-1?Q?=0A=0D=00=85=1B[31m?=",
    "=?utf-8?Q?=E2=80=A8Bcc:_a@b.example=E2=80=A9=C2=85?=",
    "=?utf-8?Q?=E2=80=AE=E2=81=A6=E2=80=8B=EF=BB=BF?=",
    "=?utf-7?Q?+AA0ACg-X-Evil:_y?=",
    "=?utf-8?Q?unended",
    "\r\n X-Evil: folded",
    "\r\n\tBcc: folded@corp.example",
    "\rX-Evil: bare",
    "\nX-Evil: bare",
    "\0",
    "\u{1b}[2J\u{7}\u{9b}",
    "\u{2028}X-Evil: y\u{2029}\u{85}",
    "\u{202e}\u{2066}\u{200b}\u{200d}\u{ad}\u{e0041}",
    "\"quoted \\\"pair\\\" \\\r\\\n\"",
    "\\",
    "\"",
    "<x-evil onload=alert(1)>",
    "</title></p><x-evil>",
    "'\" x-evil='",
    "&lt;x-evil&gt;",
    "{{ x }}{% raw %}",
    ">, <all@corp.example>, <",
    "; filename=\"b.exe\"",
    "(comment \\) <a@b.example>",
    "--=_rmad",
    "[C-00001]",
    "RMA-1000017",
    "word ",
    " ",
    ",",
    ":",
    "é谢",
];

/// What stands in each field that a sender fills.
#[derive(Debug, Clone)]
struct Fields {
    name: String,
    subject: String,
    message_id: String,
    references: String,
    reply_to: String,
    file_name: String,
    text: String,
}

fn hostile() -> impl Strategy<Value = Fields> {
    let piece =
        prop_oneof![9 => select(PIECES).prop_map(str::to_owned), 1 => "[A-Za-z0-9]{100,1200}", 1 => "\\PC{0,30}"];
    let value = vec(piece, 0..5).prop_map(|pieces| pieces.concat());
    let all = [value.clone(), value.clone(), value.clone(), value.clone(), value.clone(), value.clone(), value];
    all.prop_map(|[name, subject, message_id, references, reply_to, file_name, text]| Fields {
        name,
        subject,
        message_id,
        references,
        reply_to,
        file_name,
        text,
    })
}

impl Fields {
    fn tame() -> Fields {
        let [name, subject, message_id, references, reply_to, file_name, text] =
            ["Ada Marsh", "Broken switch", "1", "0", "Ada", "a.txt", ""].map(str::to_owned);
        Fields { name, subject, message_id, references, reply_to, file_name, text }
    }

    /// A mail with them by this sender.
    fn mail(&self, from: &str, text: &str) -> String {
        let Fields { name, subject, message_id, references, reply_to, file_name, text: typed } = self;
        format!(
            "Received: from mail.customer.example by mx.northwind.example; Mon, 15 Jun 2026 10:00:00 -0700\r\n\
             To: support@northwind.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b1\r\n\
             From: {name} <{from}>\r\nSubject: {subject}\r\nMessage-ID: <{message_id}@customer.example>\r\n\
             References: <{references}@customer.example> <{references}>\r\nReply-To: {reply_to} <{from}>\r\n\r\n\
             --b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text} {typed}\r\n\
             --b1\r\nContent-Type: text/plain; name=\"{file_name}\"\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b1--\r\n"
        )
    }
}

/// What customers with and without an order, and strangers, ask; it ends in a request, an RMA, and a case for staff.
const ASKED: &[(&str, &str)] = &[
    ("ada@customer.example", "Our switch no longer powers on and we need an RMA. Serial number: NWS-24001101."),
    ("ada@customer.example", "Our switch no longer powers on and we need an RMA. The serial number is"),
    ("ben@freemail.example", "I dropped our switch NWS-24002101 and need a repair."),
    ("sam@stranger.example", "Please send me an RMA for invoice"),
];

impl House {
    /// What is written in answer to this mail.
    async fn answers_to(&mut self, mail: String) -> Vec<Outgoing> {
        let id = self.take_in(mail).await;
        self.replies(id).await
    }
}

#[test]
fn what_strangers_write_into_fields_adds_nothing_to_our_mail() {
    let runtime = Runtime::new().unwrap();
    let mut house = runtime.block_on(House::staffed(Database::sqlite()));
    let mut known = BTreeSet::new();
    for (from, text) in ASKED {
        let replies = runtime.block_on(house.answers_to(Fields::tame().mail(from, text)));
        known.extend(replies.iter().flat_map(names));
    }
    assert!(known.contains("subject") && known.contains("references"), "{known:?}");
    let (house, written) = (RefCell::new(house), Cell::new(0));
    let mut runner = TestRunner::new(Config { cases: MAILS, failure_persistence: None, ..Config::default() });
    let ran = runner.run(&(hostile(), select(ASKED)), |(fields, (from, text))| {
        let replies = runtime.block_on(house.borrow_mut().answers_to(fields.mail(from, text)));
        written.set(written.get() + replies.len());
        replies.iter().try_for_each(|reply| adds_nothing(reply, &known))
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    assert!(written.get() > MAILS as usize / 4, "only {} replies were written", written.get());
    let digest = runtime.block_on(house.borrow().digest_at("2026-06-16T09:00")).unwrap();
    assert!(digest.text.contains("x-evil"), "no hostile word is in the digest:\n{}", digest.text);
    adds_nothing(&digest, &known).unwrap_or_else(|error| panic!("{error}"));
}

fn adds_nothing(letter: &Outgoing, known: &BTreeSet<String>) -> TestCaseResult {
    let raw = std::str::from_utf8(&letter.raw).unwrap();
    let names = names(letter);
    prop_assert!(names.iter().all(|name| known.contains(name)), "{:?}\n{}", names, raw);
    prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "a field stands twice");
    prop_assert!(
        raw.is_ascii() && raw.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n', '\0']))
    );
    let read = MessageParser::default().parse(&letter.raw).unwrap();
    let to: Vec<_> = read.to().unwrap().iter().map(|to| to.address().unwrap()).collect();
    prop_assert_eq!(to, [letter.recipient.as_str()]);
    // text and HTML, and the label of an RMA
    let label = read.attachments().filter(|file| file.is_content_type("application", "pdf")).count();
    prop_assert_eq!(read.parts.len(), 3 + 2 * label, "{}", raw);
    let (text, html) = (read.body_text(0).unwrap(), read.body_html(0).unwrap());
    for shown in [read.subject().unwrap(), &text, &html] {
        let odd = shown.chars().find(|c| is_invisible(*c) || (c.is_control() && !matches!(c, '\r' | '\n')));
        prop_assert_eq!(odd, None, "{}", shown);
    }
    prop_assert!(!read.subject().unwrap().contains(['\r', '\n']));
    let tags = html.split('<').skip(1).map(|tag| tag.split('>').next().unwrap());
    prop_assert_eq!(tags.clone().find(|tag| tag.contains("x-evil")), None);
    prop_assert_eq!(tags.filter(|tag| tag.starts_with("title")).count(), html.matches("</title>").count());
    Ok(())
}

/// The names of a letter's fields, as they come.
fn names(letter: &Outgoing) -> Vec<String> {
    let raw = String::from_utf8_lossy(&letter.raw);
    let header = raw.split_once("\r\n\r\n").unwrap().0.replace("\r\n ", " ").replace("\r\n\t", " ");
    header.split("\r\n").map(|field| field.split(':').next().unwrap().to_ascii_lowercase()).collect()
}
