//! All windows in one letter: the route that was granted, and how every other stands, on both sides of each edge.

use super::{ADA, Database, House, WHOLE, mail};

const REFUND: &str = "Our switch no longer powers on and we want a refund. The serial number is NWS-24001101.";
const UNNEEDED: &str = "We do not need our switch any more and want a refund. The serial number is NWS-24001101.";

const ON_ARRIVAL: &str = "replacement, as defective on arrival";
const REPAIR: &str = "warranty repair or replacement";
const MONEY: &str = "refund";
const NOTHING: &str = "we are sorry that we cannot accept it";

const REFUND_OPEN: &str = "The 15-day period for a refund, credit or exchange runs until Saturday, 22 March 2025.";
const REFUND_OVER: &str = "The 15-day period for a refund, credit or exchange ended on Saturday, 22 March 2025.";
const ARRIVAL_OPEN: &str = "The 7-day period to report a defect on arrival runs until Friday, 14 March 2025.";
const ARRIVAL_OVER: &str = "The 7-day period to report a defect on arrival ended on Friday, 14 March 2025.";
const WARRANTY: &str = "The warranty runs until Friday, 3 March 2028.";
const REFUND_WAS: &str = "It was delivered on Friday, 7 March 2025, and a refund, credit or exchange was possible until Saturday, 22 March 2025.";
const WARRANTY_WAS: &str =
    "The warranty began with the invoice on Monday, 3 March 2025 and ended on Friday, 3 March 2028.";

/// Every sentence that a letter may hold about a window.
const SENTENCES: [&str; 7] = [REFUND_OPEN, REFUND_OVER, ARRIVAL_OPEN, ARRIVAL_OVER, WARRANTY, REFUND_WAS, WARRANTY_WAS];

#[tokio::test]
async fn a_letter_tells_of_every_window_once() {
    // invoiced on 3 March 2025, delivered on 7 March
    for (asked, day, route, windows) in [
        (WHOLE, "2025-03-14", ON_ARRIVAL, vec![REFUND_OPEN, WARRANTY]),
        (WHOLE, "2025-03-15", REPAIR, vec![REFUND_OPEN, ARRIVAL_OVER, WARRANTY]),
        (WHOLE, "2025-03-22", REPAIR, vec![REFUND_OPEN, ARRIVAL_OVER, WARRANTY]),
        (WHOLE, "2025-03-23", REPAIR, vec![REFUND_OVER, ARRIVAL_OVER, WARRANTY]),
        (WHOLE, "2028-03-03", REPAIR, vec![REFUND_OVER, ARRIVAL_OVER, WARRANTY]),
        (WHOLE, "2028-03-04", NOTHING, vec![REFUND_OVER, ARRIVAL_OVER, WARRANTY_WAS]),
        (REFUND, "2025-03-14", MONEY, vec![ARRIVAL_OPEN, WARRANTY]),
        (REFUND, "2025-03-22", MONEY, vec![WARRANTY]),
        (REFUND, "2025-03-23", REPAIR, vec![REFUND_OVER, ARRIVAL_OVER, WARRANTY]),
        (REFUND, "2028-03-04", NOTHING, vec![ARRIVAL_OVER, REFUND_WAS, WARRANTY_WAS]),
        (UNNEEDED, "2025-03-22", MONEY, vec![WARRANTY]),
        (UNNEEDED, "2025-03-23", NOTHING, vec![WARRANTY, REFUND_WAS]),
    ] {
        let mut house = House::open(Database::sqlite(), |_| ()).await;
        // the vendor's midnight begins the next day
        let midnight: jiff::civil::DateTime = format!("{day}T23:59:59").parse().unwrap();
        house.clock.set(midnight.in_tz("America/Los_Angeles").unwrap().timestamp());
        let message = mail(ADA, "1@customer.example", asked).replace("Subject: Broken switch", "Subject: Our switch");
        let id = house.take_in(message).await;
        let letter = house.replies(id).await.remove(0).text;
        let text = letter.split_whitespace().collect::<Vec<_>>().join(" ");
        let granted = if route == NOTHING { NOTHING.to_owned() } else { format!("Approved for {route} ") };
        assert!(text.contains(&granted), "{day}: {letter}");
        let found: Vec<&str> = SENTENCES.into_iter().filter(|sentence| text.contains(sentence)).collect();
        assert_eq!(found, windows, "{day}: {letter}");
        for sentence in found {
            assert_eq!(text.matches(sentence).count(), 1, "{letter}");
        }
    }
}
