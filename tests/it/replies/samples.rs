//! One sample of every letter and of every variant of it, with fixed numbers and dates.

pub mod life;
pub mod staff;

use jiff::civil::{Date, date};
use rmad::order::Money;
use rmad::policy::WindowLine;
use rmad::reply::*;
use rmad::understanding::{Reason, Wish};

pub fn vendor() -> Vendor {
    Vendor {
        name: "Northwind KVM".to_owned(),
        address: "support@northwind.example".to_owned(),
        policy_url: Some("https://www.northwind.example/returns".to_owned()),
        returns_address: ["Northwind KVM Returns", "1200 Harbor Way, Dock 4", "Portland, OR 97201", "USA"]
            .map(String::from)
            .to_vec(),
    }
}

/// Every sample, by the name of its snapshot.
pub fn all() -> Vec<(String, Reply)> {
    let mut samples = issued();
    samples.extend(requested());
    samples.extend(declined());
    samples.extend(others());
    samples.extend(held());
    samples.extend(life::all());
    samples.extend(staff::all());
    samples.into_iter().map(|(name, reply)| (name.to_owned(), reply)).collect()
}

fn issued() -> Vec<(&'static str, Reply)> {
    let plain = |grant| rma(vec![authorized(grant)]);
    let repair = AuthorizedUnit {
        windows: vec![refund_over(), on_arrival_over(), warranty_until(date(2028, 12, 1))],
        ..authorized(Grant::RepairOrReplacement)
    };
    let refund_until = WindowLine::Refund { days: 15, last_day: date(2026, 6, 25), is_open: true };
    let on_arrival = AuthorizedUnit {
        windows: vec![refund_until, warranty_until(date(2029, 6, 5))],
        ..authorized(Grant::DoaReplacement)
    };
    let refund = RmaIssued {
        units: vec![AuthorizedUnit { unit: checked_switch(), ..authorized(Grant::Refund) }],
        refund: Some(estimate()),
        clauses: vec![guarantee(), restocking(), method(), incomplete()],
        ..plain(Grant::Refund)
    };
    let international = RmaIssued {
        clauses: vec![
            warranty(),
            clause(
                "shipping.international-repair",
                "International warranty repair",
                "You pay shipping both ways; an authorized agent in your country, where there is one, may handle the repair instead.",
            ),
        ],
        units: vec![AuthorizedUnit {
            windows: vec![WindowLine::InternationalOrder, warranty_until(date(2028, 12, 1))],
            ..authorized(Grant::InternationalRepair)
        }],
        ..plain(Grant::InternationalRepair)
    };
    let mixed = RmaIssued {
        units: vec![
            repair.clone(),
            AuthorizedUnit { unit: cables(), windows: vec![WindowLine::LifetimeWarranty], ..authorized(Grant::Refund) },
        ],
        refund: Some(estimate()),
        asides: asides(),
        ..plain(Grant::Refund)
    };
    vec![
        ("rma_issued_refund", Reply::RmaIssued(refund)),
        ("rma_issued_credit", Reply::RmaIssued(plain(Grant::Credit))),
        ("rma_issued_exchange", Reply::RmaIssued(plain(Grant::Exchange))),
        ("rma_issued_repair", Reply::RmaIssued(rma(vec![repair]))),
        ("rma_issued_doa", Reply::RmaIssued(rma(vec![on_arrival]))),
        ("rma_issued_international", Reply::RmaIssued(international)),
        ("rma_issued_return", Reply::RmaIssued(plain(Grant::Return))),
        ("rma_issued_mixed", Reply::RmaIssued(mixed)),
    ]
}

