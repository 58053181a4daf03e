//! The pages of an RMA's life. They go out of our own accord, so each has a subject of its own that says what happened.

use askama::Template;

use super::{Frame, Letter, templates};
use crate::reply::life::{
    AdvanceReminder, AdvanceShipped, AdvanceTurn, CaseClosed, Ending, Finding, InspectionResult, Instead, Next,
    NotOwed, PackageReceived, RefundMethod, Refusal, Remark, ReturnCompleted, RmaCanceled, RmaExpired, RmaExtended,
    Settled, UnitRefused, WarrantyNote,
};
use crate::reply::refund::RefundItem;
use crate::reply::values::{Detail, Vendor};
use crate::reply::{Attachment, Label, LabelError, filters};

impl Letter for PackageReceived {
    templates!("package_received", "package_received/text.txt", "package_received/html.html", it: PackageReceived);

    fn own_subject(&self, _: &Vendor) -> Option<String> {
        Some(about(&self.rma_number, "package received"))
    }
}

impl Letter for InspectionResult {
    templates!("inspection_result", "inspection_result/text.txt", "inspection_result/html.html", it: InspectionResult);

    fn own_subject(&self, _: &Vendor) -> Option<String> {
        Some(about(&self.rma_number, "result of the inspection"))
    }
}

impl Letter for ReturnCompleted {
    templates!("return_completed", "return_completed/text.txt", "return_completed/html.html", it: ReturnCompleted);

    fn own_subject(&self, _: &Vendor) -> Option<String> {
        let what = match &self.ending {
            _ if self.is_nothing() => "complete",
            Ending::Refunded { .. } => "refund made",
            Ending::Credited { .. } => "account credited",
            Ending::Replaced { .. } => "replacement shipped",
            Ending::Repaired { shipment: Some(_) } => "repaired and shipped",
            Ending::Repaired { shipment: None } => "repaired",
            Ending::ChargeStands { charge, .. } if charge.has_product() => "the charge for the replacement stands",
            Ending::ChargeStands { .. } => "complete",
        };
        Some(about(&self.rma_number, what))
    }
}

impl Letter for RmaExtended {
    templates!("rma_extended", "rma_extended/text.txt", "rma_extended/html.html", it: RmaExtended);

    fn own_subject(&self, _: &Vendor) -> Option<String> {
        Some(about(&self.rma_number, "more time"))
    }

    fn attachments(&self, vendor: &Vendor) -> Result<Vec<Attachment>, LabelError> {
        let units = self.units.iter().collect();
        Label { vendor, rma_number: &self.rma_number, last_day: self.last_day, units }.attached()
    }
}

impl Letter for UnitRefused {
    templates!("unit_refused", "unit_refused/text.txt", "unit_refused/html.html", it: UnitRefused);

    fn own_subject(&self, vendor: &Vendor) -> Option<String> {
        Some(match &self.rma_number {
            Some(number) => about(number, "not accepted"),
            None => format!("Your package to {}: not accepted", vendor.name),
        })
    }
}

impl Letter for RmaCanceled {
    templates!("rma_canceled", "rma_canceled/text.txt", "rma_canceled/html.html", it: RmaCanceled);

    fn own_subject(&self, _: &Vendor) -> Option<String> {
        Some(about(&self.rma_number, "canceled"))
    }
}

impl Letter for RmaExpired {
    templates!("rma_expired", "rma_expired/text.txt", "rma_expired/html.html", it: RmaExpired);

    fn own_subject(&self, _: &Vendor) -> Option<String> {
        Some(about(&self.rma_number, "expired"))
    }
}

impl Letter for CaseClosed {
    templates!("case_closed", "case_closed/text.txt", "case_closed/html.html", it: CaseClosed);

    fn own_subject(&self, vendor: &Vendor) -> Option<String> {
        Some(format!("Your request to {} Support: closed for now", vendor.name))
    }
}

impl Letter for AdvanceShipped {
    templates!("advance_shipped", "advance_shipped/text.txt", "advance_shipped/html.html", it: AdvanceShipped);

    fn own_subject(&self, _: &Vendor) -> Option<String> {
        Some(about(&self.rma_number, "replacement shipped in advance"))
    }

    fn attachments(&self, vendor: &Vendor) -> Result<Vec<Attachment>, LabelError> {
        let units = vec![&self.unit];
        Label { vendor, rma_number: &self.rma_number, last_day: self.last_day, units }.attached()
    }
}

impl Letter for AdvanceReminder {
    templates!("advance_reminder", "advance_reminder/text.txt", "advance_reminder/html.html", it: AdvanceReminder);

    fn own_subject(&self, _: &Vendor) -> Option<String> {
        Some(format!("Reminder: please send the defective unit of your return {} back", self.rma_number))
    }
}

fn about(rma_number: &str, what: &str) -> String {
    format!("Your return {rma_number}: {what}")
}
