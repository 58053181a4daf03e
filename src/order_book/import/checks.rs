//! What can only be seen with all files at hand: doubles, references into the void, more units than were sold.

use super::Fault;
use crate::store::{Result, Tx, within};

/// A statement that finds faulty rows of one file: their lines, and what is wrong with them; at most `$1`.
pub(super) struct Check {
    file: &'static str,
    sql: &'static str,
}

impl Check {
    pub(super) async fn run(&self, tx: &mut Tx, most: usize) -> Result<Vec<Fault>> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let found: Vec<(i64, String)> = within!(tx, c => sqlx::query_as(self.sql).bind(most).fetch_all(c).await?);
        let fault = |(line, what)| Fault { file: self.file.to_owned(), line: u64::try_from(line).ok(), what };
        Ok(found.into_iter().map(fault).collect())
    }
}

/// Checked before anything lasting is written.
pub(super) const BEFORE: &[Check] = &[
    Check {
        file: "products.csv",
        sql:
            "SELECT s.file_line, 'part_number ' || s.part_number || ' was given in line ' || d.first_line || ' already'
              FROM staged_products s JOIN (
                  SELECT part_number, MIN(file_line) AS first_line FROM staged_products
                  GROUP BY part_number HAVING COUNT(*) > 1) AS d ON d.part_number = s.part_number
              WHERE s.file_line > d.first_line ORDER BY s.file_line LIMIT $1",
    },
    Check {
        file: "customers.csv",
        sql: "SELECT s.file_line,
                     'account_number ' || s.account_number || ' was given in line ' || d.first_line || ' already'
              FROM staged_customers s JOIN (
                  SELECT account_number, MIN(file_line) AS first_line FROM staged_customers
                  GROUP BY account_number HAVING COUNT(*) > 1) AS d ON d.account_number = s.account_number
              WHERE s.file_line > d.first_line ORDER BY s.file_line LIMIT $1",
    },
    Check {
        file: "invoices.csv",
        sql: "SELECT s.file_line,
                     'invoice_number ' || s.invoice_number || ' was given in line ' || d.first_line || ' already'
              FROM staged_invoices s JOIN (
                  SELECT invoice_number, MIN(file_line) AS first_line FROM staged_invoices
                  GROUP BY invoice_number HAVING COUNT(*) > 1) AS d ON d.invoice_number = s.invoice_number
              WHERE s.file_line > d.first_line ORDER BY s.file_line LIMIT $1",
    },
    Check {
        file: "invoices.csv",
        sql: "SELECT s.file_line, 'no customer has the account_number ' || s.account_number
              FROM staged_invoices s
              WHERE NOT EXISTS (SELECT 1 FROM customers c WHERE c.account_number = s.account_number)
                AND NOT EXISTS (SELECT 1 FROM staged_customers c WHERE c.account_number = s.account_number)
              ORDER BY s.file_line LIMIT $1",
    },
    Check {
        file: "invoice_lines.csv",
        sql: "SELECT s.file_line, 'line ' || s.line || ' of invoice ' || s.invoice_number || ' was given in line '
                     || d.first_line || ' already'
              FROM staged_lines s JOIN (
                  SELECT invoice_number, line, MIN(file_line) AS first_line FROM staged_lines
                  GROUP BY invoice_number, line HAVING COUNT(*) > 1) AS d
                ON d.invoice_number = s.invoice_number AND d.line = s.line
              WHERE s.file_line > d.first_line ORDER BY s.file_line LIMIT $1",
    },
    Check {
        file: "invoice_lines.csv",
        sql: "SELECT s.file_line, 'no invoice has the invoice_number ' || s.invoice_number
              FROM staged_lines s
              WHERE NOT EXISTS (SELECT 1 FROM staged_invoices i WHERE i.invoice_number = s.invoice_number)
                AND NOT EXISTS (SELECT 1 FROM invoices i WHERE i.invoice_number = s.invoice_number)
              ORDER BY s.file_line LIMIT $1",
    },
    Check {
        file: "invoice_lines.csv",
        sql: "SELECT s.file_line, 'no product has the part_number ' || s.part_number
              FROM staged_lines s
              WHERE NOT EXISTS (SELECT 1 FROM products p WHERE p.part_number = s.part_number)
                AND NOT EXISTS (SELECT 1 FROM staged_products p WHERE p.part_number = s.part_number)
              ORDER BY s.file_line LIMIT $1",
    },
    Check {
        file: "units.csv",
        sql: "SELECT s.file_line, 'invoice ' || s.invoice_number || ' has no line ' || s.line
              FROM staged_units s
              WHERE NOT EXISTS (SELECT 1 FROM staged_lines l
                                WHERE l.invoice_number = s.invoice_number AND l.line = s.line)
                AND NOT EXISTS (SELECT 1 FROM invoice_lines l
                                WHERE l.invoice_number = s.invoice_number AND l.line = s.line)
              ORDER BY s.file_line LIMIT $1",
    },
    // The same serial number on units of different parts is no double.
    Check {
        file: "units.csv",
        sql: "SELECT file_line, 'serial_number ' || serial_number || ' of the part ' || part_number
                     || ' was given in line ' || first_line || ' already'
              FROM (SELECT s.file_line, s.serial_number, COALESCE(f.part_number, l.part_number) AS part_number,
                           MIN(s.file_line) OVER (PARTITION BY s.serial_number, COALESCE(f.part_number, l.part_number))
                               AS first_line
                    FROM (SELECT serial_number FROM staged_units GROUP BY serial_number HAVING COUNT(*) > 1) AS d
                    JOIN staged_units s ON s.serial_number = d.serial_number
                    LEFT JOIN staged_lines f ON f.invoice_number = s.invoice_number AND f.line = s.line
                    LEFT JOIN invoice_lines l ON l.invoice_number = s.invoice_number AND l.line = s.line) AS doubles
              WHERE file_line > first_line AND part_number IS NOT NULL ORDER BY file_line LIMIT $1",
    },
];