fn requested() -> Vec<(&'static str, Reply)> {
    let everything = [Detail::Account, Detail::InvoiceNumber, Detail::PartNumber, Detail::SerialNumber, Detail::Reason];
    let known = NamedUnit { serial_number: None, record: Record::default(), ..named() };
    let three = NamedUnit { quantity: 3, ..known.clone() };
    let serials = DetailRequest { detail: Detail::SerialNumber, count: 3, unit: Some("UR-14PLUS".to_owned()) };
    let invoice_number = || "INV-20169".to_owned();
    let reason = Understood { reason: Some(Reason::Defective), ..Understood::default() };
    let understood = Understood {
        units: vec![known],
        account_number: Some("C10401".to_owned()),
        reason: Some(Reason::NotNeeded),
        wanted: Some(Wish::Refund),
    };
    let nothing = Understood::default();
    let corrected = Understood { units: vec![named()], ..Understood::default() };
    let unknown = Mismatch::UnknownInvoice { invoice_number: "INV-99999".to_owned() };
    let part = Mismatch::PartNotOnInvoice { part_number: "UD-18".to_owned(), invoice_number: invoice_number() };
    let serial =
        Mismatch::SerialNotOnInvoice { serial_number: "UD142304-09999".to_owned(), invoice_number: invoice_number() };
    let cancellation = DetailsRequested {
        purpose: Purpose::Cancellation,
        ..request(nothing.clone(), vec![], vec![one(Detail::InvoiceNumber)])
    };
    let with_asides =
        DetailsRequested { asides: asides(), ..request(reason.clone(), vec![], vec![one(Detail::SerialNumber)]) };
    let letters = vec![
        ("details_requested_one", request(understood, vec![], vec![one(Detail::SerialNumber)])),
        ("details_requested_all", request(nothing.clone(), vec![], everything.map(one).to_vec())),
        (
            "details_requested_several_units",
            request(Understood { units: vec![three], ..reason.clone() }, vec![], vec![serials]),
        ),
        ("details_requested_corrected", request(corrected, vec![], vec![one(Detail::Reason)])),
        ("details_requested_unknown_invoice", request(nothing.clone(), vec![unknown.clone()], vec![])),
        ("details_requested_part_not_on_invoice", request(reason.clone(), vec![part], vec![])),
        ("details_requested_serial_not_on_invoice", request(reason.clone(), vec![serial.clone()], vec![])),
        (
            "details_requested_misfits_and_missing",
            request(reason, vec![unknown, serial], vec![one(Detail::PartNumber)]),
        ),
        ("details_requested_cancellation", cancellation),
        ("details_requested_asides", with_asides),
    ];
    letters.into_iter().map(|(name, letter)| (name, Reply::DetailsRequested(letter))).collect()
}

fn declined() -> Vec<(&'static str, Reply)> {
    let old = Objection::OutOfWarranty { started_on: date(2023, 6, 5), ended_on: date(2026, 6, 5) };
    let late = Objection::ReturnPeriodOver { delivered_on: date(2026, 5, 25), ended_on: date(2026, 6, 9) };
    let shipped = Objection::AlreadyShipped { shipped_on: date(2026, 6, 11) };
    let gone = Objection::LeftWarehouse { shipped_on: date(2026, 6, 11) };
    let order = || Goods::Order { invoice_number: "INV-20243".to_owned(), record: Record::default() };
    let cancel = clause("cancel.domestic", "Canceling an order", "An order can be canceled until it ships.");
    let foreign = clause(
        "return.international",
        "International orders",
        "International orders cannot be returned or refunded once the package has left the warehouse.",
    );
    let unit = || Goods::Unit(switch());
    let cable = Goods::Unit(Unit { record: corrected_record(), ..cables() });
    let several = vec![
        refused(unit(), vec![old.clone()], vec![warranty()], None),
        refused(cable, vec![late.clone()], vec![too_late()], None),
    ];
    vec![
        (
            "declined_out_of_warranty",
            decline(vec![beside(refund_over(), refused(unit(), vec![old.clone()], vec![warranty()], None))]),
        ),
        (
            "declined_too_late",
            decline(vec![beside(
                warranty_until(date(2028, 12, 1)),
                refused(unit(), vec![late.clone()], vec![too_late()], None),
            )]),
        ),
        ("declined_both", decline(vec![refused(unit(), vec![old, late], vec![warranty(), too_late()], None)])),
        (
            "declined_shipped",
            decline(vec![refused(
                order(),
                vec![shipped.clone()],
                vec![cancel.clone(), guarantee()],
                Some(Offer::ReturnAfterDelivery),
            )]),
        ),
        (
            "declined_delivered",
            decline(vec![refused(
                order(),
                vec![shipped],
                vec![cancel, guarantee()],
                Some(Offer::ReturnUntil(date(2026, 6, 30))),
            )]),
        ),
        ("declined_international", decline(vec![refused(order(), vec![gone], vec![foreign], None)])),
        ("declined_several", decline(several)),
    ]
}

