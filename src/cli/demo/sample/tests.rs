use std::collections::{HashMap, HashSet};

use jiff::civil::date;
use mail_parser::{HeaderName, MessageParser};
use regex::Regex;

use super::*;
use crate::order::look_alike_key;

/// The name by which the mail server of the sample signs its `Authentication-Results`.
const AUTHSERV_ID: &str = "mx.connectpro.example";
/// Where people of the sample have private mailboxes that say nothing about who they work for.
const FREE_MAIL_DOMAINS: [&str; 2] = ["freemail.example", "webmail.example"];

type Row = HashMap<String, String>;

/// Days on which a calendar may trip.
const DAYS: [Date; 6] = [
    date(2024, 2, 29),
    date(2025, 3, 1),
    date(2026, 1, 1),
    date(2026, 12, 31),
    date(2027, 3, 14), // the clocks of Los Angeles go forward
    date(2028, 11, 5),
];

/// Who writes about which order, and the serial numbers as they are written.
const NAMED: [(&str, &str, &str, &[&str]); 12] = [
    ("warranty-repair", "marta.lindgren@brightwaterpost.example", "W-308117", &["MD24K01877"]),
    ("refund", "devonpike@freemail.example", "W-318902", &["QD14A02263"]),
    ("dead-on-arrival", "priya.raman@kestreltrading.example", "W-319077", &["RC19B00714"]),
    ("two-units", "avsupport@harborcityschools.example", "W-313460", &["KX60D03319", "HS14C01947"]),
    ("serial-missing", "tomas@lakeshoredental.example", "W-316231", &[]),
    ("warranty-over", "wes.tanaka@pinecrestcontrols.example", "W-302384", &["HV41C00385"]),
    ("cancellation", "hana.weber@nordkaistudios.example", "W-319310", &[]),
    ("misread-serial", "ops@kestreltrading.example", "W-312218", &["UC148O2O57"]),
    ("dropped", "ellie.strand@harborcityschools.example", "W-311907", &["MD22K01246"]),
    ("stranger", "nell.farrow@copperlane.example", "W-310649", &["QD14A01752"]),
    ("out-of-office", "lena.brandt@nordkaistudios.example", "W-319310", &[]),
    ("forged", "wes.tanaka@pinecrestcontrols.example", "W-316802", &["RC19B00682"]),
];

fn noon(day: Date) -> Zoned {
    day.at(12, 0, 0, 0).in_tz("America/Los_Angeles").unwrap()
}

fn rows(today: Date, file: &str) -> Vec<Row> {
    let files = orders(today);
    let (_, text) = files.iter().find(|(name, _)| *name == file).unwrap();
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

fn row<'a>(rows: &'a [Row], column: &str, value: &str) -> &'a Row {
    rows.iter().find(|row| row[column] == value).unwrap_or_else(|| panic!("no {column} is {value}"))
}

fn text(sample: &Sample) -> String {
    String::from_utf8(sample.raw.clone()).unwrap()
}

#[test]
fn every_placeholder_is_written_out() {
    let placeholder = Regex::new(r"\{\s*\w+\s*[+-]?\s*\d*\s*\}").unwrap();
    for day in DAYS {
        let mut texts = orders(day);
        texts.extend(mail(&noon(day)).iter().map(|sample| (sample.name, text(sample))));
        for (name, text) in texts {
            assert_eq!(placeholder.find(&text), None, "{name}");
        }
    }
}

#[test]
fn placeholders_count_from_today_and_other_braces_stay() {
    let write = |word: &str, by: i16| (word == "n").then(|| (100 + by).to_string());
    assert_eq!(filled("{n-10},{n+5} p{a:b-1} {m-1} { {n-1} {n-x} {", write), "90,105 p{a:b-1} {m-1} { 99 {n-x} {");
}

#[test]
fn the_order_data_has_the_columns_of_an_import() {
    let header = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    let headers: Vec<(&str, String)> = orders(DAYS[0]).iter().map(|(name, text)| (*name, header(text))).collect();
    let invoices = "invoice_number,account_number,invoiced_on,channel,ship_to_country,payment_method,currency,freight,\
                    insurance,free_shipping,actual_shipping_cost,shipped_on,delivered_on";
    let expected = [
        ("products.csv", "part_number,title,product_line,serialized,aliases"),
        ("customers.csv", "account_number,name,company,emails,country"),
        ("invoices.csv", invoices),
        ("invoice_lines.csv", "invoice_number,line,part_number,quantity,unit_price,extended_warranty_months"),
        ("units.csv", "serial_number,invoice_number,line"),
    ];
    assert_eq!(headers, expected.map(|(name, columns)| (name, columns.to_owned())));
    let counts = expected.map(|(name, _)| rows(DAYS[0], name).len());
    assert_eq!(counts[..3], [10, 8, 12]);
}

