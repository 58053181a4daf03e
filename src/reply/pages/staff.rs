//! The pages of the mails to staff: under a subject of their own, without a case's tag, since they belong to no thread.

use askama::Template;

use super::{Frame, Letter, templates};
use crate::reply::staff::{Lapse, StaffDigest, StaffEscalation, StaffNotice};
use crate::reply::values::Detail;
use crate::reply::{Heading, filters, subject};

impl Letter for StaffDigest {
    templates!("staff_digest", "staff_digest/text.txt", "staff_digest/html.html", it: StaffDigest);

    fn subject(&self, _: &Heading<'_>) -> String {
        subject::to_staff(&format!("Digest of {}: {}", self.day.strftime("%a %-d %b %Y"), self.summary()))
    }
}

impl Letter for StaffEscalation {
    templates!("staff_escalation", "staff_escalation/text.txt", "staff_escalation/html.html", it: StaffEscalation);

    fn subject(&self, _: &Heading<'_>) -> String {
        let thread = &self.thread;
        subject::to_staff(&format!("{} has waited for {}: {}", thread.case_number, thread.age(), thread.subject))
    }
}

impl Letter for StaffNotice {
    templates!("staff_notice", "staff_notice/text.txt", "staff_notice/html.html", it: StaffNotice);

    fn subject(&self, _: &Heading<'_>) -> String {
        subject::to_staff(&match self.lapse {
            Lapse::RmaExpired { .. } => format!("{} has expired", self.rma_number),
            Lapse::AdvanceOverdue { .. } => format!("{}: advance replacement overdue", self.rma_number),
        })
    }
}
