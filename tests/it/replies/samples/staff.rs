//! Samples of the mails to staff.

use jiff::civil::date;
use rmad::reply::*;

use super::life::charge;
use super::{cables, last_day, number, switch};

pub fn all() -> Vec<(&'static str, Reply)> {
    let url = |case: &str| Some(format!("https://desk.northwind.example/cases/{case}"));
    let expired = Lapse::RmaExpired { units: vec![switch(), cables()] };
    let overdue = Lapse::AdvanceOverdue { unit: switch(), charge: charge() };
    let notice = |lapse| {
        Reply::StaffNotice(StaffNotice {
            case_number: "C-10023".to_owned(),
            rma_number: number(),
            customer: "Victor Evans <victor@lab.example>".to_owned(),
            last_day: last_day(),
            lapse,
            url: url("C-10023"),
        })
    };
    let quiet = StaffDigest {
        day: date(2026, 6, 15),
        flagged: vec![],
        to_inspect: vec![],
        overdue: vec![],
        undelivered: vec![],
        unreadable: 0,
        console: None,
    };
    let without_console = StaffDigest { flagged: vec![thread("C-10023", None)], unreadable: 1, ..quiet.clone() };
    vec![
        ("staff_digest", Reply::StaffDigest(digest())),
        ("staff_digest_quiet", Reply::StaffDigest(quiet)),
        ("staff_digest_without_console", Reply::StaffDigest(without_console)),
        ("staff_escalation", Reply::StaffEscalation(StaffEscalation { thread: thread("C-10023", url("C-10023")) })),
        ("staff_notice_expired", notice(expired)),
        ("staff_notice_overdue", notice(overdue)),
    ]
}

pub fn digest() -> StaffDigest {
    let url = |case: &str| Some(format!("https://desk.northwind.example/cases/{case}"));
    let unnamed = FlaggedThread {
        subject: " ".to_owned(),
        since: date(2026, 6, 15),
        age_hours: 5,
        ..thread("C-10031", url("C-10031"))
    };
    StaffDigest {
        day: date(2026, 6, 15),
        flagged: vec![thread("C-10023", url("C-10023")), unnamed],
        to_inspect: vec![ToInspect {
            case_number: "C-10007".to_owned(),
            rma_number: "R-10007-3".to_owned(),
            unit: "UD-14PLUS, serial number UD142304-01799".to_owned(),
            received_on: date(2026, 6, 11),
            url: url("C-10007"),
        }],
        overdue: vec![Overdue {
            case_number: "C-10002".to_owned(),
            rma_number: "R-10002-1".to_owned(),
            what: "the defective unit of an advance replacement is not back".to_owned(),
            since: date(2026, 6, 12),
            url: url("C-10002"),
        }],
        undelivered: vec![
            undelivered(Some("C-10019"), Some("https://desk.northwind.example/messages/41".to_owned())),
            undelivered(None, None),
        ],
        unreadable: 2,
        console: Some("https://desk.northwind.example/".to_owned()),
    }
}

fn thread(case_number: &str, url: Option<String>) -> FlaggedThread {
    FlaggedThread {
        case_number: case_number.to_owned(),
        customer: "Victor Evans <victor@lab.example>".to_owned(),
        subject: "RE: One bad switch".to_owned(),
        reasons: vec!["possible_void_warranty".to_owned(), "conflicting_details".to_owned()],
        since: date(2026, 6, 12),
        age_hours: 74,
        url,
    }
}

fn undelivered(case_number: Option<&str>, url: Option<String>) -> Undelivered {
    Undelivered {
        case_number: case_number.map(str::to_owned),
        recipient: "victor@lab.example".to_owned(),
        subject: "Re: One bad switch [C-10019]".to_owned(),
        why: "550 5.1.1 no such user".to_owned(),
        url,
    }
}