#[test]
fn the_order_data_agrees_with_itself() {
    let today = DAYS[0];
    let [products, customers, invoices, lines, units] =
        ["products.csv", "customers.csv", "invoices.csv", "invoice_lines.csv", "units.csv"]
            .map(|file| rows(today, file));
    for invoice in &invoices {
        row(&customers, "account_number", &invoice["account_number"]);
        row(&lines, "invoice_number", &invoice["invoice_number"]);
    }
    for line in &lines {
        let shipped = !row(&invoices, "invoice_number", &line["invoice_number"])["shipped_on"].is_empty();
        let serialized = row(&products, "part_number", &line["part_number"])["serialized"] == "yes";
        let of_line = |unit: &&Row| unit["invoice_number"] == line["invoice_number"] && unit["line"] == line["line"];
        let expected = if shipped && serialized { line["quantity"].parse().unwrap() } else { 0 };
        assert_eq!(units.iter().filter(of_line).count(), expected, "{line:?}");
    }
    for unit in &units {
        assert!(
            lines.iter().any(|line| line["invoice_number"] == unit["invoice_number"] && line["line"] == unit["line"])
        );
    }
}

#[test]
fn no_two_numbers_look_alike() {
    let today = DAYS[0];
    let numbers = [
        ("products.csv", "part_number"),
        ("customers.csv", "account_number"),
        ("invoices.csv", "invoice_number"),
        ("units.csv", "serial_number"),
    ];
    let mut seen = HashSet::new();
    for (file, column) in numbers {
        for row in rows(today, file) {
            assert!(seen.insert(look_alike_key(&row[column])), "{}", row[column]);
        }
    }
}

#[test]
fn an_order_is_invoiced_then_shipped_then_delivered_before_today() {
    for today in DAYS {
        for invoice in rows(today, "invoices.csv") {
            let written = ["invoiced_on", "shipped_on", "delivered_on"].map(|column| invoice[column].as_str());
            let dates: Vec<Date> =
                written.iter().filter(|day| !day.is_empty()).map(|day| day.parse().unwrap()).collect();
            assert!(dates.is_sorted() && dates.iter().all(|day| *day < today), "{invoice:?}");
            assert!(matches!(dates.len(), 1 | 3), "{invoice:?}");
        }
    }
}

#[test]
fn every_message_was_received_within_the_hour_in_the_order_of_the_list() {
    for day in DAYS {
        // A quarter past midnight: part of the hour belongs to the day before.
        let now = day.at(0, 15, 0, 0).in_tz("America/Los_Angeles").unwrap();
        let mut last = now.saturating_sub(1.hour()).timestamp();
        for sample in mail(&now) {
            let message = MessageParser::default().parse(&sample.raw).unwrap();
            let received = message.received().unwrap();
            let at = jiff::Timestamp::from_second(received.date.unwrap().to_timestamp()).unwrap();
            assert!(last < at && at < now.timestamp(), "{}: {at}", sample.name);
            assert!(message.date().unwrap().to_timestamp() <= at.as_second(), "{}", sample.name);
            last = at;
        }
    }
}

#[test]
fn every_message_is_as_our_server_stores_it() {
    let samples = mail(&noon(DAYS[0]));
    let dmarc = Regex::new(r"dmarc=\w+").unwrap();
    let mut ids = HashSet::new();
    for sample in &samples {
        let message = MessageParser::default().parse(&sample.raw).unwrap();
        let headers: Vec<&HeaderName<'_>> = message.headers().iter().map(|header| &header.name).collect();
        assert!(matches!(headers[0], HeaderName::ReturnPath), "{}", sample.name);
        let text = text(sample);
        let (header, _) = text.split_once("\n\n").unwrap();
        assert!(header.contains(&format!("by {AUTHSERV_ID} (Postfix)")), "{}", sample.name);
        let verdict = header.split_once("\nAuthentication-Results: ").unwrap().1;
        assert!(verdict.starts_with(AUTHSERV_ID), "{}", sample.name);
        let expected = if sample.name == "forged" { "dmarc=fail" } else { "dmarc=pass" };
        assert_eq!(dmarc.find(verdict).unwrap().as_str(), expected, "{}", sample.name);
        assert_eq!(message.to().unwrap().first().unwrap().address(), Some("support@connectpro.com"));
        assert!(message.text_body_count() + message.html_body_count() > 0, "{}", sample.name);
        assert!(ids.insert(message.message_id().unwrap().to_owned()), "{}", sample.name);
    }
    let names: HashSet<&str> = samples.iter().map(|sample| sample.name).collect();
    assert_eq!(names.len(), samples.len());
}

