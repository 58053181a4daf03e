//! All or nothing, and what is wrong by file and line.

use rmad::order::PaymentMethod;
use rmad::order_book::{Counts, ImportError, OrderBook, Step, import};
use rmad::store::{Arrival, Store};

use super::{FILES, as_they_are, faults, files, files_and, imported, only, try_import};
use crate::databases::both;

#[tokio::test]
async fn what_the_files_say_is_known() {
    for database in both("import_known").await {
        let mut steps = Vec::new();
        let directory = files(as_they_are);
        let counts = import(directory.path(), database.store.db(), &mut |step| steps.push(step)).await.unwrap();
        assert_eq!(counts, Counts { products: 2, customers: 3, invoices: 3, lines: 4, units: 3 });
        assert_eq!(steps.first(), Some(&Step::Reading { file: "products.csv", rows: 2 }));
        assert_eq!(&steps[5..], [Step::Checking, Step::Writing]);

        let book = OrderBook::new(database.store.db());
        let catalogue = book.catalogue().await.unwrap();
        assert_eq!(
            catalogue.iter().map(|product| product.part_number.as_str()).collect::<Vec<_>>(),
            ["CBL-06", "UD-14+"]
        );
        assert_eq!(
            (catalogue[1].serialized, &catalogue[1].aliases[..]),
            (true, &["UD14+".into(), "UD-14 PLUS".into()][..])
        );
        let invoice = book.invoice("INV-20172").await.unwrap().unwrap();
        assert_eq!((invoice.total().to_string(), invoice.lines.len()), ("608.48".to_owned(), 2));
        assert_eq!(invoice.lines[0].serials, ["K4-0012", "K4-0013"]);
        assert_eq!((invoice.lines[0].extended_warranty_months, invoice.lines[0].product == catalogue[1]), (12, true));
        assert_eq!(invoice.lines[1].unit_price.to_string(), "9.50");
        assert_eq!(invoice.delivered_on, Some("2026-06-05".parse().unwrap()));
        let sparse = book.invoice("INV-20173").await.unwrap().unwrap();
        assert_eq!(
            (sparse.payment_method, sparse.free_shipping, sparse.shipped_on),
            (PaymentMethod::Other, true, None)
        );
        assert_eq!(
            (sparse.freight.to_string(), sparse.is_domestic(), sparse.is_direct()),
            ("0.00".into(), true, false)
        );
        assert!(book.invoice("30001").await.unwrap().unwrap().is_direct());
        assert_eq!(book.invoice("INV-2017").await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_second_import_updates_adds_and_leaves_the_rest() {
    for database in both("import_again").await {
        let book = imported(&database, files(as_they_are)).await;
        assert_eq!(book.revision().await.unwrap(), 1);
        let before = book.invoice("INV-20172").await.unwrap();
        let book = imported(&database, files(as_they_are)).await;
        assert_eq!((book.revision().await.unwrap(), book.invoice("INV-20172").await.unwrap()), (2, before));

        let rows = "INV-20172,C100,2026-06-01,direct,US,credit_card,USD,12.50,1.00,no,12.50,2026-06-02,2026-06-06\n\
                    INV-20174,C200,2026-06-20,direct,US,check,USD,0,0,no,0,,\n";
        let book = imported(&database, only("invoices.csv", rows)).await;
        let updated = book.invoice("INV-20172").await.unwrap().unwrap();
        assert_eq!((updated.delivered_on, updated.lines.len()), (Some("2026-06-06".parse().unwrap()), 2));
        assert!(book.invoice("INV-20174").await.unwrap().is_some());
        assert!(book.invoice("30001").await.unwrap().is_some());

        let book = imported(&database, only("customers.csv", "C100,Ada Vale,Vale,ada@new.example,US\n")).await;
        assert_eq!(book.customers_of_sender("ada@vale.example", "").await.unwrap(), []);
        assert_eq!(book.customers_of_sender("", "new.example").await.unwrap().len(), 1);
        assert_eq!(book.customers_of_sender("bo@freemail.example", "").await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_unit_that_is_named_on_another_line_moves_there() {
    for database in both("import_moved").await {
        imported(&database, files(as_they_are)).await;
        let book = imported(&database, only("units.csv", "K4-0013,INV-20173,1\n")).await;
        assert_eq!(book.invoice("INV-20172").await.unwrap().unwrap().lines[0].serials, ["K4-0012"]);
        assert_eq!(book.invoice("INV-20173").await.unwrap().unwrap().lines[0].serials, ["K4-0013"]);
        // The same serial number on a unit of another part is another unit.
        let book = imported(&database, only("units.csv", "K4-0013,INV-20172,2\n")).await;
        assert_eq!(book.invoice("INV-20173").await.unwrap().unwrap().lines[0].serials, ["K4-0013"]);
        assert_eq!(book.invoice("INV-20172").await.unwrap().unwrap().lines[1].serials, ["K4-0013"]);
    }
}

#[tokio::test]
async fn a_byte_order_mark_other_columns_and_line_ends_are_taken() {
    for database in both("import_bom").await {
        let directory = files(|_, text| {
            let lines: Vec<String> = text.lines().map(|line| format!(" x, {line}")).collect();
            let header = lines[0].replacen(" x", "note", 1);
            format!("\u{feff}{header}\r\n{}\r\n\r\n", lines[1..].join("\r\n"))
        });
        let book = imported(&database, directory).await;
        assert_eq!(book.invoice("INV-20172").await.unwrap().unwrap().lines[0].serials.len(), 2);
    }
}

#[tokio::test]
async fn nothing_is_imported_where_anything_is_wrong() {
    for database in both("import_nothing").await {
        imported(&database, files(as_they_are)).await;
        let wrong = [
            files_and("units.csv", "K4-0099,INV-20172,9\n"),
            files_and("units.csv", "K4-0099,INV-20173,1\nK4-0100,INV-20173,1\n"),
            files_and("invoices.csv", "INV-20199,C100,2026-13-01,direct,US,check,USD,0,0,no,0,,\n"),
        ];
        for directory in wrong {
            let products = directory.path().join("products.csv");
            let more = std::fs::read_to_string(&products).unwrap() + "NEW-1,New,kvm_switch,yes,\n";
            std::fs::write(products, more).unwrap();
            let error = try_import(&database, directory.path()).await.unwrap_err();
            assert!(matches!(error, ImportError::Faults(_)), "{error}");
        }
        let book = OrderBook::new(database.store.db());
        assert_eq!((book.revision().await.unwrap(), book.catalogue().await.unwrap().len()), (1, 2));
        assert!(book.known_elsewhere(&[], &["K40099".into(), "K40100".into()]).await.unwrap().is_empty());
        // The connection that failed works on.
        assert_eq!(imported(&database, files(as_they_are)).await.revision().await.unwrap(), 2);
    }
}

/// A file, a row added to it, and what is said of it.
const BAD_ROWS: &[(&str, &str, &str)] = &[
    ("products.csv", ",Nameless,kvm_switch,yes,\n", "products.csv:4: part_number is empty"),
    ("products.csv", "P,T,kvm_switch,maybe,\n", "products.csv:4: serialized \"maybe\" is neither yes nor no"),
    ("products.csv", "P,T,kvm_switch,,\n", "products.csv:4: serialized is empty"),
    ("products.csv", "P,T,kvm_switch\n", "products.csv:4: has 3 fields, and the header 5"),
    ("products.csv", "\"P\nQ\",T,kvm_switch,yes,\n", "products.csv:4: part_number \"P\\nQ\" holds a control character"),
    ("products.csv", "--,T,kvm_switch,yes,\n", "products.csv:4: part_number \"--\" has neither letter nor digit"),
    ("products.csv", "UD-14+,T,kvm_switch,yes,\n", "products.csv:4: part_number UD-14+ was given in line 2 already"),
    ("customers.csv", "C9,N,,nobody,US\n", "customers.csv:5: emails holds \"nobody\", which is no address"),
    ("customers.csv", "C9,N,,,USA\n", "customers.csv:5: country \"USA\" is not a code of 2 letters"),
    ("customers.csv", "C100,N,,,US\n", "customers.csv:5: account_number C100 was given in line 2 already"),
    (
        "invoices.csv",
        "I9,C100,2026-02-30,direct,US,check,USD,0,0,no,0,,\n",
        "invoices.csv:5: invoiced_on \"2026-02-30\" is not a date of the form YYYY-MM-DD",
    ),
    (
        "invoices.csv",
        "I9,C100,2026-02-01,direct,US,check,USD,0,0,no,0,6/2/2026,\n",
        "invoices.csv:5: shipped_on \"6/2/2026\" is not a date of the form YYYY-MM-DD",
    ),
    ("invoices.csv", "I9,C100,,direct,US,check,USD,0,0,no,0,,\n", "invoices.csv:5: invoiced_on is empty"),
    (
        "invoices.csv",
        "I9,C100,2026-02-01,direct,US,bitcoin,USD,0,0,no,0,,\n",
        "invoices.csv:5: payment_method \"bitcoin\" is none of credit_card, paypal, wire, check, net_terms",
    ),
    (
        "invoices.csv",
        "I9,C100,2026-02-01,direct,US,check,USD,0,0,no,-1.00,,\n",
        "invoices.csv:5: actual_shipping_cost \"-1.00\" is not an amount such as 139.00",
    ),
    (
        "invoices.csv",
        "I9,C404,2026-02-01,direct,US,check,USD,0,0,no,0,,\n",
        "invoices.csv:5: no customer has the account_number C404",
    ),
    (
        "invoices.csv",
        "30001,C100,2026-02-01,direct,US,check,USD,0,0,no,0,,\n",
        "invoices.csv:5: invoice_number 30001 was given in line 4 already",
    ),
    (
        "invoice_lines.csv",
        "30001,2,UD-14+,1,\"1,239.00\",0\n",
        "invoice_lines.csv:6: unit_price \"1,239.00\" is not an amount such as 139.00",
    ),
    ("invoice_lines.csv", "30001,2,UD-14+,1,,0\n", "invoice_lines.csv:6: unit_price is empty"),
    ("invoice_lines.csv", "30001,2,UD-14+,0,1.00,0\n", "invoice_lines.csv:6: quantity is not above zero"),
    ("invoice_lines.csv", "30001,two,UD-14+,1,1.00,0\n", "invoice_lines.csv:6: line \"two\" is not a whole number"),
    ("invoice_lines.csv", "30009,1,UD-14+,1,1.00,0\n", "invoice_lines.csv:6: no invoice has the invoice_number 30009"),
    ("invoice_lines.csv", "30001,2,UD-15,1,1.00,0\n", "invoice_lines.csv:6: no product has the part_number UD-15"),
    (
        "invoice_lines.csv",
        "30001,1,UD-14+,1,1.00,0\n",
        "invoice_lines.csv:6: line 1 of invoice 30001 was given in line 5 already",
    ),
    ("units.csv", "S9,30001,2\n", "units.csv:5: invoice 30001 has no line 2"),
    (
        "units.csv",
        "990001,INV-20173,1\n",
        "units.csv:5: serial_number 990001 of the part UD-14+ was given in line 4 already",
    ),
    (
        "units.csv",
        "990002,30001,1\n",
        "invoice_lines.csv:5: line 1 of invoice 30001 has 2 serial numbers and a quantity of 1",
    ),
];

#[tokio::test]
async fn a_bad_row_is_named_by_file_and_line_with_what_is_wrong() {
    for database in both("import_faults").await {
        for (file, rows, expected) in BAD_ROWS {
            assert_eq!(faults(&database, files_and(file, rows)).await, [*expected]);
        }
        let lacking =
            files(|name, text| if name == "units.csv" { text.replace("line", "row") } else { text.to_owned() });
        assert_eq!(faults(&database, lacking).await, ["units.csv:1: the header lacks line"]);
        let lacking = files(as_they_are);
        std::fs::remove_file(lacking.path().join("units.csv")).unwrap();
        let found = faults(&database, lacking).await;
        assert!(found.len() == 1 && found[0].starts_with("units.csv: cannot be read: "), "{found:?}");
        let latin = files(as_they_are);
        std::fs::write(latin.path().join("units.csv"), b"serial_number,invoice_number,line\nK\xe9,30001,1\n").unwrap();
        assert_eq!(faults(&database, latin).await, ["units.csv:2: is not UTF-8"]);
    }
}

#[tokio::test]
async fn units_beyond_the_quantity_are_found_where_the_line_is_not_given_again() {
    for database in both("import_quantity").await {
        imported(&database, files(as_they_are)).await;
        let found = faults(&database, only("units.csv", "K4-0014,INV-20172,1\n")).await;
        assert_eq!(found, ["units.csv:2: line 1 of invoice INV-20172 has 3 serial numbers and a quantity of 2"]);
        let found = faults(&database, only("invoice_lines.csv", "INV-20172,1,UD-14+,1,249.99,0\n")).await;
        assert_eq!(
            found,
            ["invoice_lines.csv:2: line 1 of invoice INV-20172 has 2 serial numbers and a quantity of 1"]
        );
    }
}

#[tokio::test]
async fn several_faults_are_told_at_once_and_not_more_than_twenty() {
    for database in both("import_many_faults").await {
        let directory = files_and("products.csv", "P,T,kvm_switch,maybe,\n");
        std::fs::write(directory.path().join("units.csv"), format!("{}S9,,1\n", FILES[4].1)).unwrap();
        assert_eq!(faults(&database, directory).await.len(), 2);
        let error = {
            let directory = files(|name, text| match name {
                "units.csv" => format!("{text}{}", "S,NONE,1\n".repeat(30)),
                _ => text.to_owned(),
            });
            try_import(&database, directory.path()).await.unwrap_err().to_string()
        };
        assert_eq!(error.lines().count(), 22, "{error}");
        assert!(error.starts_with("nothing was imported:\n  units.csv:5: "), "{error}");
        assert!(error.ends_with("and perhaps more"), "{error}");
    }
}

#[tokio::test]
async fn others_may_write_until_the_import_does() {
    for database in both("import_beside").await {
        let write = |uid: i64| {
            let url = database.url.clone();
            // Another daemon: with a runtime of its own, since the import does not wait for what it reports.
            let other = std::thread::spawn(move || {
                tokio::runtime::Runtime::new().unwrap().block_on(async {
                    let raw = format!("message {uid}").into_bytes();
                    let received_at = "2026-06-15T12:00:00Z".parse().unwrap();
                    let arrival = Arrival { mailbox: "INBOX".to_owned(), uid_validity: 1, uid, received_at, raw };
                    Store::open(&url).await.unwrap().keep(&[arrival], received_at).await.unwrap();
                });
            });
            other.join().unwrap();
        };
        let mut steps = 0;
        let directory = files(as_they_are);
        let progress = &mut |step| {
            steps += 1;
            if step != Step::Writing {
                write(steps);
            }
        };
        import(directory.path(), database.store.db(), progress).await.unwrap();
        assert_eq!(database.store.ledger_counts("2026-06-15T12:00:00Z".parse().unwrap()).await.unwrap().kept, 6);
        assert_eq!(OrderBook::new(database.store.db()).revision().await.unwrap(), 1);
    }
}
