//! Every window of the policy on both sides of its last midnight: across leap days, month ends, and the nights on which
//! the vendor's clocks change.
//!
//! Clocks in Los Angeles go forward in the night to 8 March 2026, which has 23 hours, and back on 1 November 2026,
//! which has 25. Midnight is 08:00 UTC in winter and 07:00 UTC in summer.

use std::sync::LazyLock;

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;

use super::*;
use crate::order::{Line, PaymentMethod, Product};
use crate::understanding::{Reason, Wish};

fn policy() -> &'static Policy {
    static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::parse(Policy::default_text()).unwrap());
    &POLICY
}

/// What a window of the policy allows.
#[derive(Debug, Clone, Copy)]
enum Allowance {
    /// Counted from receipt.
    Refund,
    /// Counted from receipt.
    DefectiveOnArrival,
    /// Counted from the invoice: the product line, and extended months.
    Warranty(&'static str, u32),
    /// Counted from issue.
    Rma,
    /// Counted from the replacement's shipping.
    AdvanceReplacement,
}

use Allowance::{AdvanceReplacement, DefectiveOnArrival, Refund, Rma, Warranty};

impl Allowance {
    /// Whether it is still allowed on `day`.
    fn is_open(self, start: Date, day: Date) -> bool {
        let windows = &policy().windows;
        match self {
            Refund => self.judged(start, day).route == Some(Route::Refund),
            DefectiveOnArrival => self.judged(start, day).route == Some(Route::DefectiveOnArrival),
            Warranty(..) => self.judged(start, day).outcome == OutcomeKind::RmaIssued,
            Rma => day <= windows.rma.last_day(start),
            AdvanceReplacement => day <= windows.advance_replacement.last_day(start),
        }
    }

