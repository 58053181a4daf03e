//! Who must not be answered: RFC 3834, and what machines write that never read it.

use super::body::media_type;
use super::declared::{a_person_speaks, declares_itself};
use super::header::Fields;
use super::machine_words::{MACHINES, Phrases};
use super::subjects::{automatic_subject, is_answer, speaks_of_absence};
use super::{Class, Keys};
use super::{bounce, phrases};
use mail_parser::{Message, MimeHeaders};

/// What is known of a message when its class is decided.
pub(super) struct Evidence<'a> {
    pub(super) fields: &'a Fields,
    pub(super) message: &'a Message<'a>,
    /// The body's text, whole.
    pub(super) text: &'a str,
    /// What the sender wrote, or a machine in its place.
    pub(super) new_text: &'a str,
    /// The same as phrases are looked for in it ([`super::text::plain`]).
    pub(super) said: &'a str,
    pub(super) own_addresses: &'a [String],
    pub(super) keys: &'a Keys,
}

/// Looks for one kind of machine: the class, and the field or phrase that gave it away.
type Test = fn(&Evidence<'_>) -> Option<(Class, String)>;

/// The class and the field or phrase that decided.
pub(super) fn classify(evidence: &Evidence<'_>) -> (Class, String) {
    let tests: [Test; 12] = [
        bounce::report,
        bounce::by_words,
        calendar_reply,
        our_own,
        responder,
        list,
        other_automatic,
        machine_sender,
        challenge,
        acknowledgement,
        notification,
        vacation_note,
    ];
    let found = tests.iter().find_map(|test| test(evidence));
    found.unwrap_or_else(|| (Class::Human, "no mark of a machine".to_owned()))
}

/// Whether a message without any mark of a machine may be one's all the same: it speaks of mail that was received, or
/// briefly of absence and of nothing else. People write so too.
pub(super) fn may_be_automatic(evidence: &Evidence<'_>) -> bool {
    if evidence.said.len() > LONGEST_NOTE {
        return false;
    }
    let words = &MACHINES.doubtful;
    let acknowledgement = &MACHINES.acknowledgement;
    let is_in_either =
        |certain: &Phrases, doubtful: &Phrases| certain.occurs_in(evidence.said) || doubtful.occurs_in(evidence.said);
    let is_absence = is_in_either(&MACHINES.vacation.away, &words.absence);
    let is_receipt = is_in_either(&acknowledgement.received, &words.received)
        && is_in_either(&acknowledgement.answer_follows, &words.answer_follows);
    let is_brief = evidence.said.chars().count() <= BRIEF_NOTE;
    let has_a_concern = MACHINES.person.concerns.occurs_in(evidence.said) || names_a_number(evidence.new_text);
    let is_note = is_brief && !has_a_concern && (is_absence || speaks_of_absence(evidence.fields.subject()));
    is_note || is_receipt
}

/// Whether the sender asks automatic responders to be silent (MS-OXCMAIL): a hint of many mail programs, no machine.
/// `DR`, `RN` and `NRN` speak of delivery and read receipts alone.
pub(super) fn asks_no_auto_response(fields: &Fields) -> bool {
    let tokens = fields.all("x-auto-response-suppress").flat_map(|value| value.split([',', ';', ' ']));
    tokens.map(str::trim).any(|token| ["all", "oof", "autoreply"].iter().any(|word| token.eq_ignore_ascii_case(word)))
}

/// An answer to an invitation (RFC 5546, section 3.2.3).
fn calendar_reply(evidence: &Evidence<'_>) -> Option<(Class, String)> {
    let mut calendars =
        evidence.message.parts.iter().filter(|part| media_type(part) == ("text".into(), "calendar".into()));
    let is_reply = calendars.any(|part| {
        let method = part.content_type().and_then(|declared| declared.attribute("method")).unwrap_or_default();
        let says_reply = |line: &str| line.trim().eq_ignore_ascii_case("METHOD:REPLY");
        method.eq_ignore_ascii_case("reply") || String::from_utf8_lossy(part.contents()).lines().any(says_reply)
    });
    is_reply.then(|| (Class::AutoReply, "calendar reply".to_owned()))
}

fn our_own(evidence: &Evidence<'_>) -> Option<(Class, String)> {
    let is_own = |address: &str| {
        let address = without_detail(address);
        evidence.own_addresses.iter().any(|own| without_detail(own).eq_ignore_ascii_case(&address))
    };
    if evidence.fields.from().iter().any(|from| is_own(&from.address)) {
        return Some((Class::AutoReply, "from our own address".to_owned()));
    }
    if evidence.fields.ids("message-id").iter().any(|id| evidence.keys.proven(id).is_some()) {
        return Some((Class::AutoReply, "a message of our own".to_owned()));
    }
    // others' programs put their own mark on people's mail
    let is_loop = evidence.fields.all("x-loop").any(|mark| is_own(mark.trim().trim_matches(['<', '>'])));
    is_loop.then(|| (Class::AutoReply, "field X-Loop".to_owned()))
}

/// Vacation notes and other automatic answers, by what they say of themselves.
fn responder(evidence: &Evidence<'_>) -> Option<(Class, String)> {
    let fields = evidence.fields;
    if auto_submitted(fields).any(|keyword| keyword == "auto-replied") {
        return Some((Class::AutoReply, "Auto-Submitted: auto-replied".to_owned()));
    }
    if let Some(name) =
        phrases::RESPONDER_FIELDS.iter().find(|name| fields.first(name).is_some_and(|value| !is_no(value)))
    {
        return Some((Class::AutoReply, format!("field {name}")));
    }
    if precedences(fields).any(|value| value.starts_with("auto")) {
        return Some((Class::AutoReply, "Precedence: auto_reply".to_owned()));
    }
    let phrase = automatic_subject(fields.subject())?;
    Some((Class::AutoReply, format!("subject begins with \"{phrase}\"")))
}

/// Mailing lists and mass mail (RFC 2369, RFC 2919, Precedence).
fn list(evidence: &Evidence<'_>) -> Option<(Class, String)> {
    let is_automatic = auto_submitted(evidence.fields).next().is_some();
    let is_null = evidence.fields.reverse_path().as_deref() == Some("");
    if let Some(name) = phrases::LIST_FIELDS.iter().find(|name| evidence.fields.has(name)) {
        return Some((Class::Bulk, format!("field {name}")));
    }
    let precedence = precedences(evidence.fields).find(|value| ["bulk", "list", "junk"].contains(&value.as_str()))?;
    // a vacation program of the old school: automatic by no other word, and an answer to one sender
    let class = if is_null && !is_automatic { Class::AutoReply } else { Class::Bulk };
    Some((class, format!("Precedence: {precedence}")))
}

fn other_automatic(evidence: &Evidence<'_>) -> Option<(Class, String)> {
    let keyword = auto_submitted(evidence.fields).next()?;
    Some((Class::AutoReply, format!("Auto-Submitted: {keyword}")))
}

/// An address without the detail behind its `+` (RFC 5233): one mailbox has them all.
pub fn without_detail(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let user = local.split_once('+').map_or(local, |(user, _)| user);
    format!("{user}@{domain}")
}

/// Whether nobody reads what is sent to an address, by its own words: `no-reply@`.
pub fn is_unread(address: &str) -> bool {
    let local = local_part(address);
    phrases::NO_REPLY.iter().any(|name| local.starts_with(name) || local.ends_with(name))
}

fn machine_sender(evidence: &Evidence<'_>) -> Option<(Class, String)> {
    let sender = evidence.fields.sender().address;
    let local = local_part(&sender);
    if is_unread(&sender) && !relays_a_person(evidence.fields, &sender) {
        return Some((Class::Bulk, "sender wants no reply".to_owned()));
    }
    let raw_local = sender.split('@').next().unwrap_or_default();
    if raw_local.starts_with("owner-") || ["-request", "-bounces", "-owner"].iter().any(|end| raw_local.ends_with(end))
    {
        return Some((Class::Bulk, "sender is a mailing list's own address".to_owned()));
    }
    if ["mailerdaemon", "postmaster", "listserv", "majordomo", "autoreply", "autoresponder"].contains(&local.as_str()) {
        return Some((Class::AutoReply, "sender is a mail system".to_owned()));
    }
    // a form on a web page may send so too, with the customer in Reply-To
    let answers_go_there = evidence.fields.reply_to().is_none_or(|reply_to| reply_to.address == sender);
    if answers_go_there && phrases::NOTIFIERS.iter().any(|name| local.ends_with(name)) {
        return Some((Class::Bulk, "sender sends notifications".to_owned()));
    }
    let is_null = evidence.fields.reverse_path().as_deref() == Some("");
    is_null.then(|| (Class::AutoReply, "null reverse-path".to_owned()))
}

/// A form on a web page or a help desk writes in the name of a person, who is in Reply-To, at a domain of his own.
fn relays_a_person(fields: &Fields, sender: &str) -> bool {
    let domain = |address: &str| address.rsplit('@').next().unwrap_or_default().to_owned();
    let reply_to = fields.reply_to().map(|reply_to| reply_to.address.as_str());
    reply_to.is_some_and(|reply_to| !is_unread(reply_to) && domain(reply_to) != domain(sender))
}

/// A gate against spam that asks the sender to prove himself.
fn challenge(evidence: &Evidence<'_>) -> Option<(Class, String)> {
    let words = &MACHINES.challenge;
    if evidence.said.len() > LONGEST_NOTE {
        return None;
    }
    let gate = words.protected.first_in(evidence.said).filter(|_| words.pass.occurs_in(evidence.said))?;
    Some((Class::AutoReply, format!("a gate against spam: \"{gate}\"")))
}

/// A help desk's acknowledgement without any field that tells: its own words, above its own mark.
fn acknowledgement(evidence: &Evidence<'_>) -> Option<(Class, String)> {
    let is_acknowledgement =
        says(evidence.said, phrases::ACKNOWLEDGEMENTS) && says(&evidence.text.to_lowercase(), phrases::REPLY_ABOVE);
    let words = &MACHINES.acknowledgement;
    let is_ticket = words.received.occurs_in(evidence.said)
        && words.answer_follows.occurs_in(evidence.said)
        && !MACHINES.person.concerns.occurs_in(evidence.said);
    (is_acknowledgement || is_ticket).then(|| (Class::AutoReply, "a help desk's acknowledgement".to_owned()))
}

/// A notification that says of itself that nobody wrote it or that nobody reads an answer.
fn notification(evidence: &Evidence<'_>) -> Option<(Class, String)> {
    let names_both = says(evidence.said, phrases::AUTOMATED) && says(evidence.said, phrases::UNREAD);
    let is_notification = declares_itself(evidence.new_text) || (names_both && !a_person_speaks(evidence.new_text));
    let class = if says(evidence.said, phrases::ACKNOWLEDGEMENTS) { Class::AutoReply } else { Class::Bulk };
    is_notification.then(|| (class, "a notification that wants no answer".to_owned()))
}

/// A vacation note without any field or subject that tells: a short answer to our mail that says who is away and what
/// happens then, and nothing else.
fn vacation_note(evidence: &Evidence<'_>) -> Option<(Class, String)> {
    let words = &MACHINES.vacation;
    if evidence.said.len() > LONGEST_NOTE || names_a_number(evidence.new_text) {
        return None;
    }
    let is_personal = MACHINES.person.concerns.occurs_in(evidence.said) || evidence.said.contains(['?', '？']);
    let formula = words.formulas.first_in(evidence.said).filter(|_| evidence.said.chars().count() <= BRIEF_NOTE);
    let away = formula.or_else(|| words.away.first_in(evidence.said))?;
    let fields = evidence.fields;
    let answers = fields.has("in-reply-to") || fields.has("references") || is_answer(fields.subject());
    let names_itself = words.self_named.occurs_in(evidence.said);
    let is_vacation_note =
        names_itself || answers && !is_personal && (formula.is_some() || words.meanwhile.occurs_in(evidence.said));
    is_vacation_note.then(|| (Class::AutoReply, format!("a vacation note: \"{away}\"")))
}

/// Notes are short; who writes more has something to say. In bytes.
const LONGEST_NOTE: usize = 2_500;
/// In characters.
const BRIEF_NOTE: usize = 600;

/// A word of letters and several digits, or of more digits than a telephone number's groups have. Addresses count for
/// nothing, nor does what follows the word for a telephone; dates in Chinese and Japanese have no blanks.
fn names_a_number(text: &str) -> bool {
    text.lines().any(|line| {
        let words = line.split(|c: char| c.is_whitespace() || c as u32 >= 0x1100);
        let words = words.take_while(|word| !word.starts_with('+') && !is_telephone(word));
        words.filter(|word| !word.contains('@') && !word.contains("://")).any(is_number)
    })
}

fn is_telephone(word: &str) -> bool {
    let word: String = word.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    TELEPHONES.contains(&word.as_str())
}

fn is_number(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    (digits >= 3 && letters >= 1) || (digits >= 6 && !word.contains(['-', '.', '(', '+', '/']))
}

const TELEPHONES: &[&str] = &[
    "tel",
    "telephone",
    "telefon",
    "teléfono",
    "telefono",
    "telefone",
    "téléphone",
    "phone",
    "call",
    "mobile",
    "mobil",
    "cell",
    "handy",
    "fax",
    "dial",
    "gsm",
    "телефон",
    "тел",
];

/// Whether a text in lower case holds one of the phrases.
fn says(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| text.contains(phrase))
}

/// The keywords of Auto-Submitted that say "automatic": all but `no` (RFC 3834, section 5). Comments and parameters
/// say nothing; an empty field says nothing either.
fn auto_submitted(fields: &Fields) -> impl Iterator<Item = String> {
    let keywords = fields.all("auto-submitted").map(keyword);
    keywords.filter(|keyword| !keyword.is_empty() && keyword != "no")
}

fn precedences(fields: &Fields) -> impl Iterator<Item = String> {
    fields.all("precedence").chain(fields.all("x-precedence")).map(keyword)
}

/// The first word of a structured field in lower case, without comments and parameters.
pub(super) fn keyword(value: &str) -> String {
    let mut depth = 0_usize;
    let mut text = String::new();
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            other => text.push(other),
        }
    }
    let word = text.split([';', ',']).next().unwrap_or_default();
    word.split_whitespace().next().unwrap_or_default().trim_matches('"').to_lowercase()
}

fn is_no(value: &str) -> bool {
    ["no", "false", "0"].contains(&keyword(value).as_str())
}

/// The local part of an address without separators: `No-Reply` and `no_reply` are one.
pub(super) fn local_part(address: &str) -> String {
    let local = address.split(['@', '+']).next().unwrap_or_default();
    local.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
