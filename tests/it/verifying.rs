//! DKIM and DMARC, verified with real signatures against a name server of the test's own.

mod dns;

use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256, SigningKey};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{Canonicalization, DkimSigner, Done};
use rmad::config::{Config, Environment};
use rmad::mail::{self, Authenticity, Trust};
use rmad::policy::OutcomeKind;
use rmad::verify::{Finding, Verifier};
use rustls::pki_types::PrivatePkcs1KeyDer;
use rustls::pki_types::pem::PemObject;
use sha2::Digest;

use crate::house::{ADA, Database, House, WHOLE};
use Authenticity::{Fail, None, Pass};
use Canonicalization::{Relaxed, Simple};
use dns::{Answer, NameServer};

/// The keys that every domain of the tests signs with.
struct Keys {
    ed25519: Vec<u8>,
    rsa: String,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let made = Command::new("openssl").args(["genrsa", "-traditional", "2048"]).output().expect("openssl runs");
    Keys { ed25519: Ed25519Key::generate_pkcs8().unwrap(), rsa: String::from_utf8(made.stdout).unwrap() }
});

fn ed25519() -> Ed25519Key {
    Ed25519Key::from_pkcs8_der(&KEYS.ed25519).unwrap()
}

fn rsa() -> RsaKey<Sha256> {
    RsaKey::from_key_der(PrivatePkcs1KeyDer::from_pem_slice(KEYS.rsa.as_bytes()).unwrap().into()).unwrap()
}

/// What the DNS says of the domains of the tests. All have the selectors `ed` and `rsa`.
fn records() -> Vec<(String, Answer)> {
    let key = format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(ed25519().public_key()));
    let rsa_key = format!("v=DKIM1; k=rsa; p={}", rsa_public_key());
    let mut records = Vec::new();
    for domain in DOMAINS {
        records.push((format!("ed._domainkey.{domain}"), Answer::Text(key.clone())));
        records.push((format!("rsa._domainkey.{domain}"), Answer::Text(rsa_key.clone())));
        records.push((format!("revoked._domainkey.{domain}"), Answer::Text("v=DKIM1; p=".to_owned())));
        records.push((format!("broken._domainkey.{domain}"), Answer::Failure));
        records.push((format!("silent._domainkey.{domain}"), Answer::Silence));
    }
    for (domain, policy) in [
        ("customer.example", "p=reject"),
        ("wary.example", "p=quarantine"),
        ("trying.example", "p=quarantine; t=y"),
        ("loose.example", "p=none"),
        ("parent.example", "p=none; sp=reject"),
        ("lenient.example", "p=reject; sp=none"),
        ("exact.example", "p=reject; adkim=s"),
    ] {
        records.push((format!("_dmarc.{domain}"), Answer::Text(format!("v=DMARC1; {policy}"))));
    }
    records.push(("_dmarc.failing.example".to_owned(), Answer::Failure));
    records.push(("_dmarc.mute.example".to_owned(), Answer::Silence));
    records
}

const DOMAINS: [&str; 12] = [
    "customer.example",
    "mail.customer.example",
    "news.customer.example",
    "stranger.example",
    "wary.example",
    "loose.example",
    "bare.example",
    "sales.bare.example",
    "mail.exact.example",
    "exact.example",
    "failing.example",
    "mute.example",
];

fn rsa_public_key() -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rsa.pem");
    std::fs::write(&file, &KEYS.rsa).unwrap();
    let told = Command::new("openssl").args(["rsa", "-pubout", "-outform", "DER", "-in"]).arg(file).output().unwrap();
    BASE64.encode(told.stdout)
}

/// A customer's message of this address, not signed yet.
fn message(from: &str) -> String {
    format!(
        "From: Ann <{from}>\r\nTo: support@vendor.example\r\nSubject: Broken  switch\r\nMessage-ID: <1@customer.example>\r\n\
         \r\nIt no longer  powers on.\r\n\r\nAnn\r\n\r\n"
    )
}

fn by<K: SigningKey>(key: K, domain: &str, selector: &str) -> DkimSigner<K, Done> {
    DkimSigner::from_key(key).domain(domain).selector(selector).headers(["From", "To", "Subject"])
}

fn signed<K: SigningKey>(signer: &DkimSigner<K, Done>, message: &str) -> String {
    format!("{}{message}", signer.sign(message.as_bytes()).unwrap().to_header())
}

/// Signed with the key `ed` of this domain.
fn signed_by(domain: &str, message: &str) -> String {
    signed(&by(ed25519(), domain, "ed"), message)
}

fn with_key(selector: &str, message: &str) -> String {
    signed(&by(ed25519(), "customer.example", selector), message)
}