fn others() -> Vec<(&'static str, Reply)> {
    let order = |number: &str, record| CanceledOrder {
        invoice_number: number.to_owned(),
        record,
        refund: Some(cancellation_refund()),
    };
    let fee = clause(
        "fee.processing-domestic",
        "Processing fee",
        "The processing fee of 2.9% of a card or PayPal payment is not refunded.",
    );
    let cancellation = |orders| CancellationAccepted { orders, clauses: vec![fee.clone()], asides: vec![] };
    let two = cancellation(vec![order("INV-20243", Record::default()), order("INV-20275", corrected_record())]);
    let details = |turn| {
        Reply::DetailsReminder(DetailsReminder {
            turn,
            asked_on: date(2026, 6, 15),
            requests: vec![one(Detail::SerialNumber), one(Detail::Reason)],
        })
    };
    let reminder = |turn| {
        Reply::RmaReminder(RmaReminder {
            turn,
            rma_number: number(),
            last_day: last_day(),
            units: vec![switch(), cables()],
        })
    };
    vec![
        (
            "cancellation_accepted",
            Reply::CancellationAccepted(cancellation(vec![order("INV-20243", Record::default())])),
        ),
        ("cancellation_accepted_two", Reply::CancellationAccepted(two)),
        ("sender_not_on_order", Reply::SenderNotOnOrder(SenderNotOnOrder)),
        ("details_reminder_first", details(DetailsTurn::First)),
        ("details_reminder_second", details(DetailsTurn::Second { closes_on: date(2026, 6, 29) })),
        ("rma_reminder_first", reminder(RmaTurn::First)),
        ("rma_reminder_second", reminder(RmaTurn::Second)),
    ]
}

fn held() -> Vec<(&'static str, Reply)> {
    let held = |matter, clauses| Reply::HeldForReview(HeldForReview { matter, units: vec![], clauses });
    let about = |matter| Reply::HeldForReview(HeldForReview { matter, units: vec![named()], clauses: vec![] });
    let elsewhere = clause(
        "warranty.other-channel",
        "Bought elsewhere",
        "Our terms are for direct purchases; other channels may have other warranties.",
    );
    let void = clause(
        "warranty.void",
        "Mishandled, abused or altered",
        "Damage from user error, mishandling, abuse or unauthorized alteration voids the warranty.",
    );
    let advance = clause(
        "replacement.advance",
        "Advance replacement",
        "On request a replacement ships first. The product and its freight may be charged, and the product's cost is refunded if the defective unit comes back within 14 days of the day the replacement shipped.",
    );
    vec![
        ("held_general", held(Matter::General, vec![])),
        ("held_advance_replacement", held(Matter::AdvanceReplacement, vec![advance])),
        ("held_purchased_elsewhere", held(Matter::PurchasedElsewhere, vec![elsewhere])),
        ("held_possible_void_warranty", held(Matter::PossibleVoidWarranty, vec![void])),
        ("held_shipping_damage", about(Matter::ShippingDamage)),
        ("held_wrong_item", about(Matter::WrongItem)),
        ("held_missing_parts", about(Matter::MissingParts)),
        ("held_legal", held(Matter::Legal, vec![])),
        ("held_language_not_supported", held(Matter::LanguageNotSupported, vec![])),
        ("held_declined_contested", held(Matter::DeclinedContested, vec![])),
        ("held_rma_not_found", held(Matter::RmaNotFound, vec![])),
        ("held_delivery_date_unknown", about(Matter::DeliveryDateUnknown)),
        ("held_conflicting_details", held(Matter::ConflictingDetails, vec![])),
        ("held_details_not_forthcoming", held(Matter::DetailsNotForthcoming, vec![])),
        ("held_order_already_canceled", held(Matter::OrderAlreadyCanceled, vec![])),
    ]
}

