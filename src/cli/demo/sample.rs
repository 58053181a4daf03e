//! The sample that the demo runs on: one small vendor's orders, and an hour of its support mail.
//!
//! The files beside this one hold placeholders instead of dates, so that every window of the policy stands where it
//! should on whatever day the demo is run: `{today-10}` in the order data is a day, `{time-20}` in a message is the
//! minute it was received or written, and `{day-9}` a day as people write it. No date of the order data lies so close
//! to the end of a window that midnight, between the mail and the demo, would change an outcome.

#[cfg(test)]
mod tests;

use jiff::civil::Date;
use jiff::{ToSpan, Zoned};

/// One message of the sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Fit for a file name; no two messages share one.
    pub name: &'static str,
    /// What the message is there for, in a few words.
    pub shows: &'static str,
    /// The message as a mail server stores it (RFC 5322), lines ending in LF as they do in a Maildir.
    pub raw: Vec<u8>,
}

/// The order data as it stands on `today`, a day of the vendor's zone: each file's name and its CSV text.
pub fn orders(today: Date) -> Vec<(&'static str, String)> {
    let date = |word: &str, days: i16| (word == "today").then(|| today.saturating_add(days.days()).to_string());
    ORDERS.iter().map(|(name, template)| (*name, filled(template, date))).collect()
}

/// The mail of the hour before `now`, an instant in the vendor's zone; first come, first listed.
pub fn mail(now: &Zoned) -> Vec<Sample> {
    let date = |word: &str, distance: i16| match word {
        "time" => Some(now.saturating_add(distance.minutes()).strftime("%a, %-d %b %Y %H:%M:%S %z").to_string()),
        "day" => Some(now.date().saturating_add(distance.days()).strftime("%B %-d").to_string()),
        _ => None,
    };
    let message = |(name, shows, template): &(&'static str, &'static str, &str)| Sample {
        name,
        shows,
        raw: filled(template, date).into_bytes(),
    };
    MAIL.iter().map(message).collect()
}

const ORDERS: [(&str, &str); 5] = [
    ("products.csv", include_str!("sample/orders/products.csv")),
    ("customers.csv", include_str!("sample/orders/customers.csv")),
    ("invoices.csv", include_str!("sample/orders/invoices.csv")),
    ("invoice_lines.csv", include_str!("sample/orders/invoice_lines.csv")),
    ("units.csv", include_str!("sample/orders/units.csv")),
];

const MAIL: [(&str, &str, &str); 14] = [
    ("warranty-repair", "defective, in warranty", include_str!("sample/mail/warranty-repair.eml")),
    ("refund", "not needed, within 15 days", include_str!("sample/mail/refund.eml")),
    ("dead-on-arrival", "dead on arrival", include_str!("sample/mail/dead-on-arrival.eml")),
    ("two-units", "two units in a table", include_str!("sample/mail/two-units.eml")),
    ("serial-missing", "no serial number", include_str!("sample/mail/serial-missing.eml")),
    ("broken-and-no-more", "\"my switch is broken\", no details", include_str!("sample/mail/broken-and-no-more.eml")),
    ("warranty-over", "defective, warranty over", include_str!("sample/mail/warranty-over.eml")),
    ("cancellation", "cancels before it shipped", include_str!("sample/mail/cancellation.eml")),
    ("misread-serial", "serial number misread", include_str!("sample/mail/misread-serial.eml")),
    ("dropped", "dropped by the customer", include_str!("sample/mail/dropped.eml")),
    ("stranger", "a stranger names a real invoice", include_str!("sample/mail/stranger.eml")),
    ("out-of-office", "out of office", include_str!("sample/mail/out-of-office.eml")),
    ("newsletter", "newsletter", include_str!("sample/mail/newsletter.eml")),
    ("forged", "forged sender", include_str!("sample/mail/forged.eml")),
];

/// The template with every placeholder written out: a word that `write` knows and a signed number, in braces. Other
/// braces, such as those of a style sheet, stay.
fn filled(template: &str, write: impl Fn(&str, i16) -> Option<String>) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let written = after.split_once('}').and_then(|(inside, behind)| {
            let (word, distance) = inside.split_at(inside.find(['+', '-'])?);
            Some((write(word, distance.parse().ok()?)?, behind))
        });
        match written {
            Some((date, behind)) => {
                text.push_str(&date);
                rest = behind;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}
