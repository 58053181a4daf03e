//! The order data, asked once for a message: everything that its numbers could name, among the sender's own orders.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use tokio::sync::Mutex;

use super::thread::company_domain;
use crate::config::Recognise;
use crate::mail::Message;
use crate::order_book::OrderBook;
use crate::store::Result;
use crate::understanding::{Catalogue, Knowledge};

/// The catalogue, read again after every import.
#[derive(Debug)]
pub struct Shelf {
    recognise: Recognise,
    vendor: String,
    held: Mutex<Option<(i64, Arc<Catalogue>)>>,
}

/// How many numbers show the shapes that the vendor's numbers have.
const SAMPLE: u32 = 500;

impl Shelf {
    pub fn new(recognise: Recognise, vendor: String) -> Shelf {
        Shelf { recognise, vendor, held: Mutex::new(None) }
    }

    pub async fn catalogue(&self, orders: &OrderBook) -> Result<Arc<Catalogue>> {
        let mut held = self.held.lock().await;
        let revision = orders.revision().await?;
        if let Some((_, catalogue)) = held.as_ref().filter(|(known, _)| *known == revision) {
            return Ok(catalogue.clone());
        }
        let (invoices, serials) = orders.sample_numbers(SAMPLE).await?;
        let catalogue = Arc::new(
            Catalogue::new(&orders.catalogue().await?, &invoices, &serials)
                .recognising(self.recognise.invoice.clone(), self.recognise.serial.clone())
                .of_vendor(&self.vendor),
        );
        *held = Some((revision, catalogue.clone()));
        Ok(catalogue)
    }
}

/// Asks for the sender's accounts and those of their orders that the keys name. The same questions are asked whatever
/// the answers are, so that a stranger cannot tell a hit from a miss.
pub async fn knowledge<'a>(
    orders: &OrderBook,
    catalogue: &'a Catalogue,
    message: &Message,
    keys: &[String],
    free_mail: &BTreeSet<String>,
    today: Date,
) -> Result<Knowledge<'a>> {
    // the accounts that the address may speak for (policy, rule 4): its own, and those of its company domain
    let address = &message.from.address;
    let domain = company_domain(address, free_mail).unwrap_or_default();
    let accounts = orders.customers_of_sender(address, domain).await?;
    let named_accounts = orders.customers_by_account(keys).await?;
    let numbers: Vec<String> =
        accounts.iter().chain(&named_accounts).map(|account| account.account_number.clone()).collect();
    let invoices = orders.invoices_of(&numbers, keys).await?;
    let own: Vec<String> = accounts.iter().map(|account| account.account_number.clone()).collect();
    let elsewhere = orders.known_elsewhere(&own, keys).await?;
    Ok(Knowledge {
        catalogue,
        accounts,
        named_accounts,
        invoices: invoices.iter().map(|invoice| invoice.as_known_on(today)).collect(),
        elsewhere: elsewhere.into_iter().collect(),
    })
}