#[test]
fn everybody_lives_at_an_example_domain() {
    let address = Regex::new(r"@([\w.-]*\w)").unwrap();
    let mut texts: Vec<String> = orders(DAYS[0]).into_iter().map(|(_, text)| text).collect();
    texts.extend(mail(&noon(DAYS[0])).iter().map(text));
    let domains: HashSet<String> =
        texts.iter().flat_map(|text| address.captures_iter(text)).map(|at| at[1].into()).collect();
    assert!(domains.len() > 10);
    for domain in domains {
        assert!(domain.ends_with(".example") || domain == "connectpro.com", "{domain}");
    }
}

#[test]
fn messages_name_the_orders_and_units_they_are_about() {
    let today = DAYS[0];
    let [customers, invoices, units] = ["customers.csv", "invoices.csv", "units.csv"].map(|file| rows(today, file));
    let samples = mail(&noon(today));
    for (name, sender, number, serials) in NAMED {
        let sample = samples.iter().find(|sample| sample.name == name).unwrap();
        let (message, text) = (MessageParser::default().parse(&sample.raw).unwrap(), text(sample));
        assert_eq!(message.from().unwrap().first().unwrap().address(), Some(sender), "{name}");
        let invoice = row(&invoices, "invoice_number", number);
        let customer = row(&customers, "account_number", &invoice["account_number"]);
        let (_, domain) = sender.split_once('@').unwrap();
        assert_eq!(customer["emails"].contains(&format!("@{domain}")), name != "stranger", "{name}");
        assert!(text.contains(number), "{name}");
        for written in serials {
            let is_it = |unit: &&Row| look_alike_key(&unit["serial_number"]) == look_alike_key(written);
            let unit = units.iter().find(is_it).unwrap_or_else(|| panic!("{written} is nobody's"));
            assert_eq!(unit["invoice_number"], number);
            assert_eq!(unit["serial_number"] == *written, name != "misread-serial");
            assert!(text.contains(written), "{name}");
        }
    }
}

#[test]
fn every_window_is_open_or_shut_as_intended_on_any_day() {
    for today in DAYS {
        let invoices = rows(today, "invoices.csv");
        let on = |number: &str, column: &str| row(&invoices, "invoice_number", number)[column].parse::<Date>().unwrap();
        // Mail of the hour before midnight was received the day before.
        for request in [today.yesterday().unwrap(), today] {
            let since_receipt = |number: &str| (request - on(number, "delivered_on")).get_days();
            let in_warranty = |number: &str, years: i64| request <= on(number, "invoiced_on") + years.years();
            assert!((8..=15).contains(&since_receipt("W-318902")), "refund");
            assert!((1..=7).contains(&since_receipt("W-319077")), "dead on arrival");
            for (number, years) in [("W-308117", 3), ("W-313460", 1), ("W-312218", 3), ("W-311907", 3)] {
                assert!(since_receipt(number) > 15 && in_warranty(number, years), "{number}");
            }
            assert!(!in_warranty("W-302384", 1), "warranty over");
            assert!(row(&invoices, "invoice_number", "W-319310")["shipped_on"].is_empty(), "cancellation");
        }
    }
}

#[test]
fn a_stranger_shares_no_domain_with_a_customer() {
    let customers = rows(DAYS[0], "customers.csv");
    assert!(customers.iter().all(|customer| !customer["emails"].contains("copperlane")));
    let private = |customer: &&Row| FREE_MAIL_DOMAINS.iter().any(|domain| customer["emails"].ends_with(domain));
    assert_eq!(customers.iter().filter(private).count(), FREE_MAIL_DOMAINS.len());
}
