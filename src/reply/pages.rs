//! From a letter to its pages: which templates, under which subject, with which greeting.

mod life;
mod staff;

use askama::Template;

use super::letters::{
    CancellationAccepted, Declined, DetailsReminder, DetailsRequested, DetailsTurn, Grant, HeldForReview, Matter,
    Mismatch, Purpose, RmaIssued, RmaReminder, RmaTurn, SenderNotOnOrder,
};
use super::refund::RefundItem;
use super::status::{Progress, StatusGiven};
use super::values::{Aside, Detail, Goods, Objection, Offer, Vendor};
use super::{Attachment, Heading, Label, LabelError, RenderError, Rendered, filters, salutation, subject, typeset};
use crate::policy::WindowLine;
use crate::understanding::{Reason, Wish};

/// Writes both pages of a letter and sets them.
pub(super) fn rendered<L: Letter>(letter: &L, heading: &Heading<'_>) -> Result<Rendered, RenderError> {
    let failed = |cause| RenderError::Page { template: L::TEMPLATE, cause };
    let frame = Frame {
        vendor: heading.vendor,
        case_number: heading.case_number,
        greeting: letter.greeting(heading),
        subject: letter.subject(heading),
    };
    let text = typeset::text(&letter.text(&frame).map_err(failed)?);
    let html = typeset::html(&letter.html(&frame).map_err(failed)?);
    let attachments = letter.attachments(heading.vendor);
    let attachments = attachments.map_err(|cause| RenderError::Label { template: L::TEMPLATE, cause })?;
    Ok(Rendered { template: L::TEMPLATE, subject: frame.subject, text, html, attachments })
}

/// What all templates share.
pub(super) struct Frame<'a> {
    vendor: &'a Vendor,
    case_number: &'a str,
    greeting: String,
    subject: String,
}

/// One letter and its pair of templates.
pub(super) trait Letter {
    const TEMPLATE: &'static str;

    fn text(&self, frame: &Frame<'_>) -> askama::Result<String>;
    fn html(&self, frame: &Frame<'_>) -> askama::Result<String>;

    /// A subject of our own; `None` for a letter that goes under the customer's.
    fn own_subject(&self, _vendor: &Vendor) -> Option<String> {
        None
    }

    fn subject(&self, heading: &Heading<'_>) -> String {
        let fallback = format!("Your message to {} Support", heading.vendor.name);
        match self.own_subject(heading.vendor) {
            Some(own) => subject::tagged(&own, heading.case_number),
            None => subject::in_reply_to(heading.subject, &fallback, heading.case_number),
        }
    }

    fn greeting(&self, heading: &Heading<'_>) -> String {
        salutation::greeting(heading.sender_name)
    }

    fn attachments(&self, _vendor: &Vendor) -> Result<Vec<Attachment>, LabelError> {
        Ok(vec![])
    }
}

/// The two templates of a letter; in them `frame` is what all share, and `it` the letter, where it has values.
macro_rules! templates {
    ($name:literal, $text:literal, $html:literal $(, it: $letter:ident)?) => {
        const TEMPLATE: &'static str = $name;

        fn text(&self, frame: &Frame<'_>) -> askama::Result<String> {
            #[derive(Template)]
            #[template(path = $text, config = "templates/letters.toml")]
            struct Page<'a> {
                frame: &'a Frame<'a>,
                $(it: &'a $letter,)?
            }
            Page { frame, $(it: self as &$letter)? }.render()
        }

        fn html(&self, frame: &Frame<'_>) -> askama::Result<String> {
            #[derive(Template)]
            #[template(path = $html, config = "templates/letters.toml")]
            struct Page<'a> {
                frame: &'a Frame<'a>,
                $(it: &'a $letter,)?
            }
            Page { frame, $(it: self as &$letter)? }.render()
        }
    };
}
use templates;

impl Letter for RmaIssued {
    templates!("rma_issued", "rma_issued/text.txt", "rma_issued/html.html", it: RmaIssued);

    fn attachments(&self, vendor: &Vendor) -> Result<Vec<Attachment>, LabelError> {
        let units = self.units.iter().map(|authorized| &authorized.unit).collect();
        Label { vendor, rma_number: &self.rma_number, last_day: self.last_day, units }.attached()
    }
}

impl Letter for DetailsRequested {
    templates!("details_requested", "details_requested/text.txt", "details_requested/html.html", it: DetailsRequested);
}

impl Letter for Declined {
    templates!("declined", "declined/text.txt", "declined/html.html", it: Declined);
}

impl Letter for CancellationAccepted {
    templates!("cancellation_accepted", "cancellation_accepted/text.txt", "cancellation_accepted/html.html", it: CancellationAccepted);
}

impl Letter for StatusGiven {
    templates!("status_given", "status_given/text.txt", "status_given/html.html", it: StatusGiven);
}

impl Letter for HeldForReview {
    templates!("held_for_review", "held_for_review/text.txt", "held_for_review/html.html", it: HeldForReview);
}

/// Nothing of the message that is answered shows in this letter, its subject and its greeting included.
impl Letter for SenderNotOnOrder {
    templates!("sender_not_on_order", "sender_not_on_order/text.txt", "sender_not_on_order/html.html");

    fn own_subject(&self, vendor: &Vendor) -> Option<String> {
        Some(format!("Your message to {} Support", vendor.name))
    }

    fn greeting(&self, _: &Heading<'_>) -> String {
        salutation::greeting(None)
    }
}

impl Letter for DetailsReminder {
    templates!("details_reminder", "details_reminder/text.txt", "details_reminder/html.html", it: DetailsReminder);

    fn own_subject(&self, vendor: &Vendor) -> Option<String> {
        Some(format!("Reminder: your request to {} Support", vendor.name))
    }
}

impl Letter for RmaReminder {
    templates!("rma_reminder", "rma_reminder/text.txt", "rma_reminder/html.html", it: RmaReminder);

    fn own_subject(&self, vendor: &Vendor) -> Option<String> {
        Some(format!("Reminder: your return to {} Support", vendor.name))
    }
}
