//! The post office against a real Postfix, behind a proxy that breaks things, and against a scripted SMTP server.

use std::time::Duration;

use rmad::outbox::{Delivery, Outgoing};
use rmad::tls::{Login, Server, Tls};
use rmad::transport::{SmtpSettings, Transport, TransportError, TransportSettings};
use serde_json::json;

use crate::lab::{self, Lab, Sink};

fn settings(lab: &Lab, port: u16, tls: Tls) -> SmtpSettings {
    SmtpSettings {
        server: Server {
            host: "localhost".to_owned(),
            port,
            tls,
            ca_file: Some(lab.path("tls/ca.pem")),
            timeout: Duration::from_secs(20),
        },
        login: Some(Login { username: lab.env("USER").to_owned(), password: lab.env("PASSWORD").into() }),
        after_dot: Duration::from_secs(20),
    }
}

fn open(settings: SmtpSettings) -> Transport {
    Transport::open(TransportSettings::Smtp(settings))
}

fn post(lab: &Lab) -> Transport {
    open(settings(lab, lab.port("SUBMISSIONS"), Tls::Implicit))
}

/// To a scripted server, which knows no login.
fn sink_post(lab: &Lab, sink: &Sink) -> Transport {
    open(SmtpSettings { login: None, ..settings(lab, sink.port, Tls::None) })
}

fn letter(to: &str, subject: &str) -> Outgoing {
    let raw = format!(
        "From: <support@lab.test>\r\nTo: <{to}>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@lab.test>\r\n\r\n\
         .a line that begins with a dot\r\n..two\r\n.\r\nthe end {}\r\n",
        "0123456789 0123456789\r\n".repeat(50)
    );
    Outgoing {
        message_id: format!("{subject}@lab.test"),
        reverse_path: "support@lab.test".to_owned(),
        recipient: to.to_owned(),
        subject: subject.to_owned(),
        template: "test".to_owned(),
        text: String::new(),
        raw: raw.into_bytes(),
        not_before: jiff::Timestamp::UNIX_EPOCH,
        withheld: None,
        occasion: None,
    }
}

fn accepted(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Accepted(_))
}

/// Waits until a user has so many messages.
fn arrived(lab: &Lab, user: &str, number: usize) {
    lab::within(Duration::from_secs(60), "the mail arrives", || lab.count(user, "INBOX") >= number);
}