/// Signed by hand (RFC 6376, section 3.7; RFC 8463), which has the say over every tag.
fn signed_with_tags(tags: &str, headers: &[&str], message: &str) -> String {
    let (header, body) = message.split_once("\r\n\r\n").unwrap();
    let body = format!("{}\r\n", body.trim_end_matches("\r\n"));
    let hash = BASE64.encode(sha2::Sha256::digest(body.as_bytes()));
    let signature = format!(
        "v=1; a=ed25519-sha256; c=simple/simple; d=customer.example; s=ed; h={}; {tags}bh={hash}; b=",
        headers.join(":")
    );
    let line = |name: &str| header.split("\r\n").find(|line| line.starts_with(&format!("{name}:"))).unwrap();
    let fields: String = headers.iter().map(|name| format!("{}\r\n", line(name))).collect();
    let covered = format!("{fields}DKIM-Signature: {signature}");
    let mark = BASE64.encode(ed25519().sign(covered.as_bytes()).unwrap());
    format!("DKIM-Signature: {signature}{mark}\r\n{message}")
}

async fn verified(verifier: &Verifier, raw: &str) -> Finding {
    let message = mail::read(raw.as_bytes(), Timestamp::UNIX_EPOCH, &Trust::default()).unwrap();
    verifier.verify(raw.as_bytes(), &message).await
}

fn patient(server: &NameServer) -> Verifier {
    Verifier::asking(server.address, Duration::from_secs(20)).unwrap()
}

/// Each message, what is made of its sender, and words of the grounds.
async fn assert_verdicts(cases: &[(String, Authenticity, &str)]) {
    let verifier = patient(&NameServer::with(records()));
    for (raw, expected, grounds) in cases {
        let found = verified(&verifier, raw).await;
        assert_eq!(found.authenticity, *expected, "{found:?}\n{raw}");
        assert!(found.grounds.contains(grounds), "{found:?} does not say {grounds}\n{raw}");
    }
}

#[tokio::test]
async fn a_signature_holds_until_something_that_it_covers_is_altered() {
    let plain = message("ann@customer.example");
    let mut cases = Vec::new();
    for (header, body) in [(Simple, Simple), (Simple, Relaxed), (Relaxed, Simple), (Relaxed, Relaxed)] {
        let by_rsa = by(rsa(), "customer.example", "rsa").header_canonicalization(header).body_canonicalization(body);
        let by_ed = by(ed25519(), "customer.example", "ed").header_canonicalization(header).body_canonicalization(body);
        for whole in [signed(&by_rsa, &plain), signed(&by_ed, &plain)] {
            let spaced = whole.replace("no longer  powers", "no longer powers");
            let folded = whole.replace("Broken  switch", "Broken\r\n switch");
            cases.push((spaced, if body == Relaxed { Pass } else { Fail }, ""));
            cases.push((folded, if header == Relaxed { Pass } else { Fail }, ""));
            cases.push((whole.replace("no longer  powers", "always powers"), Fail, "body hash does not match"));
            cases.push((whole.replace("Broken  switch", "Refund"), Fail, "no DKIM signature holds"));
            cases.push((whole.replace("Message-ID: <1", "Message-ID: <2"), Pass, "not covered"));
            cases.push((whole.replace("\r\n", "\n"), Pass, "as a Maildir keeps it"));
            cases.push((whole, Pass, ""));
        }
    }
    let cases: Vec<_> = cases
        .into_iter()
        .map(|(raw, expected, why)| {
            (raw, expected, if expected == Pass { "signature of customer.example is valid" } else { why })
        })
        .collect();
    assert_verdicts(&cases).await;
}

#[tokio::test]
async fn a_signature_needs_a_key_that_is_there_and_covers_what_counts() {
    let plain = message("ann@customer.example");
    let own = signed_by("customer.example", &plain);
    let covered = ["From", "To", "Subject"];
    assert_verdicts(&[
        (with_key("gone", &plain), Fail, "not found"),
        (with_key("revoked", &plain), Fail, "revoked"),
        (with_key("rsa", &plain), Fail, "no DKIM signature holds"),
        (with_key("broken", &plain), None, "the DNS gives no answer about customer.example"),
        (signed_with_tags("", &covered, &plain), Pass, "customer.example is valid"),
        (signed_with_tags("t=1; x=4102444800; ", &covered, &plain), Pass, "customer.example is valid"),
        (signed_with_tags("t=1; x=2; ", &covered, &plain), Fail, "expired"),
        (signed_with_tags("i=ann@customer.example; ", &covered, &plain), Pass, "customer.example is valid"),
        (signed_with_tags("i=ann@stranger.example; ", &covered, &plain), Fail, "AUID"),
        // anybody could add to the body, or put any sender above it
        (signed(&by(ed25519(), "customer.example", "ed").body_length(true), &plain), Fail, "no DKIM signature"),
        (signed_with_tags("", &["To", "Subject"], &plain), Fail, "no DKIM signature"),
        (own.replace("a=ed25519-sha256", "a=rsa-sha1"), Fail, "there is no DKIM signature"),
        // one of two
        (with_key("gone", &own), Pass, "customer.example is valid"),
        (signed_by("customer.example", &with_key("revoked", &plain)), Pass, "customer.example is valid"),
        (signed_by("stranger.example", &own), Pass, "customer.example is valid"),
        (own.replace("DKIM-Signature: v=1", "DKIM-Signature: v=2"), Fail, "there is no DKIM signature"),
        (format!("DKIM-Signature: nonsense\r\n{own}"), Pass, "customer.example is valid"),
    ])
    .await;
}

