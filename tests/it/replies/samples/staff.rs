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
        flagged: Listed::first(9, vec![]),
        to_inspect: Listed::first(9, vec![]),
        overdue: Listed::first(9, vec![]),
        to_void: Listed::first(9, vec![]),
        undelivered: Listed::first(9, vec![]),
        unreadable: Listed::first(9, vec![]),
        failing: vec![],
        stuck: None,
        console: None,
    };
    let without_console = StaffDigest {
        flagged: Listed::first(9, vec![thread("C-10023", None)]),
        unreadable: Listed::first(9, vec![unreadable(7, None)]),
        failing: vec![Failing {
            what: "reading the mailbox",
            since: date(2026, 6, 5).at(7, 30, 0, 0),
            error: "the server refuses the login: AUTHENTICATE failed, token expired".to_owned(),
        }],
        ..quiet.clone()
    };
    let crowded = StaffDigest {
        flagged: Listed { total: 41, ..digest().flagged },
        to_inspect: Listed { total: 2, ..digest().to_inspect },
        overdue: Listed { total: 3, ..digest().overdue },
        to_void: Listed::first(9, vec![]),
        undelivered: Listed { total: 4, ..digest().undelivered },
        unreadable: Listed { total: 5, ..digest().unreadable },
        stuck: Some(Stuck { count: 12, since: date(2026, 6, 14).at(23, 5, 0, 0) }),
        ..digest()
    };
    vec![
        ("staff_digest", Reply::StaffDigest(digest())),
        ("staff_digest_crowded", Reply::StaffDigest(crowded)),
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
        flagged: Listed::first(9, vec![thread("C-10023", url("C-10023")), unnamed]),
        to_inspect: Listed::first(
            9,
            vec![ToInspect {
                case_number: "C-10007".to_owned(),
                rma_number: "R-10007-3".to_owned(),
                unit: "UD-14PLUS, serial number UD142304-01799".to_owned(),
                received_on: date(2026, 6, 11),
                url: url("C-10007"),
            }],
        ),
        overdue: Listed::first(
            9,
            vec![Overdue {
                case_number: "C-10002".to_owned(),
                rma_number: "R-10002-1".to_owned(),
                what: "the defective unit of an advance replacement is not back".to_owned(),
                since: date(2026, 6, 12),
                url: url("C-10002"),
            }],
        ),
        to_void: Listed::first(
            9,
            vec![ToVoid {
                case_number: "C-10021".to_owned(),
                invoice_number: "INV-20243".to_owned(),
                cancelled_on: date(2026, 6, 12),
                url: url("C-10021"),
            }],
        ),
        undelivered: Listed::first(9, vec![undelivered(Some("C-10019"), url("C-10019")), undelivered(None, None)]),
        unreadable: Listed::first(
            9,
            vec![unreadable(41, Some("https://desk.northwind.example/messages/41".to_owned())), unreadable(43, None)],
        ),
        failing: vec![],
        stuck: None,
        console: Some("https://desk.northwind.example/".to_owned()),
    }
}

fn thread(case_number: &str, url: Option<String>) -> FlaggedThread {
    FlaggedThread {
        case_number: case_number.to_owned(),
        customer: "Victor Evans <victor@lab.example>".to_owned(),
        subject: "RE: One bad switch".to_owned(),
        reasons: vec!["warranty may be void".to_owned(), "details contradict each other".to_owned()],
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

fn unreadable(message: i64, url: Option<String>) -> Unreadable {
    Unreadable { message, received_on: date(2026, 6, 12), defect: "the message is empty".to_owned(), url }
}
