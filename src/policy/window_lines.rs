//! What a customer is told of the windows beside the route that was granted: until when each is open, or when it ended.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::OutcomeKind;
use super::judge::{Route, Unit};
use super::rules::Ruling;
use super::windows::{WarrantyEnd, Window};
use crate::understanding::Wish;

/// A window as it stands on the request day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "window", rename_all = "snake_case")]
pub enum WindowLine {
    /// For a refund, a credit or an exchange.
    Refund {
        days: u32,
        last_day: Date,
        is_open: bool,
    },
    /// To report a defect on arrival.
    DefectOnArrival {
        days: u32,
        last_day: Date,
        is_open: bool,
    },
    Warranty {
        last_day: Date,
        is_open: bool,
    },
    LifetimeWarranty,
    /// An international order is not taken back, whatever the day.
    InternationalOrder,
}

impl Unit<'_> {
    /// The windows beside what was decided, those only that say something to this customer: no end of a window to
    /// somebody who was granted what it is for, no defect on arrival where none is claimed.
    pub fn window_lines(&self, ruling: &Ruling) -> Vec<WindowLine> {
        let decided = matches!(ruling.outcome, OutcomeKind::RmaIssued | OutcomeKind::Declined);
        let concerns_order = matches!(self.claim.wish, Some(Wish::Cancel | Wish::RefuseDelivery));
        if !decided || concerns_order || self.claim.line.is_none() {
            return Vec::new();
        }
        [self.refund_line(ruling), self.on_arrival_line(ruling), self.warranty_line(ruling)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn refund_line(&self, ruling: &Ruling) -> Option<WindowLine> {
        if !self.claim.invoice.is_domestic() {
            return Some(WindowLine::InternationalOrder);
        }
        if ruling.route.is_some_and(is_return) {
            return None;
        }
        let (days, last_day, is_open) = self.standing(self.policy.windows.refund)?;
        Some(WindowLine::Refund { days, last_day, is_open })
    }

    fn on_arrival_line(&self, ruling: &Ruling) -> Option<WindowLine> {
        if !self.claim.is_defective() || ruling.route == Some(Route::DefectiveOnArrival) {
            return None;
        }
        let (days, last_day, is_open) = self.standing(self.policy.windows.doa)?;
        let is_news = is_open || !ruling.route.is_some_and(is_return);
        is_news.then_some(WindowLine::DefectOnArrival { days, last_day, is_open })
    }

    /// The end of a warranty is news only where a defect is claimed and nothing else was granted.
    fn warranty_line(&self, ruling: &Ruling) -> Option<WindowLine> {
        match self.warranty_end() {
            WarrantyEnd::Until(last_day) => {
                let is_open = last_day >= self.claim.as_of;
                let is_news = is_open || self.claim.is_defective() && ruling.route.is_none();
                is_news.then_some(WindowLine::Warranty { last_day, is_open })
            }
            WarrantyEnd::Lifetime => Some(WindowLine::LifetimeWarranty),
            WarrantyEnd::None => None,
        }
    }

    /// Its days, its last day, and whether the request came in time; `None` while the day it counts from is not known.
    fn standing(&self, window: Window) -> Option<(u32, Date, bool)> {
        let last_day = self.known_last_day(window)?;
        Some((window.days, last_day, self.claim.as_of <= last_day))
    }
}

/// What the window after receipt is for.
fn is_return(route: Route) -> bool {
    !route.is_for_defect()
}