pub fn authorized(grant: Grant) -> AuthorizedUnit {
    AuthorizedUnit { unit: switch(), grant, windows: vec![] }
}

fn refund_over() -> WindowLine {
    WindowLine::Refund { days: 15, last_day: date(2026, 6, 9), is_open: false }
}

fn on_arrival_over() -> WindowLine {
    WindowLine::DefectOnArrival { days: 7, last_day: date(2026, 6, 1), is_open: false }
}

fn warranty_until(last_day: Date) -> WindowLine {
    WindowLine::Warranty { last_day, is_open: true }
}

pub fn rma(units: Vec<AuthorizedUnit>) -> RmaIssued {
    let terms = [
        ("rma.valid-14-days", "RMA validity"),
        ("rma.number-on-box", "RMA number on the box"),
        ("shipping.return-prepaid", "Return shipping"),
        ("return.original-packaging", "Packing"),
        ("shipping.insure-return", "Lost or damaged returns"),
    ];
    RmaIssued {
        rma_number: number(),
        issued_on: date(2026, 6, 15),
        last_day: last_day(),
        units,
        refund: None,
        clauses: vec![warranty(), incomplete()],
        terms: terms.map(|(id, title)| clause(id, title, "Said in the letter.")).to_vec(),
        asides: vec![],
    }
}

fn request(understood: Understood, mismatches: Vec<Mismatch>, requests: Vec<DetailRequest>) -> DetailsRequested {
    let clauses =
        vec![clause("rma.required", "RMA number needed first", "We cannot accept a package without an RMA number.")];
    DetailsRequested { purpose: Purpose::Return, understood, mismatches, requests, clauses, asides: vec![] }
}

fn decline(declined: Vec<DeclinedGoods>) -> Reply {
    Reply::Declined(Declined { requested_on: date(2026, 6, 15), declined, clauses: vec![], asides: vec![] })
}

fn refused(goods: Goods, objections: Vec<Objection>, clauses: Vec<ClauseLine>, offer: Option<Offer>) -> DeclinedGoods {
    DeclinedGoods { goods, objections, windows: vec![], clauses, offer }
}

fn beside(window: WindowLine, declined: DeclinedGoods) -> DeclinedGoods {
    DeclinedGoods { windows: vec![window], ..declined }
}

fn asides() -> Vec<Aside> {
    let late = Objection::ReturnPeriodOver { delivered_on: date(2026, 5, 25), ended_on: date(2026, 6, 9) };
    let unit = NamedUnit { serial_number: None, ..named() };
    vec![
        Aside::Declined(beside(
            WindowLine::LifetimeWarranty,
            refused(Goods::Unit(cables()), vec![late], vec![too_late()], None),
        )),
        Aside::DetailsMissing { unit, requests: vec![one(Detail::SerialNumber), one(Detail::Reason)] },
        Aside::OpenRma { unit: switch(), rma_number: "R-10007-3".to_owned(), last_day: date(2026, 6, 22) },
        Aside::UnderReview(Goods::Order { invoice_number: "INV-20275".to_owned(), record: Record::default() }),
    ]
}

pub fn switch() -> Unit {
    Unit {
        title: "4-port dual-link KVM switch kit".to_owned(),
        part_number: "UD-14PLUS".to_owned(),
        serial_number: Some("UD142304-01799".to_owned()),
        invoice_number: "INV-20130".to_owned(),
        quantity: 1,
        record: Record::default(),
    }
}

fn checked_switch() -> Unit {
    Unit {
        record: Record { from_order: vec![Detail::InvoiceNumber, Detail::PartNumber], ..corrected_record() },
        ..switch()
    }
}

