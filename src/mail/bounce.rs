//! Mail that came back: delivery status notifications (RFC 3464) and what mail systems write instead of them (Exchange,
//! qmail, Exim, Notes, mail gateways, web mailers), known by their sender and their words.

use mail_parser::MimeHeaders;

use super::Class;
use super::automation::{Evidence, is_unread, local_part};
use super::body::media_type;
use super::declared::a_person_speaks;
use super::machine_words::MACHINES;
use super::subjects::{automatic_subject, is_answer, is_passed_on};
use super::text::{at_most, plain};

type Found = Option<(Class, String)>;

/// Machines' reports on mail: delivery, reading, complaints (multipart/report, RFC 6522).
pub(super) fn report(evidence: &Evidence<'_>) -> Found {
    let report_type = report_type(evidence);
    let is_report = report_type.is_some();
    let names = |wanted: &str| report_type.as_deref() == Some(wanted);
    if names("feedback-report") || has_part(evidence, "message", "feedback-report") || is_complaint(evidence) {
        return Some((Class::AutoReply, "complaint feedback report (RFC 5965)".to_owned()));
    }
    let has_status =
        ["delivery-status", "global-delivery-status"].iter().any(|subtype| has_part(evidence, "message", subtype));
    if (is_report || is_from_mail_system(evidence)) && has_status || names("delivery-status") {
        return Some((Class::Bounce, "delivery status notification (RFC 3464)".to_owned()));
    }
    if has_part(evidence, "message", "disposition-notification") || names("disposition-notification") {
        let is_refusal = plain(at_most(evidence.text, 500)).contains("automatically rejected");
        let (class, kind) = if is_refusal { (Class::Bounce, "refusal") } else { (Class::AutoReply, "read receipt") };
        return Some((class, format!("{kind} (RFC 8098)")));
    }
    is_report.then(|| by_words(evidence).unwrap_or((Class::AutoReply, "machine's report (RFC 6522)".to_owned())))
}

/// Bounces of mail systems that do not write delivery status notifications.
pub(super) fn by_words(evidence: &Evidence<'_>) -> Found {
    if evidence.fields.has("x-failed-recipients") {
        return Some((Class::Bounce, "field X-Failed-Recipients".to_owned()));
    }
    let subject = plain(evidence.fields.subject());
    let sender = Sender::of(evidence);
    if sender != Sender::MailSystem && (automatic_subject(&subject).is_some() || is_passed_on(&subject)) {
        return None;
    }
    let is_quoting = sender == Sender::Unnamed || is_answer(&subject);
    let start = if is_quoting { evidence.said } else { &plain(at_most(evidence.text, 3_000)) };
    let words = &MACHINES.bounce;
    let in_text = words.texts.first_in(start);
    let at_start = words.subjects.opening(&subject).next();
    let phrase = match sender {
        Sender::MailSystem => words.subjects.first_in(&subject).or(in_text),
        Sender::Unnamed => at_start.or(in_text),
        Sender::Named => at_start.filter(|_| in_text.is_some()).or(in_text.filter(|_| is_telling(evidence, start))),
        Sender::Other => at_start.filter(|_| in_text.is_some() && is_telling(evidence, start)),
    }?;
    Some((Class::Bounce, format!("a mail system wrote \"{phrase}\"")))
}

/// Who seems to have written: the less he is a mail system by name, the more his words must tell.
#[derive(PartialEq, Eq)]
enum Sender {
    MailSystem,
    /// "System Administrator": many a customer is one.
    Named,
    /// Nobody, by the envelope (RFC 5321, section 4.5.5).
    Unnamed,
    Other,
}

impl Sender {
    fn of(evidence: &Evidence<'_>) -> Sender {
        let sender = evidence.fields.sender();
        let local = local_part(&sender.address);
        let named = |local: &str| MACHINES.bounce.system_senders.occurs_in(local);
        let reverse_path = evidence.fields.reverse_path();
        let name = plain(sender.name.as_deref().unwrap_or_default());
        let is_named = MACHINES.bounce.system_names.opening(&name).next().is_some();
        let is_null = reverse_path.as_deref() == Some("");
        let from = evidence.fields.first("from").unwrap_or_default();
        let is_envelope_named = reverse_path.as_deref().is_some_and(|path| named(&local_part(path)));
        if named(&local) || is_envelope_named || from.contains("<>") || is_named && is_null {
            Sender::MailSystem
        } else if is_named {
            Sender::Named
        } else if is_null {
            Sender::Unnamed
        } else {
            Sender::Other
        }
    }
}

fn is_from_mail_system(evidence: &Evidence<'_>) -> bool {
    Sender::of(evidence) != Sender::Other
}

/// A gateway that writes under an address of its own: it brings the original along or names those whom it could not
/// reach, and speaks for no person.
fn is_telling(evidence: &Evidence<'_>, start: &str) -> bool {
    let names_recipients = MACHINES.bounce.telling.occurs_in(start);
    let speaks = !is_unread(&evidence.fields.sender().address) && a_person_speaks(at_most(evidence.new_text, 100));
    (names_recipients || brings_the_original(evidence)) && !speaks
}

fn brings_the_original(evidence: &Evidence<'_>) -> bool {
    let is_id = |line: &str| line.get(..11).is_some_and(|name| name.eq_ignore_ascii_case("message-id:"));
    has_part(evidence, "message", "rfc822")
        || has_part(evidence, "text", "rfc822-headers")
        || evidence.text.lines().any(|line| is_id(line.trim_start_matches(['>', ' '])))
}

/// Microsoft's complaints (JMRP) are no multipart/report.
fn is_complaint(evidence: &Evidence<'_>) -> bool {
    has_part(evidence, "message", "rfc822")
        && plain(evidence.fields.subject()).starts_with("complaint about message from")
}

fn report_type(evidence: &Evidence<'_>) -> Option<String> {
    let root = evidence.message.parts.first()?;
    let is_report = media_type(root) == ("multipart".to_owned(), "report".to_owned());
    let report_type = root.content_type().and_then(|declared| declared.attribute("report-type"));
    (is_report || report_type.is_some()).then(|| report_type.unwrap_or_default().to_ascii_lowercase())
}

fn has_part(evidence: &Evidence<'_>, kind: &str, subtype: &str) -> bool {
    evidence.message.parts.iter().any(|part| {
        let (declared_kind, declared_subtype) = media_type(part);
        declared_kind == kind && declared_subtype == subtype
    })
}
