//! What a bounce says: delivery status notifications (RFC 3464), and the older kinds as far as they can be read.

use mail_parser::{Message, PartType};

use super::DeliveryReport;
use super::automation::keyword;
use super::body::{media_type, raw_body, text_of};
use super::header::{self, Fields, is_address};
use super::machine_words::MACHINES;
use super::text::{at_most, clean, decode, plain};

/// Reads the report out of a message that is known to be a bounce; `text` is its body.
pub(super) fn read(message: &Message<'_>, fields: &Fields, text: &str) -> DeliveryReport {
    let status = status_part(message);
    let recipient = status.as_ref().and_then(failed_recipient);
    let told = |name: &str| recipient.as_ref().and_then(|group| value(group, name));
    // the address that we wrote to, before aliases led elsewhere (RFC 3464, section 2.3.1)
    let mut recipients = ["original-recipient", "final-recipient"].into_iter().filter_map(told).map(without_type);
    let final_recipient = recipients.find(|address| is_address(address));
    let status_code = told("status").and_then(first_status);
    let status_code = more_exact(status_code, told("diagnostic-code")).or_else(|| status_in(text));
    let said = plain(&format!("{}\n{}", fields.subject(), at_most(text, 2_000)));
    let permanent = match told("action").map(keyword).as_deref() {
        // whatever its status: the server has abandoned all attempts (RFC 3464, section 2.3.3)
        Some("failed") => true,
        Some("delayed" | "delivered" | "relayed" | "expanded") => false,
        _ => is_final(&said, status_code.as_deref()),
    };
    let recipient = || recipient_in(fields, text).or_else(|| only_recipient(message));
    DeliveryReport {
        original_message_id: original_message_id(message, status.as_ref(), fields, text),
        final_recipient: final_recipient.or_else(recipient).map(|address| address.to_lowercase()),
        status: status_code,
        permanent,
    }
}

/// Whether the mail system has given up, where it does not say so in a field.
fn is_final(said: &str, status: Option<&str>) -> bool {
    let words = &MACHINES.bounce;
    let is_transient = status.is_some_and(|code| code.starts_with(['2', '4']));
    words.given_up.occurs_in(said) || !(words.delays.occurs_in(said) || is_transient)
}

/// Groups of fields: one about the message, then one a recipient (RFC 3464, section 2.1).
type Groups = Vec<Vec<(String, String)>>;

fn status_part(message: &Message<'_>) -> Option<Groups> {
    let is_status = |subtype: &str| matches!(subtype, "delivery-status" | "global-delivery-status");
    let part = message.parts.iter().find(|part| {
        let (kind, subtype) = media_type(part);
        kind == "message" && is_status(&subtype)
    })?;
    Some(groups(&clean(&decode(part.contents(), None))))
}

fn groups(text: &str) -> Groups {
    let mut groups: Groups = vec![Vec::new()];
    for line in text.lines() {
        let Some(group) = groups.last_mut() else {
            break;
        };
        if line.trim().is_empty() {
            if !group.is_empty() {
                groups.push(Vec::new());
            }
        } else if line.starts_with([' ', '\t']) {
            group.last_mut().into_iter().for_each(|(_, value)| {
                value.push(' ');
                value.push_str(line.trim());
            });
        } else if let Some((name, value)) = line.split_once(':') {
            group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups
}

fn failed_recipient(groups: &Groups) -> Option<Vec<(String, String)>> {
    let mut recipients =
        groups.iter().filter(|group| value(group, "final-recipient").or(value(group, "action")).is_some());
    let first = recipients.clone().next();
    let failed =
        recipients.find(|group| value(group, "action").is_some_and(|action| action.eq_ignore_ascii_case("failed")));
    failed.or(first).cloned()
}

fn value<'a>(group: &'a [(String, String)], name: &str) -> Option<&'a str> {
    group.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// `rfc822; ann@x.example` without the address type.
fn without_type(value: &str) -> String {
    let address = value.split_once(';').map_or(value, |(_, address)| address);
    address.trim().trim_matches(['<', '>']).to_owned()
}

/// The first enhanced status code (RFC 3463).
fn first_status(text: &str) -> Option<String> {
    let words = text.split(|c: char| !(c.is_ascii_digit() || c == '.')).map(|word| word.trim_end_matches('.'));
    words
        .filter(|word| {
            let numbers: Vec<&str> = word.split('.').collect();
            matches!(numbers.as_slice(), ["2" | "4" | "5", subject, detail]
                if (1..=3).contains(&subject.len()) && (1..=3).contains(&detail.len()))
        })
        .map(str::to_owned)
        .next()
}

/// A status that is missing, or that tells no more than its class, gives way to what the other server said.
fn more_exact(status: Option<String>, diagnostic: Option<&str>) -> Option<String> {
    let told = diagnostic.and_then(status_in);
    let Some(status) = status else { return told };
    let class = status.strip_suffix(".0.0");
    told.filter(|code| class.is_some_and(|class| code.starts_with(class))).or(Some(status))
}

/// The status of a failure within a text: beside a reply code of the same class (`550 5.1.1`, `#5.1.1`), else the first
/// that is no program's version.
fn status_in(text: &str) -> Option<String> {
    let words =
        || text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ';' | ',' | '<' | '>'));
    let code = |word: &str| first_status(word).filter(|code| code.starts_with(['4', '5']));
    let mut before = "";
    let mut marked = words().filter(|word| !word.is_empty()).filter_map(|word| {
        let reply = std::mem::replace(&mut before, word).trim_start_matches(|c: char| !c.is_ascii_digit());
        let is_reply = |code: &str| reply.len() == 3 && reply.get(..1) == code.get(..1);
        code(word).filter(|code| word.contains('#') || is_reply(code) || word.get(3..4) == Some("-"))
    });
    let is_version = |word: &str| word.starts_with(char::is_alphabetic);
    marked.next().or_else(|| words().filter(|word| !is_version(word)).find_map(code))
}

