//! A unit that was shipped in place of one that was sold: it stands on the same line of the same order, and so carries
//! the rest of the original's warranty.

use super::OrderBook;
use crate::order::{bare_key, look_alike_key};
use crate::store::{Result, Tx, change};

impl OrderBook {
    /// Notes a replacement on the line of the unit that it replaces; of a unit that the order data does not know, or one
    /// that bears no serial number, nothing. A serial number that is known already stays where it is.
    pub async fn add_replacement(
        &self,
        tx: &mut Tx,
        invoice: &str,
        part: &str,
        replaced: &str,
        serial: &str,
    ) -> Result<bool> {
        let sql = "INSERT INTO units (serial_number, invoice_number, line, serial_key, bare_key, replaces)
                   SELECT $4, u.invoice_number, u.line, $5, $6, u.serial_number
                   FROM units u JOIN invoice_lines l ON l.invoice_number = u.invoice_number AND l.line = u.line
                   WHERE u.invoice_number = $1 AND l.part_number = $2 AND u.serial_number = $3
                   ON CONFLICT (serial_number, invoice_number, line) DO NOTHING";
        let added = change!(
            tx,
            sqlx::query(sql)
                .bind(invoice)
                .bind(part)
                .bind(replaced)
                .bind(serial)
                .bind(look_alike_key(serial))
                .bind(bare_key(serial))
        );
        Ok(added > 0)
    }
}
