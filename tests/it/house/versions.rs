//! Versions of the policy side by side: each unit is judged by the one that was in force when it was sold.

use std::path::Path;

use jiff::civil::date;
use rmad::policy::{OutcomeKind, Policy};
use tempfile::TempDir;

use super::{ADA, Database, House, mail};

const BOTH: &str = "Two of our switches no longer power on, please repair them: the serial numbers are NWS-24001101 and \
                    NWS-24004101.";
const NEWER: &str = "Our switch no longer powers on and we need an RMA. The serial number is NWS-24004101.";

/// The small vendor with an order of this year beside last year's, and with these policies.
fn vendor(policies: &[(&str, String)]) -> TempDir {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/house");
    let directory = tempfile::tempdir().unwrap();
    let copy = |name: &str, more: &str| {
        let text = std::fs::read_to_string(source.join(name)).unwrap();
        std::fs::write(directory.path().join(name), text + more).unwrap();
    };
    std::fs::create_dir(directory.path().join("orders")).unwrap();
    copy("orders/products.csv", "");
    copy("orders/customers.csv", "");
    copy(
        "orders/invoices.csv",
        "NW-70004,A-100,2026-05-04,direct,US,credit_card,USD,12.00,0.00,no,12.00,2026-05-05,2026-05-08\n",
    );
    copy("orders/invoice_lines.csv", "NW-70004,1,NW-400,1,249.00,0\n");
    copy("orders/units.csv", "NWS-24004101,NW-70004,1\n");
    for (name, text) in policies {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let files: Vec<String> = policies.iter().map(|(name, _)| format!("{name:?}")).collect();
    copy("rmad.toml", &format!("\n[policy]\nfile = [{}]\n", files.join(", ")));
    directory
}

/// The policy that ships, as the version of before this year, and with other figures.
fn before(figures: &[(&str, &str)]) -> String {
    let renamed = [("version = \"2026-01\"", "version = \"2024-01\""), ("2026-01-01", "2024-01-01")];
    renamed.iter().chain(figures).fold(Policy::default_text().to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replacen(old, new, 1)
    })
}

async fn house(figures: &[(&str, &str)]) -> (House, TempDir) {
    let vendor = vendor(&[("now.toml", Policy::default_text().to_owned()), ("before.toml", before(figures))]);
    (House::of(vendor.path(), Database::sqlite(), |_| ()).await, vendor)
}

#[tokio::test]
async fn units_of_one_rma_fall_under_their_own_versions_and_the_most_generous_last_day_holds() {
    let (mut house, _vendor) = house(&[("rma = { days = 14", "rma = { days = 30")]).await;
    let id = house.take_in(mail(ADA, "1@customer.example", BOTH)).await;
    let decision = house.decision(id).await.unwrap();
    assert_eq!(decision.outcome, OutcomeKind::RmaIssued);
    let versions: Vec<(&str, &str)> =
        decision.units.iter().map(|unit| (unit.invoice.as_str(), unit.judgement.policy_version.as_str())).collect();
    assert_eq!(versions, [("NW-70001", "2024-01"), ("NW-70004", "2026-01")]);
    assert_eq!(decision.rma.unwrap().expires_on, date(2026, 7, 15));
    let text = &house.replies(id).await[0].text;
    assert!(text.contains("15 July 2026") && text.matches("RMA validity").count() == 1, "{text}");

    let (mut house, _vendor) = self::house(&[("rma = { days = 14", "rma = { days = 30")]).await;
    let id = house.take_in(mail(ADA, "1@customer.example", NEWER)).await;
    assert_eq!(house.decision(id).await.unwrap().rma.unwrap().expires_on, date(2026, 6, 29));
}

#[tokio::test]
async fn an_older_versions_terms_and_words_go_with_its_orders() {
    let figures = [("term = \"3 years\"", "term = \"1 year\""), ("KVM switches carry", "Our KVM switches carry")];
    let (mut house, _vendor) = house(&figures).await;
    let id = house.take_in(mail(ADA, "1@customer.example", BOTH)).await;
    let decision = house.decision(id).await.unwrap();
    let outcomes: Vec<OutcomeKind> = decision.units.iter().map(|unit| unit.judgement.outcome).collect();
    assert_eq!(outcomes, [OutcomeKind::Declined, OutcomeKind::RmaIssued]);
    let text = house.replies(id).await[0].text.replace('\n', " ");
    assert!(text.contains("Our KVM switches carry a warranty of 1 year."), "{text}");
    assert!(text.contains(" KVM switches carry a warranty of 3 years."), "{text}");
}