/// From the returned message or its header, from the report, from the text, from what the bounce answers, and at last
/// from any part that was returned in a broken form.
fn original_message_id(message: &Message<'_>, status: Option<&Groups>, fields: &Fields, text: &str) -> Option<String> {
    let returned = message.parts.iter().find_map(|part| match &part.body {
        PartType::Message(returned) => Fields::of(returned).ids("message-id").into_iter().next(),
        _ if media_type(part).1.ends_with("rfc822-headers") => id_in(&text_of(message, part)),
        _ => None,
    });
    let reported = || {
        let values = status?.iter().flatten().filter(|(name, _)| name.ends_with("original-message-id"));
        values.flat_map(|(_, value)| header::message_ids(value)).next()
    };
    let answered = || fields.ids("in-reply-to").pop().or_else(|| fields.ids("references").pop());
    let broken = || {
        let own = fields.ids("message-id");
        let parts = message.parts.iter().skip(1).map(|part| raw_body(message, part));
        let texts = parts.map(|raw| String::from_utf8_lossy(raw.get(..MAX_BROKEN).unwrap_or(raw)).into_owned());
        texts.filter_map(|text| id_in(&text)).find(|id| !own.contains(id))
    };
    returned.or_else(reported).or_else(|| id_in(text)).or_else(answered).or_else(broken)
}

/// How much of a part is searched that could not be read as a message, in bytes.
const MAX_BROKEN: usize = 100_000;

/// The Message-ID in a copy of the returned message or its header; the field may be folded.
fn id_in(text: &str) -> Option<String> {
    let mut lines = text.lines().map(|line| line.trim_start_matches('>')).peekable();
    while let Some(line) = lines.next() {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.trim().eq_ignore_ascii_case("message-id") {
            let folded = lines.peek().filter(|next| next.starts_with([' ', '\t'])).copied().unwrap_or_default();
            return header::message_ids(&format!("{value} {folded}")).into_iter().next();
        }
    }
    None
}

/// qmail and Postfix write `<ann@x.example>:`, Exim the address alone on a line, Gmail and Exchange within a sentence.
fn recipient_in(fields: &Fields, text: &str) -> Option<String> {
    if let Some(failed) = fields.first("x-failed-recipients") {
        return failed.split(',').map(str::trim).find(|address| is_address(address)).map(str::to_owned);
    }
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let is_field = |line: &str| {
        let name = line.trim_start().split(':').next().unwrap_or_default().to_ascii_lowercase();
        ["to", "cc", "from", "sender", "reply-to", "message-id", "in-reply-to", "references"].contains(&name.as_str())
    };
    let start = || text.lines().take(60).filter(|line| !is_field(line));
    let marked = start()
        .filter(|line| line.trim_start().starts_with('<') && line.contains('>'))
        .map(|line| bare(line.split('>').next().unwrap_or_default()));
    let alone = start().filter(|line| line.split_whitespace().count() == 1).map(bare);
    let is_between =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ':' | ';' | ',' | '"');
    let anywhere = start().flat_map(|line| line.split(is_between)).map(bare);
    let is_reported = |address: &String| {
        // links are no addresses, and the report itself went to us
        let is_link = address.contains(['?', '/']) || address.starts_with("mailto:");
        let is_ours = fields.recipients().iter().any(|own| own.address.eq_ignore_ascii_case(address));
        !is_link && !is_ours && is_address(address)
    };
    let listed = || text.lines().take(60).filter(|line| line.trim_start().to_ascii_lowercase().starts_with("to:"));
    let copied = listed().flat_map(|line| line.split(is_between)).map(bare);
    marked.chain(alone).chain(anywhere).chain(copied).find(is_reported)
}