pub fn cables() -> Unit {
    Unit {
        title: "HDMI cable, 6' & adapter".to_owned(),
        part_number: "CBL-HDMI2".to_owned(),
        serial_number: None,
        quantity: 2,
        ..switch()
    }
}

pub fn named() -> NamedUnit {
    NamedUnit {
        title: Some("4-port HDMI KVM switch kit".to_owned()),
        part_number: Some("UR-14PLUS".to_owned()),
        serial_number: Some("UR142401-00812".to_owned()),
        invoice_number: Some("INV-20169".to_owned()),
        quantity: 1,
        record: corrected_record(),
    }
}

fn corrected_record() -> Record {
    let correction = Correction {
        detail: Detail::SerialNumber,
        recorded: "UD142304-01799".to_owned(),
        typed: "UDI423O4-01799".to_owned(),
    };
    Record { corrections: vec![correction], from_order: vec![] }
}

fn one(detail: Detail) -> DetailRequest {
    DetailRequest { detail, count: 1, unit: None }
}

pub fn number() -> String {
    "R-10023-7".to_owned()
}

pub fn last_day() -> Date {
    date(2026, 6, 29)
}

pub fn clause(id: &str, title: &str, sentence: &str) -> ClauseLine {
    ClauseLine::new(&vendor(), id, title, sentence)
}

pub fn warranty() -> ClauseLine {
    clause(
        "warranty.kvm-switch",
        "Warranty, KVM switches",
        "KVM switches carry a warranty of 3 years from the invoice date.",
    )
}

pub fn incomplete() -> ClauseLine {
    clause(
        "return.incomplete-30",
        "Incomplete package",
        "A return without its original box, manuals or accessories is charged up to 30%.",
    )
}

fn guarantee() -> ClauseLine {
    clause(
        "return.domestic-15-days",
        "15-day guarantee",
        "Within 15 days of receipt you may return a product for a refund (without freight and insurance), a credit or an exchange.",
    )
}

fn restocking() -> ClauseLine {
    clause(
        "return.restocking-15",
        "Restocking fee",
        "A product that is not defective may be charged a restocking fee of up to 15%.",
    )
}

fn method() -> ClauseLine {
    clause(
        "refund.method",
        "How refunds are paid",
        "Refunds are paid by your method of payment, or by check at our discretion.",
    )
}

fn too_late() -> ClauseLine {
    clause(
        "return.no-refund-after-15-days",
        "No refund after 15 days",
        "After 15 days from receipt there is no refund.",
    )
}

/// The first worked example of the policy.
fn estimate() -> RefundStatement {
    let lines = vec![
        line(RefundItem::Goods { part_number: "UD-14PLUS".to_owned(), quantity: 1 }, "249.99", "249.99"),
        line(RefundItem::RestockingFee { percent: "15".parse().unwrap() }, "37.50", "0"),
        line(RefundItem::ProcessingFee { percent: "2.90".parse().unwrap() }, "7.25", "7.25"),
        line(RefundItem::ShippingCost, "18.40", "18.40"),
    ];
    RefundStatement {
        currency: "USD".to_owned(),
        lines,
        refund: Range { least: money("186.84"), most: money("224.34") },
    }
}

fn cancellation_refund() -> RefundStatement {
    let lines = vec![
        line(RefundItem::OrderTotal, "1284.37", "1284.37"),
        line(RefundItem::ProcessingFee { percent: "2.9".parse().unwrap() }, "37.25", "37.25"),
        line(RefundItem::WireFee, "50.00", "50.00"),
    ];
    RefundStatement { currency: "USD".to_owned(), lines, refund: Range::fixed(money("1197.12")) }
}

pub fn line(item: RefundItem, least: &str, most: &str) -> RefundLine {
    RefundLine { item, amount: Range { least: money(least), most: money(most) } }
}

pub fn money(text: &str) -> Money {
    Money::rounded(text.parse().unwrap())
}