/// Checked on the lasting tables, where the files and what was known before have come together.
pub(super) const AFTER: &[Check] = &[
    Check {
        file: "invoice_lines.csv",
        sql: "SELECT file_line, 'line ' || line || ' of invoice ' || invoice_number || ' has ' || units
                     || ' serial numbers and a quantity of ' || quantity
              FROM (SELECT s.file_line, s.invoice_number, s.line, s.quantity,
                           (SELECT COUNT(*) FROM units u
                            WHERE u.invoice_number = s.invoice_number AND u.line = s.line
                              AND u.replaces IS NULL) AS units
                    FROM staged_lines s) AS counted
              WHERE units > quantity ORDER BY file_line LIMIT $1",
    },
    // Lines that the files add units to without giving the line itself.
    Check {
        file: "units.csv",
        sql: "SELECT file_line, 'line ' || line || ' of invoice ' || invoice_number || ' has ' || units
                     || ' serial numbers and a quantity of ' || quantity
              FROM (SELECT s.file_line, l.invoice_number, l.line, l.quantity,
                           (SELECT COUNT(*) FROM units u
                            WHERE u.invoice_number = l.invoice_number AND u.line = l.line
                              AND u.replaces IS NULL) AS units
                    FROM (SELECT invoice_number, line, MAX(file_line) AS file_line FROM staged_units
                          GROUP BY invoice_number, line) AS s
                    JOIN invoice_lines l ON l.invoice_number = s.invoice_number AND l.line = s.line
                    WHERE NOT EXISTS (SELECT 1 FROM staged_lines f
                                      WHERE f.invoice_number = s.invoice_number AND f.line = s.line)) AS counted
              WHERE units > quantity ORDER BY file_line LIMIT $1",
    },
];