    /// A unit invoiced, shipped and received on `start`, of a request on `day` that only this window grants.
    fn judged(self, start: Date, day: Date) -> UnitJudgement {
        let (product_line, extended_warranty_months) = match self {
            Warranty(product_line, months) => (product_line, months),
            _ => ("kvm_switch", 0),
        };
        let invoice = received_at_once(start, product_line, extended_warranty_months);
        let (reason, wish) = match self {
            Refund => (Reason::NotNeeded, Wish::Refund),
            _ => (Reason::Defective, Wish::RepairOrReplacement),
        };
        let claim = UnitClaim {
            invoice: &invoice,
            line: invoice.lines.first(),
            serial: Some("K1"),
            quantity: 1,
            reason: Some(reason),
            wish: Some(wish),
            as_of: day,
            charged: Charged::default(),
        };
        judge_unit(&claim, policy())
    }
}

fn received_at_once(day: Date, product_line: &str, extended_warranty_months: u32) -> Invoice {
    let product = Product {
        part_number: "KVM".into(),
        title: "KVM switch".into(),
        product_line: product_line.into(),
        serialized: true,
        aliases: Vec::new(),
    };
    let line = Line {
        line: 1,
        product,
        quantity: 1,
        unit_price: Decimal::new(24_999, 2),
        extended_warranty_months,
        serials: vec!["K1".into()],
        gone: vec![],
    };
    Invoice {
        invoice_number: "A-1".into(),
        account_number: "1".into(),
        invoiced_on: day,
        channel: "direct".into(),
        ship_to_country: "US".into(),
        payment_method: PaymentMethod::CreditCard,
        currency: "USD".into(),
        freight: Decimal::ZERO,
        insurance: Decimal::ZERO,
        free_shipping: false,
        actual_shipping_cost: Decimal::ZERO,
        shipped_on: Some(day),
        delivered_on: Some(day),
        lines: vec![line],
    }
}

#[test]
fn a_window_is_open_on_each_of_its_days_and_on_no_later_one() {
    let starts = [
        date(2026, 6, 1),
        date(2026, 2, 28),
        date(2026, 3, 7),
        date(2026, 10, 31),
        date(2027, 12, 31),
        date(2028, 2, 28),
        date(2028, 2, 29),
    ];
    for (window, days) in [(Refund, 15), (DefectiveOnArrival, 7), (Rma, 14), (AdvanceReplacement, 14)] {
        for start in starts {
            for day in 0..=40 {
                let open = window.is_open(start, start.saturating_add(day.days()));
                assert_eq!(open, day <= days, "{window:?} of {start}, day {day}");
            }
        }
    }
}

/// One year, three, and four: three extended by twelve months.
#[test]
fn a_warranty_ends_on_the_same_date_of_a_later_year() {
    let (one, three, four) = (Warranty("video_switch", 0), Warranty("kvm_switch", 0), Warranty("kvm_switch", 12));
    for (invoiced_on, window, last) in [
        (date(2026, 5, 27), one, date(2027, 5, 27)),
        (date(2026, 5, 27), three, date(2029, 5, 27)),
        (date(2026, 5, 27), four, date(2030, 5, 27)),
        // Of 29 February, and beside it.
        (date(2024, 2, 29), one, date(2025, 2, 28)),
        (date(2024, 2, 29), three, date(2027, 2, 28)),
        (date(2024, 2, 29), four, date(2028, 2, 29)),
        (date(2024, 2, 28), four, date(2028, 2, 28)),
        (date(2025, 2, 28), three, date(2028, 2, 28)),
        (date(2025, 3, 1), three, date(2028, 3, 1)),
        (date(2023, 12, 31), one, date(2024, 12, 31)),
        // Extended months end with a shorter month.
        (date(2024, 8, 31), Warranty("video_switch", 6), date(2026, 2, 28)),
    ] {
        let next = last.saturating_add(1.day());
        assert!(window.is_open(invoiced_on, last), "{window:?} of {invoiced_on} on {last}");
        assert!(!window.is_open(invoiced_on, next), "{window:?} of {invoiced_on} on {next}");
    }
}

#[test]
fn the_vendors_day_changes_at_the_vendors_midnight() {
    let zone = TimeZone::get("America/Los_Angeles").unwrap();
    for (midnight, begins) in [
        ("2026-01-17T08:00:00Z", date(2026, 1, 17)),
        ("2026-06-17T07:00:00Z", date(2026, 6, 17)),
        // The day of 23 hours, from both sides.
        ("2026-03-08T08:00:00Z", date(2026, 3, 8)),
        ("2026-03-09T07:00:00Z", date(2026, 3, 9)),
        // The day of 25.
        ("2026-11-01T07:00:00Z", date(2026, 11, 1)),
        ("2026-11-02T08:00:00Z", date(2026, 11, 2)),
        ("2028-02-29T08:00:00Z", date(2028, 2, 29)),
        ("2028-03-01T08:00:00Z", date(2028, 3, 1)),
        ("2027-01-01T08:00:00Z", date(2027, 1, 1)),
    ] {
        let midnight: Timestamp = midnight.parse().unwrap();
        assert_eq!(request_day(midnight, &zone), begins);
        assert_eq!(request_day(midnight - 1.second(), &zone), begins.yesterday().unwrap());
    }
    // The hour that is left out, and the one that comes twice.
    for (instant, day) in [
        ("2026-03-08T09:59:59Z", date(2026, 3, 8)),
        ("2026-03-08T10:00:00Z", date(2026, 3, 8)),
        ("2026-11-01T08:30:00Z", date(2026, 11, 1)),
        ("2026-11-01T09:30:00Z", date(2026, 11, 1)),
    ] {
        assert_eq!(request_day(instant.parse().unwrap(), &zone), day, "{instant}");
    }
}

/// Each window's last second, as the mail server's clock tells it, and the second after.
#[test]
fn a_window_closes_at_the_vendors_midnight() {
    let zone = TimeZone::get("America/Los_Angeles").unwrap();
    let year = Warranty("video_switch", 0);
    for (window, start, last_second) in [
        (Refund, date(2026, 6, 1), "2026-06-17T06:59:59Z"),
        (Refund, date(2026, 1, 1), "2026-01-17T07:59:59Z"),
        (DefectiveOnArrival, date(2026, 6, 1), "2026-06-09T06:59:59Z"),
        (year, date(2025, 6, 10), "2026-06-11T06:59:59Z"),
        (Rma, date(2026, 6, 1), "2026-06-16T06:59:59Z"),
        (AdvanceReplacement, date(2026, 6, 1), "2026-06-16T06:59:59Z"),
        // It ends with 7 March, in winter time; with 8 March, in summer time.
        (Refund, date(2026, 2, 20), "2026-03-08T07:59:59Z"),
        (Refund, date(2026, 2, 21), "2026-03-09T06:59:59Z"),
        (DefectiveOnArrival, date(2026, 2, 28), "2026-03-08T07:59:59Z"),
        (DefectiveOnArrival, date(2026, 3, 1), "2026-03-09T06:59:59Z"),
        (year, date(2025, 3, 7), "2026-03-08T07:59:59Z"),
        (year, date(2025, 3, 8), "2026-03-09T06:59:59Z"),
        (Rma, date(2026, 2, 21), "2026-03-08T07:59:59Z"),
        (Rma, date(2026, 2, 22), "2026-03-09T06:59:59Z"),
        (AdvanceReplacement, date(2026, 2, 21), "2026-03-08T07:59:59Z"),
        (AdvanceReplacement, date(2026, 2, 22), "2026-03-09T06:59:59Z"),
        // With 31 October, in summer time; with 1 November, in winter time.
        (Refund, date(2026, 10, 16), "2026-11-01T06:59:59Z"),
        (Refund, date(2026, 10, 17), "2026-11-02T07:59:59Z"),
        (DefectiveOnArrival, date(2026, 10, 24), "2026-11-01T06:59:59Z"),
        (DefectiveOnArrival, date(2026, 10, 25), "2026-11-02T07:59:59Z"),
        (year, date(2025, 10, 31), "2026-11-01T06:59:59Z"),
        (year, date(2025, 11, 1), "2026-11-02T07:59:59Z"),
        (Rma, date(2026, 10, 17), "2026-11-01T06:59:59Z"),
        (Rma, date(2026, 10, 18), "2026-11-02T07:59:59Z"),
        (AdvanceReplacement, date(2026, 10, 17), "2026-11-01T06:59:59Z"),
        (AdvanceReplacement, date(2026, 10, 18), "2026-11-02T07:59:59Z"),
        // With 29 February, and with 28 February where there is none.
        (Refund, date(2028, 2, 14), "2028-03-01T07:59:59Z"),
        (Refund, date(2028, 2, 13), "2028-02-29T07:59:59Z"),
        (Refund, date(2027, 2, 13), "2027-03-01T07:59:59Z"),
        (year, date(2024, 2, 29), "2025-03-01T07:59:59Z"),
        (Warranty("kvm_switch", 12), date(2024, 2, 29), "2028-03-01T07:59:59Z"),
    ] {
        let last_second: Timestamp = last_second.parse().unwrap();
        let open_at = |instant| window.is_open(start, request_day(instant, &zone));
        assert!(open_at(last_second), "{window:?} of {start} at {last_second}");
        assert!(!open_at(last_second + 1.second()), "{window:?} of {start} after {last_second}");
    }
}

/// What was issued or shipped a second before midnight has one day less than what was a second later.
#[test]
fn a_window_starts_with_the_vendors_day() {
    let zone = TimeZone::get("America/Los_Angeles").unwrap();
    for (midnight, last) in [
        ("2026-06-01T07:00:00Z", date(2026, 6, 15)),
        ("2026-03-08T08:00:00Z", date(2026, 3, 22)),
        ("2026-03-09T07:00:00Z", date(2026, 3, 23)),
        ("2026-11-01T07:00:00Z", date(2026, 11, 15)),
        ("2026-11-02T08:00:00Z", date(2026, 11, 16)),
        ("2028-02-15T08:00:00Z", date(2028, 2, 29)),
    ] {
        let midnight: Timestamp = midnight.parse().unwrap();
        let (after, before) = (request_day(midnight, &zone), request_day(midnight - 1.second(), &zone));
        for window in [Rma, AdvanceReplacement] {
            assert!(window.is_open(after, last) && !window.is_open(before, last), "{window:?} at {midnight}");
            assert!(window.is_open(before, last.yesterday().unwrap()), "{window:?} before {midnight}");
        }
    }
}

#[test]
fn a_route_serves_what_it_was_approved_for() {
    use Wish::{AdvanceReplacement, Cancel, Credit, Exchange, Refund, RepairOrReplacement, RmaStatus};
    for (route, served) in [
        (Route::Return, &[Refund, Credit, Exchange, RmaStatus][..]),
        (Route::Refund, &[Refund, RmaStatus]),
        (Route::Credit, &[Credit, RmaStatus]),
        (Route::Exchange, &[Exchange, RepairOrReplacement, RmaStatus]),
        (Route::DefectiveOnArrival, &[Exchange, RepairOrReplacement, RmaStatus]),
        (Route::RepairOrReplacement, &[Exchange, RepairOrReplacement, RmaStatus]),
        (Route::InternationalRepair, &[Exchange, RepairOrReplacement, RmaStatus]),
    ] {
        for wish in [Refund, Credit, Exchange, RepairOrReplacement, AdvanceReplacement, Cancel, RmaStatus] {
            assert_eq!(route.serves(wish), served.contains(&wish), "{route:?}, {wish:?}");
        }
    }
}
