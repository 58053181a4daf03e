//! What a customer may have written is found among the sender's own orders, and nowhere else.

use std::fmt::Write;

use rmad::order::{Invoice, look_alike_key};
use rmad::order_book::OrderBook;

use super::{as_they_are, files, files_and, imported};
use crate::databases::both;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The keys of what stands in a mail.
fn keys(written: &[&str]) -> Vec<String> {
    written.iter().map(|text| look_alike_key(text)).collect()
}

async fn found(book: &OrderBook, accounts: &[&str], written: &[&str]) -> Vec<String> {
    let invoices: Vec<Invoice> = book.invoices_of(&texts(accounts), &keys(written)).await.unwrap();
    invoices.into_iter().map(|invoice| invoice.invoice_number).collect()
}

#[tokio::test]
async fn customers_are_found_by_address_domain_and_account() {
    for database in both("find_customers").await {
        let book = imported(&database, files(as_they_are)).await;
        let ada = book.customers_of_sender("ADA@vale.example", "").await.unwrap();
        assert_eq!(ada.len(), 1);
        assert_eq!((ada[0].account_number.as_str(), ada[0].company.as_deref()), ("C100", Some("Vale, Moor & Co")));
        assert_eq!(ada[0].emails, ["ada@vale.example", "it@vale.example"]);
        assert_eq!(book.customers_of_sender("", "Vale.example").await.unwrap(), ada);
        assert_eq!(book.customers_of_sender("", "e.example").await.unwrap(), []);
        assert_eq!(book.customers_of_sender("", "").await.unwrap(), []);
        assert_eq!(book.customers_by_account(&keys(&["c-l00", "c999"])).await.unwrap(), ada);
        assert_eq!(book.customers_by_account(&[]).await.unwrap(), []);
    }
}

#[tokio::test]
async fn invoices_are_found_by_their_number_and_by_their_units() {
    for database in both("find_invoices").await {
        let book = imported(&database, files(as_they_are)).await;
        for (written, expected) in [
            (&["INV-20172"][..], &["INV-20172"][..]),
            (&["lnv 2O172"], &["INV-20172"]),
            (&["20172"], &["INV-20172"]),
            (&["k4 OO13"], &["INV-20172"]),
            (&["4-0013"], &["INV-20172"]),
            (&["0013"], &[]),
            (&["INV-20172", "INV-20173", "K4-0012", "unknown"], &["INV-20172", "INV-20173"]),
            (&["30001", "990001"], &[]),
            (&[], &[]),
        ] {
            assert_eq!(found(&book, &["C100", "C300"], written).await, expected, "{written:?}");
        }
        assert_eq!(found(&book, &["C200"], &["30OO1", "K4-0012"]).await, ["30001"]);
        assert_eq!(found(&book, &[], &["30001"]).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_whole_number_goes_before_one_without_its_prefix() {
    for database in both("find_strength").await {
        let rows = "20172,C100,2026-06-01,direct,US,check,USD,0,0,no,0,,\n";
        let book = imported(&database, files_and("invoices.csv", rows)).await;
        assert_eq!(found(&book, &["C100"], &["20172"]).await, ["20172", "INV-20172"]);
    }
}

#[tokio::test]
async fn what_belongs_to_others_is_told_by_key() {
    for database in both("find_elsewhere").await {
        let book = imported(&database, files(as_they_are)).await;
        let asked = keys(&["INV-20172", "20172", "30001", "990001", "990001", "K4-0012", "nothing"]);
        let known = book.known_elsewhere(&texts(&["C100"]), &asked).await.unwrap();
        assert_eq!(known, ["30001", "990001"]);
        let known = book.known_elsewhere(&texts(&["C200"]), &asked).await.unwrap();
        assert_eq!(known, ["1NV20172", "20172", "K40012"]);
        assert_eq!(book.known_elsewhere(&[], &asked).await.unwrap().len(), 5);
    }
}

#[tokio::test]
async fn large_orders_and_customers_are_borne() {
    for database in both("find_large").await {
        let directory = files(|name, text| {
            let mut text = text.to_owned();
            match name {
                // A line of 10 000 units, and 2 000 invoices whose numbers end alike.
                "invoices.csv" => {
                    text.push_str("BIG,C100,2026-06-01,direct,US,check,USD,0,0,no,0,,\n");
                    for n in 0..2_000 {
                        let prefix: String =
                            [n / 400, n / 20 % 20, n % 20].iter().map(|d| char::from(b'A' + *d as u8)).collect();
                        writeln!(text, "{prefix}-4711,C100,2026-06-01,direct,US,check,USD,0,0,no,0,,").unwrap();
                    }
                }
                "invoice_lines.csv" => text.push_str("BIG,1,UD-14+,10000,1.00,0\n"),
                "units.csv" => (0..10_000).for_each(|n| writeln!(text, "BIG-{n:05},BIG,1").unwrap()),
                _ => {}
            }
            text
        });
        let book = imported(&database, directory).await;
        let big = book.invoices_of(&texts(&["C100"]), &keys(&["big 09999"])).await.unwrap();
        assert_eq!((big.len(), big[0].lines[0].serials.len()), (1, 10_000));
        assert_eq!(found(&book, &["C100"], &["4711"]).await.len(), 200);
        // More keys than a statement could have parameters.
        let many: Vec<String> = (0..40_000).map(|n| format!("{n}")).collect();
        assert!(!book.invoices_of(&texts(&["C100"]), &many).await.unwrap().is_empty());
    }
}