#[tokio::test]
async fn the_policy_of_the_senders_domain_decides() {
    let from = |address: &str| message(address);
    assert_verdicts(&[
        (
            from("ann@customer.example"),
            Fail,
            "there is no DKIM signature of customer.example, whose DMARC policy is reject",
        ),
        (from("ann@wary.example"), Fail, "quarantine"),
        (from("ann@trying.example"), None, "there is no DKIM signature"),
        (from("ann@loose.example"), None, "there is no DKIM signature"),
        (from("ann@bare.example"), None, "there is no DKIM signature"),
        (from("ann@sales.parent.example"), Fail, "reject"),
        (from("ann@parent.example"), None, ""),
        (from("ann@sales.lenient.example"), None, ""),
        (from("ann@sales.customer.example"), Fail, "reject"),
        (from("ann@failing.example"), None, "the DNS gives no answer about failing.example"),
        // a signature of another domain is worth nothing
        (signed_by("stranger.example", &from("ann@customer.example")), Fail, "there is no DKIM signature"),
        (signed_by("stranger.example", &from("ann@loose.example")), None, "there is no DKIM signature"),
        // relaxed alignment is with the whole organization, strict alignment with the one domain
        (signed_by("mail.customer.example", &from("ann@customer.example")), Pass, "mail.customer.example is valid"),
        (signed_by("customer.example", &from("ann@news.customer.example")), Pass, "of customer.example is valid"),
        (signed_by("mail.customer.example", &from("ann@news.customer.example")), Pass, "mail.customer.example"),
        (signed_by("mail.exact.example", &from("ann@exact.example")), Fail, "reject"),
        (signed_by("exact.example", &from("ann@exact.example")), Pass, ""),
        // without a policy nobody says where the organization begins: what lies below vouches for nothing above
        (signed_by("bare.example", &from("ann@bare.example")), Pass, ""),
        (signed_by("bare.example", &from("ann@sales.bare.example")), Pass, ""),
        (signed_by("sales.bare.example", &from("ann@bare.example")), None, ""),
        // the domain's own signature vouches for it even while its policy cannot be read
        (signed_by("failing.example", &from("ann@failing.example")), Pass, ""),
    ])
    .await;
}

#[tokio::test]
async fn of_several_senders_none_is_verified() {
    let signed = signed_by("customer.example", &message("ann@customer.example"));
    let second = "From: Eve <eve@customer.example>\r\n";
    let two =
        signed_by("customer.example", &message("ann@customer.example").replace("From: Ann", "From: e@x.example, Ann"));
    assert_verdicts(&[
        (format!("{second}{signed}"), None, "names several senders"),
        (format!("From: Eve <eve@stranger.example>\r\n{signed}"), None, ""),
        (format!("{second}{}", message("ann@customer.example")), Fail, "reject"),
        (two, None, ""),
    ])
    .await;
}

#[tokio::test]
async fn signatures_of_strangers_are_not_looked_up_and_many_are_not_tried() {
    let server = NameServer::with(records());
    let verifier = patient(&server);
    let mut raw = message("ann@customer.example");
    for _ in 0..50 {
        raw = signed_by("stranger.example", &raw);
    }
    assert_eq!(verified(&verifier, &raw).await.authenticity, Fail);
    let policy = server.asked();
    assert!(policy <= 2, "{policy} questions, but for the policy of customer.example and example");
    let mut raw = message("ann@customer.example");
    for number in 0..50 {
        raw = with_key(&format!("gone{number}"), &raw);
    }
    assert_eq!(verified(&verifier, &raw).await.authenticity, Fail);
    assert!(server.asked() <= 2 * policy + 4, "{} questions", server.asked());
}