#[tokio::test]
async fn mail_arrives_by_every_kind_of_protection() {
    let lab = lab::up();
    for (port, tls) in [("SUBMISSIONS", Tls::Implicit), ("SUBMISSION", Tls::Starttls), ("MX", Tls::None)] {
        let user = lab.new_user();
        let mut settings = settings(lab, lab.port(port), tls);
        if tls == Tls::None {
            settings.login = None;
        }
        let mut post = open(settings);
        let summary = post.check().await.unwrap();
        assert!(summary.contains("8BITMIME yes"), "{summary}");
        for subject in ["first", "second"] {
            let delivery = post.deliver(&letter(&user, subject)).await.unwrap();
            assert!(accepted(&delivery), "{tls:?}: {delivery:?}");
        }
        post.close().await;
        assert!(accepted(&post.deliver(&letter(&user, "third")).await.unwrap()), "{tls:?}");
        arrived(lab, &user, 3);
        let texts: Vec<_> = lab.messages(&user, "INBOX").iter().map(|message| message["text"].to_string()).collect();
        assert!(
            texts.iter().all(|text| text.starts_with(r#"".a line that begins with a dot\r\n..two\r\n.\r\nthe end"#)),
            "{texts:?}"
        );
    }
}

#[tokio::test]
async fn the_servers_verdict_decides() {
    let lab = lab::up();
    let user = lab.new_user();
    let mut post = post(lab);
    let cases = [
        ("temp@cust.test", "a", "Postponed", "450"),
        ("perm@cust.test", "b", "Refused", "550"),
        ("nobody@cust.test", "c", "Refused", "550"),
        ("drop421@cust.test", "d", "Postponed", "421"),
        (&user, "TEMPDATA", "Postponed", "451"),
        (&user, "PERMDATA", "Refused", "550"),
        ("full@cust.test", "e", "Accepted", "250"),
    ];
    for (to, subject, expected, code) in cases {
        // a connection is kept from a success before, so that both a kept and a fresh one are refused something
        assert!(accepted(&post.deliver(&letter(&user, "between")).await.unwrap()));
        let delivery = post.deliver(&letter(to, subject)).await.unwrap();
        assert!(format!("{delivery:?}").starts_with(&format!("{expected}(\"{code} ")), "{to}: {delivery:?}");
    }
    arrived(lab, &user, cases.len());
    let mut stranger = letter(&user, "forged");
    stranger.reverse_path = "agent@lab.test".to_owned();
    assert!(matches!(post.deliver(&stranger).await.unwrap(), Delivery::Refused(_)));
}

#[tokio::test]
async fn a_refused_login_is_no_attempt_and_is_said() {
    let lab = lab::up();
    let mut wrong = settings(lab, lab.port("SUBMISSIONS"), Tls::Implicit);
    wrong.login.as_mut().unwrap().password = "not-it".into();
    let sink = Sink::start(&["--auth", "somebody:secret"]);
    let without = SmtpSettings { login: None, ..settings(lab, sink.port, Tls::None) };
    for settings in [wrong, without] {
        let why = open(settings).deliver(&letter("alice@cust.test", "a")).await.unwrap_err().to_string();
        assert!(why.contains("login") && !why.contains("not-it"), "{why}");
    }
    // plain SMTP offers no login at all
    let refused = open(settings(lab, lab.port("MX"), Tls::None)).check().await.unwrap_err();
    assert!(refused.to_string().contains("login"), "{refused}");
}

#[tokio::test]
async fn certificates_are_checked_and_protection_is_never_given_up() {
    let lab = lab::up();
    let sink = Sink::start(&[]);
    let proxy = lab.proxy_with("submissions", "wrongname", &[]);
    let wrong_name = settings(lab, proxy.port, Tls::Implicit);
    let mut wrong_authority = settings(lab, lab.port("SUBMISSION"), Tls::Starttls);
    wrong_authority.server.ca_file = Some(lab.path("tls/wrongname.pem"));
    let no_starttls = SmtpSettings { login: None, ..settings(lab, sink.port, Tls::Starttls) };
    for settings in [wrong_name, wrong_authority, no_starttls] {
        let mut post = open(settings);
        let refused = post.check().await.unwrap_err().to_string();
        assert!(refused.contains("no TLS"), "{refused}");
        let fault = post.deliver(&letter("alice@cust.test", "a")).await.unwrap_err();
        assert_eq!(fault.to_string(), refused);
    }
    assert_eq!(sink.accepted(), 0);
    let mut elsewhere = SmtpSettings { login: None, ..settings(lab, 25, Tls::None) };
    elsewhere.server.host = "192.0.2.1".to_owned();
    assert!(open(elsewhere).check().await.unwrap_err().to_string().contains("unprotected"));
}

/// One message through each of these proxies, side by side: how it ended, and how often the server got it.
async fn through(presets: &[&'static str]) -> Vec<(&'static str, Result<Delivery, TransportError>, usize)> {
    let attempts: Vec<_> = presets.iter().map(|preset| (*preset, tokio::spawn(through_one(preset)))).collect();
    let mut outcomes = Vec::new();
    for (preset, attempt) in attempts {
        let (delivery, arrived) = attempt.await.unwrap();
        outcomes.push((preset, delivery, arrived));
    }
    outcomes
}

/// One message through a proxy, with short patience.
async fn through_one(preset: &str) -> (Result<Delivery, TransportError>, usize) {
    let lab = lab::up();
    let user = lab.new_user();
    let proxy = lab.proxy("submissions", preset);
    let mut settings = settings(lab, proxy.port, Tls::Implicit);
    settings.server.timeout = Duration::from_secs(2);
    settings.after_dot = Duration::from_secs(2);
    let mut broken = open(settings);
    let delivery = broken.deliver(&letter(&user, "broken")).await;
    broken.close().await;
    lab::within(Duration::from_secs(60), preset, || proxy.faults() > 0);
    // a second one on a sound connection; once that has arrived, so has the first, if it is to arrive at all
    let marker = lab.new_user();
    assert!(accepted(&post(lab).deliver(&letter(&marker, "marker")).await.unwrap()));
    arrived(lab, &marker, 1);
    (delivery, lab.count(&user, "INBOX"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 5)]
async fn a_connection_that_breaks_before_a_recipient_is_named_is_no_attempt() {
    let presets = ["smtp-refuse", "smtp-no-greeting", "smtp-cut-after-mail", "smtp-421-at-mail", "smtp-slow-reply"];
    for (preset, delivery, arrived) in through(&presets).await {
        let is_outage = matches!(delivery, Err(TransportError::Server { .. } | TransportError::Line(_)));
        assert!(is_outage, "{preset}: {delivery:?}");
        assert_eq!(arrived, 0, "{preset}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 5)]
async fn after_the_content_a_broken_connection_leaves_it_open() {
    for (preset, delivery, arrived) in through(&["smtp-cut-in-body", "smtp-cut-before-dot"]).await {
        assert!(matches!(delivery, Ok(Delivery::Unknown(_))), "{preset}: {delivery:?}");
        assert_eq!(arrived, 0, "{preset}");
    }
    for (preset, delivery, arrived) in
        through(&["smtp-cut-after-dot", "smtp-rst-after-dot", "smtp-hang-after-dot"]).await
    {
        assert!(matches!(delivery, Ok(Delivery::Unknown(_))), "{preset}: {delivery:?}");
        assert_eq!(arrived, 1, "{preset}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_at_quit_has_delivered() {
    for (_, delivery, arrived) in through(&["smtp-cut-at-quit"]).await {
        assert!(accepted(&delivery.unwrap()));
        assert_eq!(arrived, 1);
    }
}

#[tokio::test]
async fn a_recipient_that_takes_long_postpones() {
    let lab = lab::up();
    let mut settings = settings(lab, lab.port("SUBMISSIONS"), Tls::Implicit);
    settings.server.timeout = Duration::from_secs(2);
    let delivery = open(settings).deliver(&letter("slow@cust.test", "a")).await.unwrap();
    assert!(matches!(delivery, Delivery::Postponed(_)), "{delivery:?}");
}

#[tokio::test]
async fn a_kept_connection_that_has_died_is_replaced_without_a_duplicate() {
    let lab = lab::up();
    let dies = json!({"side": "c2s", "match": "MAIL FROM.*MAIL FROM", "action": "cut"});
    let closes =
        json!({"side": "c2s", "match": "MAIL FROM.*MAIL FROM", "action": "say", "with": "421 4.4.2 timeout\r\n"});
    for rule in [dies, closes] {
        let user = lab.new_user();
        let proxy = lab.proxy_rules("submissions", &json!([rule]));
        let mut post = open(settings(lab, proxy.port, Tls::Implicit));
        for subject in ["first", "second", "third"] {
            let delivery = post.deliver(&letter(&user, subject)).await.unwrap();
            assert!(accepted(&delivery), "{subject}: {delivery:?}");
        }
        proxy.has_caused(1);
        arrived(lab, &user, 3);
        assert_eq!(lab.count(&user, "INBOX"), 3);
    }
}

#[tokio::test]
async fn what_is_sent_is_what_was_recorded() {
    let lab = lab::up();
    let dump = tempfile::tempdir().unwrap();
    let sink = Sink::start(&["--dump", &dump.path().display().to_string()]);
    let mut post = sink_post(lab, &sink);
    let mut bounce = letter("ann@customer.example", "exact");
    bounce.reverse_path = String::new();
    assert!(accepted(&post.deliver(&bounce).await.unwrap()));
    let mut large = letter("ann@customer.example", "large");
    large.raw.extend(b".0123456789abcdef\r\n".repeat(20_000));
    assert!(accepted(&post.deliver(&large).await.unwrap()));
    let mut files: Vec<_> = std::fs::read_dir(dump.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let contents: Vec<_> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert_eq!(contents, [bounce.raw, large.raw]);
    assert_eq!(sink.accepted(), 2);
}

#[tokio::test]
async fn the_answer_to_the_dot_is_the_verdict() {
    let lab = lab::up();
    let sink = Sink::start(&["--reply", "DOT=451 4.3.0 later*1", "--cut", "QUIT*1"]);
    let mut post = sink_post(lab, &sink);
    let mail = letter("ann@customer.example", "a");
    assert_eq!(post.deliver(&mail).await.unwrap(), Delivery::Postponed("451 4.3.0 later".to_owned()));
    assert!(accepted(&post.deliver(&mail).await.unwrap()));
    for (reply, expected) in [
        ("554 5.6.0 no", Delivery::Refused("554 5.6.0 no".to_owned())),
        ("421 4.3.2 bye", Delivery::Postponed("421 4.3.2 bye".to_owned())),
    ] {
        let sink = Sink::start(&["--reply", &format!("DOT={reply}")]);
        assert_eq!(sink_post(lab, &sink).deliver(&mail).await.unwrap(), expected);
    }
    for odd in ["354 go on", "what?"] {
        let sink = Sink::start(&["--reply", &format!("DOT={odd}")]);
        let delivery = sink_post(lab, &sink).deliver(&mail).await.unwrap();
        assert!(matches!(delivery, Delivery::Unknown(_)), "{odd}: {delivery:?}");
    }
    let sink = Sink::start(&["--reply", "CONNECT=554 5.3.2 no service"]);
    let fault = sink_post(lab, &sink).deliver(&mail).await.unwrap_err();
    assert!(fault.to_string().contains("no service"), "what is said before any message is none's: {fault}");
}

/// The sender's address is the same for all that we send; the recipient is one message's own.
#[tokio::test]
async fn a_refused_sender_is_no_verdict_on_the_message_and_a_refused_recipient_is() {
    let lab = lab::up();
    let mail = letter("ann@customer.example", "a");
    for reply in ["MAIL=553 5.7.1 not your address", "MAIL=451 4.3.0 later"] {
        let sink = Sink::start(&["--reply", reply]);
        let fault = sink_post(lab, &sink).deliver(&mail).await.unwrap_err().to_string();
        assert!(fault.contains("check from in [delivery]"), "{fault}");
    }
    for (reply, expected) in [
        ("RCPT=530 5.7.0 log in first", Delivery::Postponed("530 5.7.0 log in first".to_owned())),
        ("DATA=554 5.7.1 no", Delivery::Refused("554 5.7.1 no".to_owned())),
    ] {
        let sink = Sink::start(&["--reply", reply]);
        assert_eq!(sink_post(lab, &sink).deliver(&mail).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn what_is_no_address_never_reaches_the_server() {
    let lab = lab::up();
    let sink = Sink::start(&[]);
    let mut post = sink_post(lab, &sink);
    for to in
        ["", "ann", "ann@", "a b@customer.example", "ann@customer.example>\r\nRCPT TO:<eve@customer.example", "a@b@c"]
    {
        let delivery = post.deliver(&letter(to, "a")).await.unwrap();
        assert!(matches!(delivery, Delivery::Refused(_)), "{to:?}: {delivery:?}");
    }
    assert!(accepted(&post.deliver(&letter("a..b@docomo.example", "odd")).await.unwrap()));
    assert_eq!(sink.accepted(), 1);
}
