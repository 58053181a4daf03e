//! The reply to a message: its header holds our fields, each once, whatever the message said.

use jiff::Timestamp;
use rmad::mail::{Mailbox, Message};
use rmad::reply::{Addressing, AutoSubmitted, Heading, Reply, SenderNotOnOrder, Vendor, can_be_written_to, compose};

const FIELDS: [&str; 12] = [
    "Auto-Submitted",
    "Content-Type",
    "Date",
    "From",
    "In-Reply-To",
    "MIME-Version",
    "Message-ID",
    "References",
    "Subject",
    "To",
    "X-Auto-Response-Suppress",
    "X-Loop",
];

/// Answers a message whose sender can be written to, and checks what would go out.
pub fn check(message: &Message) {
    if !can_be_written_to(&message.from.address) {
        return;
    }
    let vendor = Vendor {
        name: "Vendor".to_owned(),
        address: "support@vendor.example".to_owned(),
        policy_url: None,
        returns_address: Vec::new(),
    };
    let (subject, sender_name) = (message.subject.as_str(), message.from.name.as_deref());
    let heading = Heading { vendor: &vendor, case_number: "C-10023", subject, sender_name };
    let letter = Reply::SenderNotOnOrder(SenderNotOnOrder).render(&heading).expect("a letter");
    let addressing = Addressing {
        from: Mailbox { address: vendor.address.clone(), name: Some(vendor.name.clone()) },
        to: message.from.clone(),
        reply_to: None,
        reverse_path: vendor.address.clone(),
        message_id: "rmad.1@vendor.example".to_owned(),
        in_reply_to: message.message_id.clone(),
        references: message.references.clone(),
        auto_submitted: AutoSubmitted::Replied,
        date: Timestamp::UNIX_EPOCH,
        loop_mark: vendor.address.clone(),
    };
    let bytes = compose(&letter, &addressing).expect("a message");
    let whole = String::from_utf8(bytes).expect("a message in ASCII");
    let (header, _) = whole.split_once("\r\n\r\n").expect("a header and a body");
    let mut names: Vec<&str> =
        header.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).map(name_of).collect();
    names.sort_unstable();
    assert!(names.is_sorted_by(|one, other| one < other), "each field once: {header}");
    assert!(names.iter().all(|name| FIELDS.contains(name)), "no field but ours: {header}");
    assert!(header.is_ascii() && !header.replace("\r\n", "").contains(char::is_control), "{header:?}");
}

fn name_of(line: &str) -> &str {
    line.split_once(':').map_or(line, |(name, _)| name)
}