#[tokio::test]
async fn answers_are_kept() {
    let server = NameServer::with(records());
    let verifier = patient(&server);
    let raw = signed_by("customer.example", &message("ann@customer.example"));
    assert_eq!(verified(&verifier, &raw).await.authenticity, Pass);
    let asked = server.asked();
    assert_eq!(verified(&verifier, &raw).await.authenticity, Pass);
    assert_eq!(server.asked(), asked);
}

#[tokio::test]
async fn who_does_not_answer_is_not_waited_for() {
    let server = NameServer::with(records());
    let verifier = Verifier::asking(server.address, Duration::from_millis(100)).unwrap();
    let plain = message("ann@customer.example");
    for raw in [with_key("silent", &plain), message("ann@mute.example")] {
        let found = verified(&verifier, &raw).await;
        assert_eq!(found.authenticity, None, "{found:?}");
        assert!(found.grounds.contains("the DNS gives no answer"), "{found:?}");
    }
}

/// A message to the desk of the small vendor, and what its servers wrote about it.
fn to_the_desk(results: &str) -> String {
    let received = "Received: from mail.customer.example by mx.northwind.example; Mon, 15 Jun 2026 10:00:00 -0700\r\n";
    format!(
        "{received}{results}From: {ADA}\r\nTo: support@northwind.example\r\nSubject: Broken switch\r\n\
         Message-ID: <1@customer.example>\r\n\r\n{WHOLE}\r\n"
    )
}

#[tokio::test]
async fn the_desk_asks_only_about_what_its_server_left_open() {
    let server_says = "Authentication-Results: mx.northwind.example; dmarc=pass header.from=customer.example\r\n";
    let nothing_said = "Authentication-Results: mx.northwind.example; none\r\n";
    let cases = [
        (false, "", None, Option::None, OutcomeKind::RmaIssued),
        (true, server_says, Pass, Some("mx.northwind.example: dmarc=pass"), OutcomeKind::RmaIssued),
        (true, "", Fail, Some("verified by rmad: there is no DKIM signature"), OutcomeKind::HeldForReview),
        (true, nothing_said, Fail, Some("verified by rmad: there is no DKIM signature"), OutcomeKind::HeldForReview),
    ];
    for (verifies, results, authenticity, grounds, outcome) in cases {
        let server = NameServer::with(records());
        let mut house = House::open(Database::sqlite(), |_| ()).await;
        let desk = Arc::get_mut(&mut house.desk).unwrap();
        assert!(desk.verifier.is_none(), "nobody verifies unless it is asked for");
        desk.verifier = verifies.then(|| patient(&server));
        let id = house.take_in(to_the_desk(results)).await;
        let decision = house.decision(id).await.unwrap();
        assert_eq!((decision.authenticity, decision.outcome), (authenticity, outcome), "{decision:?}");
        let told = decision.authentication.as_deref();
        assert_eq!(told.is_some(), grounds.is_some(), "{told:?}");
        assert!(grounds.is_none_or(|grounds| told.unwrap().starts_with(grounds)), "{told:?}");
        assert_eq!(server.asked() > 0, authenticity == Fail, "{} questions", server.asked());
    }
}

#[tokio::test]
async fn a_silent_name_server_keeps_nobody_from_an_answer() {
    let mute = ["_dmarc.customer.example", "_dmarc.example"].map(|name| (name.to_owned(), Answer::Silence));
    let server = NameServer::with(mute);
    let mut house = House::open(Database::sqlite(), |_| ()).await;
    let verifier = Verifier::asking(server.address, Duration::from_millis(100)).unwrap();
    Arc::get_mut(&mut house.desk).unwrap().verifier = Some(verifier);
    let id = house.take_in(to_the_desk("")).await;
    let decision = house.decision(id).await.unwrap();
    assert_eq!((decision.authenticity, decision.outcome), (None, OutcomeKind::RmaIssued));
    assert!(decision.authentication.unwrap().contains("the DNS gives no answer about customer.example"));
}

#[test]
fn verifying_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rmad.toml");
    let vendor = "[vendor]\nname = \"V\"\naddress = \"support@vendor.example\"\n";
    for (trust, verifies, for_nobody) in [
        ("", false, true),
        ("[trust]\nverify = true\n", true, false),
        ("[trust]\nauthserv_ids = [\"mx.vendor.example\"]\n", false, false),
    ] {
        std::fs::write(&file, format!("{vendor}{trust}")).unwrap();
        let trust = Config::for_replay(&file, &Environment::default()).unwrap().trust;
        assert_eq!((trust.verify, trust.vouches_for_nobody()), (verifies, for_nobody));
    }
}
