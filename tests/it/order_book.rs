//! Order data: what is imported, what is refused, what is found; each on SQLite and on PostgreSQL.

mod import;
mod lookup;

use std::path::Path;

use rmad::order_book::{Counts, Fault, ImportError, OrderBook, import};
use tempfile::TempDir;

use crate::databases::Database;

const FILES: [(&str, &str); 5] = [
    (
        "products.csv",
        "part_number,title,product_line,serialized,aliases\n\
         UD-14+,4-port KVM switch,kvm_switch,yes,UD14+|UD-14 PLUS\n\
         CBL-06,Cable 6 ft,premium_cable,no,\n",
    ),
    (
        "customers.csv",
        "account_number,name,company,emails,country\n\
         C100,Ada Vale,\"Vale, Moor & Co\",Ada@Vale.example|it@vale.example,US\n\
         C200,Bo Lund,,bo@freemail.example,DE\n\
         C300,Cy Roe,,,\n",
    ),
    (
        "invoices.csv",
        "invoice_number,account_number,invoiced_on,channel,ship_to_country,payment_method,currency,freight,insurance,\
         free_shipping,actual_shipping_cost,shipped_on,delivered_on\n\
         INV-20172,C100,2026-06-01,direct,US,credit_card,USD,12.50,1.00,no,12.50,2026-06-02,2026-06-05\n\
         INV-20173,C100,2026-06-10,Reseller One,us,,USD,,,yes,18.40,,\n\
         30001,C200,2026-05-01,Direct,DE,wire,EUR,40.00,0.00,no,40.00,2026-05-02,\n",
    ),
    (
        "invoice_lines.csv",
        "invoice_number,line,part_number,quantity,unit_price,extended_warranty_months\n\
         INV-20172,1,UD-14+,2,249.99,12\n\
         INV-20172,2,CBL-06,10,9.5,0\n\
         INV-20173,1,UD-14+,1,249.99,\n\
         30001,1,UD-14+,1,239.00,0\n",
    ),
    (
        "units.csv",
        "serial_number,invoice_number,line\n\
         K4-0012,INV-20172,1\n\
         K4-0013,INV-20172,1\n\
         990001,30001,1\n",
    ),
];

/// The five files, each changed as the test likes.
fn files(change: impl Fn(&str, &str) -> String) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        std::fs::write(directory.path().join(name), change(name, text)).unwrap();
    }
    directory
}

/// The five files with some more rows in one of them.
fn files_and(file: &'static str, rows: &'static str) -> TempDir {
    files(move |name, text| if name == file { format!("{text}{rows}") } else { text.to_owned() })
}

fn as_they_are(_name: &str, text: &str) -> String {
    text.to_owned()
}

/// The files' headers alone, but for one file.
fn only(file: &'static str, rows: &'static str) -> TempDir {
    files(move |name, text| {
        let header = text.lines().next().unwrap();
        if name == file { format!("{header}\n{rows}") } else { format!("{header}\n") }
    })
}

async fn try_import(database: &Database, directory: &Path) -> Result<Counts, ImportError> {
    import(directory, database.store.db(), &mut |_| {}).await
}

/// Imports what has to be right.
async fn imported(database: &Database, directory: TempDir) -> OrderBook {
    try_import(database, directory.path()).await.unwrap();
    OrderBook::new(database.store.db())
}

/// Imports what has to be wrong, and gives the faults as they are written out.
async fn faults(database: &Database, directory: TempDir) -> Vec<String> {
    match try_import(database, directory.path()).await {
        Err(ImportError::Faults(faults)) => faults.iter().map(Fault::to_string).collect(),
        other => panic!("no faults but {other:?}"),
    }
}