/// To whom the returned message went, where that was one only.
fn only_recipient(message: &Message<'_>) -> Option<String> {
    let mut returned = message.parts.iter().filter_map(|part| match &part.body {
        PartType::Message(returned) => Some(Fields::of(returned)),
        _ => None,
    });
    match returned.next()?.recipients() {
        [recipient] => Some(recipient.address.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Class, Message, Trust, read};
    use jiff::Timestamp;

    fn bounce(raw: &str) -> Message {
        let message = read(raw.as_bytes(), Timestamp::UNIX_EPOCH, &Trust::default()).unwrap();
        assert_eq!(message.class, Class::Bounce, "{}", message.class_reason);
        message
    }

    fn report(id: &str, recipient: &str, status: Option<&str>, permanent: bool) -> Option<DeliveryReport> {
        Some(DeliveryReport {
            original_message_id: (!id.is_empty()).then(|| id.to_owned()),
            final_recipient: (!recipient.is_empty()).then(|| recipient.to_owned()),
            status: status.map(str::to_owned),
            permanent,
        })
    }

    fn notification(status: &str, returned: &str) -> String {
        format!(
            "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\nSubject: Undelivered Mail Returned to Sender\n\
             MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b/1\"\n\n\
             --b/1\nContent-Type: text/plain\n\nThis is the mail system at host mx.example.\n\n\
             --b/1\nContent-Type: message/delivery-status\n\n{status}\n\n--b/1\n{returned}\n--b/1--\n"
        )
    }

    #[test]
    fn a_notification_names_message_recipient_and_status() {
        let status = "Reporting-MTA: dns; mx.example\nArrival-Date: x\n\nFinal-Recipient: rfc822; Ann@Customer.example\n\
                      Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1\n  no such user";
        let headers = "Content-Type: text/rfc822-headers\n\nFrom: us@vendor.example\nMessage-ID:\n <a1@vendor.example>\nSubject: x\n";
        let expected = report("a1@vendor.example", "ann@customer.example", Some("5.1.1"), true);
        assert_eq!(bounce(&notification(status, headers)).delivery_report, expected);
        let whole =
            "Content-Type: message/rfc822\n\nFrom: us@vendor.example\nMessage-ID: <a1@vendor.example>\n\nHello\n";
        assert_eq!(bounce(&notification(status, whole)).delivery_report, expected);
    }

    #[test]
    fn of_several_recipients_the_failed_one_is_told() {
        let status = "Reporting-MTA: dns; mx.example\nX-Original-Message-ID: <b@vendor.example>\n\n\
                      Final-Recipient: rfc822; a@x.example\nAction: relayed\nStatus: 2.0.0\n\n\
                      Final-Recipient: rfc822;<b@x.example>\nAction: failed\nStatus: 4.4.7 (expired)\n";
        let message = bounce(&notification(status, "Content-Type: text/plain\n\nnothing\n"));
        assert_eq!(message.delivery_report, report("b@vendor.example", "b@x.example", Some("4.4.7"), true));
    }

    #[test]
    fn a_delay_and_a_success_are_no_failure() {
        for (action, code) in [("delayed", "4.4.1"), ("delivered", "2.1.5")] {
            let status = format!(
                "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@x.example\nAction: {action}\nStatus: {code}"
            );
            let report = bounce(&notification(&status, "Content-Type: text/plain\n\n-\n")).delivery_report.unwrap();
            assert!(!report.permanent, "{action}");
        }
    }

    #[test]
    fn bounces_without_a_notification_are_read_too() {
        let qmail = "Return-Path: <>\nFrom: MAILER-DAEMON@out.example\nSubject: failure notice\n\n\
            Hi. This is the qmail-send program at out.example.\nI'm afraid I wasn't able to deliver your message.\n\n\
            <joe@customer.example>:\n203.0.113.9 does not like recipient.\nRemote host said: 550 5.1.1 No such user\n\n\
            --- Below this line is a copy of the message.\n\nReturn-Path: <us@vendor.example>\nFrom: us@vendor.example\n\
            Message-ID: <q1@vendor.example>\nSubject: Your return\n\nHello\n";
        assert_eq!(
            bounce(qmail).delivery_report,
            report("q1@vendor.example", "joe@customer.example", Some("5.1.1"), true)
        );

        let exim = "Return-Path: <>\nX-Failed-Recipients: joe@customer.example\nAuto-Submitted: auto-replied\n\
            From: Mail Delivery System <Mailer-Daemon@out.example>\nSubject: Mail delivery failed: returning message to sender\n\n\
            This message was created automatically by mail delivery software.\n\n  joe@customer.example\n    host mx: 550 unknown user\n\n\
            ------ This is a copy of the message, including all the headers. ------\n\nMessage-Id: <e1@vendor.example>\n";
        assert_eq!(bounce(exim).delivery_report, report("e1@vendor.example", "joe@customer.example", None, true));

        let exchange = "Return-Path: <>\nFrom: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@corp.example>\n\
            Subject: Unzustellbar: Ihre Anfrage\nIn-Reply-To: <x1@vendor.example>\n\n\
            Fehler bei der Nachrichtenzustellung an folgende Empfänger:\n\njoe@corp.example\n5.7.1 abgelehnt\n";
        assert_eq!(
            bounce(exchange).delivery_report,
            report("x1@vendor.example", "joe@corp.example", Some("5.7.1"), true)
        );

        let notes = "From: postmaster@corp.example\nSubject: DELIVERY FAILURE: User joe not listed\n\n\
            Your message could not be delivered because: User joe@corp.example not listed in directory\n";
        assert_eq!(bounce(notes).delivery_report, report("", "joe@corp.example", None, true));

        let delayed = "From: MAILER-DAEMON\nSubject: Warning: could not send message for past 4 hours\n\n\
            The message to <joe@corp.example> was not delivered yet. 4.4.1 Connection timed out\n";
        assert_eq!(bounce(delayed).delivery_report, report("", "joe@corp.example", Some("4.4.1"), false));
    }

    #[test]
    fn the_address_is_the_one_that_we_wrote_to() {
        let status = "Reporting-MTA: dns; mx.example\n\nOriginal-Recipient: rfc822; joe@customer.example\n\
                      Final-Recipient: rfc822; joe.17@store.example\nAction: failed\nStatus: 5.2.2\n";
        let message = bounce(&notification(status, "Content-Type: text/plain\n\n-\n"));
        assert_eq!(message.delivery_report, report("", "joe@customer.example", Some("5.2.2"), true));

        for text in [
            "Your message\n\n  To: team@lists.example\n\ndid not reach the following recipient(s):\n\njoe@customer.example on Fri, 5 Jun 2026",
            "Sent by us@vendor.example, could not be delivered.\nUnknown user joe@customer.example",
            "<mailto:help@mx.example?subject=help>\nCould not be delivered: joe@customer.example",
        ] {
            let raw =
                format!("From: postmaster@mx.example\nTo: us@vendor.example\nSubject: Undeliverable: x\n\n{text}\n");
            assert_eq!(bounce(&raw).delivery_report, report("", "joe@customer.example", None, true), "{text}");
        }
    }

    #[test]
    fn other_words_for_a_failure_are_understood() {
        for (action, code, permanent) in [
            ("failure", "553 too large", true),
            ("expired", "", true),
            ("failed (no such user)", "4.4.7", true),
            ("delayed (x)", "4.2.2", false),
        ] {
            let status = format!(
                "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@x.example\nAction: {action}\nStatus: {code}"
            );
            let report = bounce(&notification(&status, "Content-Type: text/plain\n\n-\n")).delivery_report.unwrap();
            assert_eq!(report.permanent, permanent, "{action}");
        }
        for text in [
            "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)\nI'm not going to try again; this message has been in the queue too long.",
            "452 mailbox is over quota temporarily (#4.2.2). This has been a permanent failure. No further delivery attempts will be made.",
            "Warning: 451 there is no user by that name.",
        ] {
            let raw = format!("From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n<a@x.example>:\n{text}\n");
            assert!(bounce(&raw).delivery_report.unwrap().permanent, "{text}");
        }
    }

    #[test]
    fn a_status_is_taken_from_what_the_other_server_said() {
        for diagnostic in ["smtp; 550 5.1.1 <a@x.example> no such user", "smtp; 550-'5.1.1 no such user'", "smtp;5.1.1"]
        {
            let status = format!(
                "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@x.example\nAction: failed\nDiagnostic-Code: {diagnostic}"
            );
            let report = bounce(&notification(&status, "Content-Type: text/plain\n\n-\n")).delivery_report.unwrap();
            assert_eq!(report.status.as_deref(), Some("5.1.1"), "{diagnostic}");
        }
    }
}
