//! The inbox against a real Dovecot, behind a proxy that breaks things, and against answers that no Dovecot gives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rmad::mailbox::{Cursor, Fetched, Folder, ImapSettings, Listed, Mailbox, MailboxError, MailboxSettings};
use rmad::tls::{LineError, Login, Server, Tls};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::lab::{self, Lab};

const LONG: Duration = Duration::from_secs(120);

fn settings(lab: &Lab, user: &str, port: u16, tls: Tls) -> ImapSettings {
    ImapSettings {
        server: Server {
            host: "localhost".to_owned(),
            port,
            tls,
            ca_file: Some(lab.path("tls/ca.pem")),
            timeout: Duration::from_secs(20),
        },
        login: Login { username: user.to_owned(), password: lab.env("PASSWORD").into() },
        folder: "INBOX".to_owned(),
        processed_folder: "Processed".to_owned(),
        review_folder: "Review".to_owned(),
        max_bytes: 20 << 20,
        poll: LONG,
    }
}

fn inbox(lab: &Lab, user: &str) -> Mailbox {
    behind(lab, user, lab.port("IMAPS"))
}

fn behind(lab: &Lab, user: &str, port: u16) -> Mailbox {
    open(settings(lab, user, port, Tls::Implicit))
}

fn open(settings: ImapSettings) -> Mailbox {
    Mailbox::open(MailboxSettings::Imap(settings))
}

fn mail(subject: &str, bytes: usize) -> Vec<u8> {
    let mut raw = format!("From: <ann@customer.example>\r\nSubject: {subject}\r\n\r\n").into_bytes();
    while raw.len() < bytes {
        raw.extend_from_slice(format!("line {} of {subject}\r\n", raw.len()).as_bytes());
    }
    raw
}

fn deliver(lab: &Lab, user: &str, subjects: &[&str]) {
    for subject in subjects {
        lab.deliver_lmtp(user, &mail(subject, 300));
    }
}

/// Everything in the inbox, fetched.
async fn fetch_all(mailbox: &mut Mailbox) -> Result<(i64, Vec<Fetched>), MailboxError> {
    let listing = mailbox.list(None).await?;
    Ok((listing.uid_validity, mailbox.fetch(listing.uid_validity, &listing.messages).await?))
}

fn subject(fetched: &Fetched) -> String {
    let text = String::from_utf8_lossy(&fetched.raw);
    let line = text.lines().find_map(|line| line.strip_prefix("Subject: ")).expect("a subject");
    line.to_owned()
}

fn subjects_in(lab: &Lab, user: &str, folder: &str) -> Vec<String> {
    let mut subjects: Vec<String> = Vec::new();
    for message in lab.messages(user, folder) {
        let headers = message["headers"].as_array().expect("headers");
        let subject = headers.iter().find(|header| header[0] == "Subject").expect("a subject");
        subjects.push(subject[1].as_str().expect("text").to_owned());
    }
    subjects.sort();
    subjects
}

fn hashes_in(lab: &Lab, user: &str) -> HashMap<i64, String> {
    let hash = |message: &serde_json::Value| Some((message["uid"].as_i64()?, message["sha256"].as_str()?.to_owned()));
    lab.messages(user, "INBOX").iter().filter_map(hash).collect()
}

fn hash(raw: &[u8]) -> String {
    Sha256::digest(raw).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn new_mail_is_listed_once_fetched_whole_and_left_unread() {
    let lab = lab::up();
    let user = lab.new_user();
    deliver(lab, &user, &["one", "two", "three"]);
    let mut mailbox = inbox(lab, &user);
    let (uid_validity, fetched) = fetch_all(&mut mailbox).await.unwrap();
    let subjects: Vec<_> = fetched.iter().map(subject).collect();
    assert_eq!(subjects, ["one", "two", "three"]);
    let there = hashes_in(lab, &user);
    for message in &fetched {
        assert_eq!(there.get(&message.uid), Some(&hash(&message.raw)));
        assert!(message.received_at.is_some() && message.oversized.is_none());
    }
    for message in lab.messages(&user, "INBOX") {
        assert!(!message["flags"].to_string().contains("Seen"));
    }

    let cursor = Cursor { uid_validity, last_uid: fetched.last().unwrap().uid };
    assert!(mailbox.list(Some(cursor)).await.unwrap().messages.is_empty());
    deliver(lab, &user, &["four"]);
    let listing = mailbox.list(Some(cursor)).await.unwrap();
    assert_eq!(listing.messages.len(), 1);
    assert!(listing.messages[0].uid > cursor.last_uid);
    assert_eq!(mailbox.uids().await.unwrap().1.len(), 4);
}

#[tokio::test]
async fn mail_is_filed_into_folders_that_are_made() {
    let lab = lab::up();
    let user = lab.new_user();
    deliver(lab, &user, &["done", "odd", "later"]);
    let mut settings = settings(lab, &user, lab.port("IMAPS"), Tls::Implicit);
    settings.review_folder = "Desk/Geprüft".to_owned();
    let mut mailbox = open(settings);
    let listing = mailbox.list(None).await.unwrap();
    let uids: Vec<i64> = listing.messages.iter().map(|listed| listed.uid).collect();
    let moves = [(uids[0], Folder::Processed), (uids[1], Folder::Review)];
    for _ in 0..2 {
        // the second time they are gone
        mailbox.file(listing.uid_validity, &moves).await.unwrap();
        assert_eq!(subjects_in(lab, &user, "INBOX"), ["later"]);
        assert_eq!(subjects_in(lab, &user, "Processed"), ["done"]);
        assert_eq!(subjects_in(lab, &user, "Desk/Gepr&APw-ft"), ["odd"]);
    }
    let subscribed = lab.doveadm(&["mailbox", "list", "-s", "-u", &user]);
    assert!(subscribed.contains("Processed") && subscribed.contains("Desk/Geprüft"), "{subscribed}");
    assert!(mailbox.fetch(listing.uid_validity, &listing.messages[..2]).await.unwrap().is_empty());

    // somebody deletes the folder under the session
    lab.doveadm(&["mailbox", "delete", "-u", &user, "Processed"]);
    mailbox.file(listing.uid_validity, &[(uids[2], Folder::Processed)]).await.unwrap();
    assert_eq!(subjects_in(lab, &user, "Processed"), ["later"]);
}

#[tokio::test]
async fn without_move_only_ours_is_expunged() {
    let lab = lab::up();
    for (lacking, expunged) in [(vec![" MOVE"], true), (vec![" UIDPLUS", " MOVE"], false)] {
        let user = lab.new_user();
        deliver(lab, &user, &["theirs", "ours", "other"]);
        lab.doveadm(&["flags", "add", "-u", &user, "\\Deleted", "mailbox", "INBOX", "subject", "theirs"]);
        let drop = |name: &&str| json!({"side": "s2c", "match": name, "action": "drop", "times": 0, "every": true});
        let proxy = lab.proxy_rules("imaps", &lacking.iter().map(drop).collect());
        let mut mailbox = behind(lab, &user, proxy.port);
        let listing = mailbox.list(None).await.unwrap();
        let ours = listing.messages[1].uid;
        for _ in 0..2 {
            mailbox.file(listing.uid_validity, &[(ours, Folder::Processed)]).await.unwrap();
            assert_eq!(subjects_in(lab, &user, "Processed"), ["ours"]);
            let left = if expunged { vec!["other", "theirs"] } else { vec!["other", "ours", "theirs"] };
            assert_eq!(subjects_in(lab, &user, "INBOX"), left);
        }

        lab.doveadm(&["flags", "remove", "-u", &user, "\\Deleted", "mailbox", "INBOX", "subject", "theirs"]);
        mailbox.file(listing.uid_validity, &[(ours, Folder::Processed)]).await.unwrap();
        assert_eq!(subjects_in(lab, &user, "INBOX"), ["other", "theirs"]);
        assert_eq!(subjects_in(lab, &user, "Processed"), ["ours"]);
        lab::within(LONG, "capabilities are dropped", || proxy.faults() > 0);
    }
}

#[tokio::test]
async fn large_messages_come_in_slices_and_oversized_ones_as_their_header() {
    let lab = lab::up();
    let user = lab.new_user();
    lab.deliver_lmtp(&user, &mail("large", 3_500_000));
    deliver(lab, &user, &["small"]);
    let (_, fetched) = fetch_all(&mut inbox(lab, &user)).await.unwrap();
    let there = hashes_in(lab, &user);
    assert_eq!(fetched.len(), 2);
    assert!(fetched[0].raw.len() >= 3_500_000);
    for message in &fetched {
        assert_eq!(there.get(&message.uid), Some(&hash(&message.raw)));
    }

    let mut strict = settings(lab, &user, lab.port("IMAPS"), Tls::Implicit);
    strict.max_bytes = 2_000_000;
    let (_, fetched) = fetch_all(&mut open(strict)).await.unwrap();
    assert!(fetched[0].oversized.is_some_and(|size| size > 3_500_000));
    assert_eq!(subject(&fetched[0]), "large");
    assert!(fetched[0].raw.ends_with(b"\r\n\r\n") && fetched[0].raw.len() < 2_000);
    assert_eq!(fetched[1].oversized, None);
}

#[tokio::test]
async fn every_kind_of_protection_works_and_none_is_given_up() {
    let lab = lab::up();
    let user = lab.new_user();
    deliver(lab, &user, &["one"]);
    for (port, tls) in [("IMAPS", Tls::Implicit), ("IMAP", Tls::Starttls), ("IMAP", Tls::None)] {
        let mut mailbox = open(settings(lab, &user, lab.port(port), tls));
        assert_eq!(mailbox.list(None).await.unwrap().messages.len(), 1, "{tls:?}");
        let summary = mailbox.check().await.unwrap();
        assert!(summary.contains("1 messages") && summary.contains("MOVE yes"), "{summary}");
    }
    let refuse = json!([{"side": "s2c", "match": "S1 OK[^\r]*", "action": "replace", "with": "S1 BAD no such thing"},
                        {"side": "c2s", "match": "LOGIN|AUTHENTICATE", "action": "cut"}]);
    let proxy = lab.proxy_rules("imap", &refuse);
    let refused = open(settings(lab, &user, proxy.port, Tls::Starttls)).list(None).await.unwrap_err();
    assert!(matches!(refused, MailboxError::Line(LineError::Handshake { .. })), "{refused}");
    proxy.has_caused(1);

    let mut elsewhere = settings(lab, &user, 143, Tls::None);
    elsewhere.server.host = "192.0.2.1".to_owned();
    let refused = open(elsewhere).list(None).await.unwrap_err();
    assert!(matches!(refused, MailboxError::Line(LineError::Unprotected { .. })), "{refused}");
}

#[tokio::test]
async fn certificates_are_checked() {
    let lab = lab::up();
    let user = lab.new_user();
    let proxy = lab.proxy_with("imaps", "wrongname", &[]);
    let wrong_name = settings(lab, &user, proxy.port, Tls::Implicit);
    let mut wrong_authority = settings(lab, &user, lab.port("IMAP"), Tls::Starttls);
    wrong_authority.server.ca_file = Some(lab.path("tls/wrongname.pem"));
    let mut unknown_authority = settings(lab, &user, lab.port("IMAPS"), Tls::Implicit);
    unknown_authority.server.ca_file = None;
    for settings in [wrong_name, wrong_authority, unknown_authority] {
        let refused = open(settings).list(None).await.unwrap_err();
        assert!(matches!(refused, MailboxError::Line(LineError::Handshake { .. })), "{refused}");
    }
    let mut no_file = settings(lab, &user, lab.port("IMAPS"), Tls::Implicit);
    no_file.server.ca_file = Some(lab.path("tls/server.key"));
    let refused = open(no_file).list(None).await.unwrap_err();
    assert!(matches!(refused, MailboxError::Line(LineError::CaFile { .. })), "{refused}");
}

#[tokio::test]
async fn a_wrong_password_is_told_apart() {
    let lab = lab::up();
    let mut settings = settings(lab, &lab.new_user(), lab.port("IMAPS"), Tls::Implicit);
    settings.login.password = "not-it".into();
    let refused = open(settings).list(None).await.unwrap_err();
    assert!(matches!(&refused, MailboxError::Login(_)), "{refused}");
    assert!(!refused.to_string().contains("not-it"));
}

#[tokio::test]
async fn news_end_the_wait() {
    let lab = lab::up();
    // IDLE with Dovecot, and asking again and again where the server has no IDLE
    for preset in ["", "imap-no-idle"] {
        let user = lab.new_user();
        let proxy = lab.proxy("imaps", preset);
        let mut settings = settings(lab, &user, proxy.port, Tls::Implicit);
        if !preset.is_empty() {
            settings.poll = Duration::from_millis(50);
        }
        let mut mailbox = open(settings);
        assert!(mailbox.list(None).await.unwrap().messages.is_empty());
        assert!(!mailbox.wait(Duration::from_millis(100)).await.unwrap());
        let waiting = tokio::spawn(async move { (mailbox.wait(LONG).await, mailbox) });
        deliver(lab, &user, &["news"]);
        let (news, mut mailbox) = waiting.await.unwrap();
        assert!(news.unwrap());
        assert_eq!(mailbox.list(None).await.unwrap().messages.len(), 1);
        lab::within(LONG, preset, || (proxy.faults() > 0) != preset.is_empty());
    }
}

#[tokio::test]
async fn a_deaf_or_dead_idle_is_noticed() {
    let lab = lab::up();
    let user = lab.new_user();
    let proxy = lab.proxy("imaps", "imap-hang-in-idle");
    let mut settings = settings(lab, &user, proxy.port, Tls::Implicit);
    settings.server.timeout = Duration::from_secs(2);
    let mut mailbox = open(settings);
    mailbox.list(None).await.unwrap();
    let lost = mailbox.wait(Duration::from_millis(100)).await.unwrap_err();
    assert!(matches!(lost, MailboxError::Lost(_)), "{lost}");
    assert!(mailbox.wait(Duration::from_millis(100)).await.unwrap(), "a new connection may have missed something");

    let proxy = lab.proxy("imaps", "imap-lose-exists");
    let mut mailbox = behind(lab, &user, proxy.port);
    mailbox.list(None).await.unwrap();
    let waiting = tokio::spawn(async move { (mailbox.wait(Duration::from_secs(3)).await, mailbox) });
    deliver(lab, &user, &["unsaid"]);
    let (outcome, mut mailbox) = waiting.await.unwrap();
    outcome.unwrap();
    assert_eq!(mailbox.list(None).await.unwrap().messages.len(), 1);
}

#[tokio::test]
async fn a_wait_that_is_given_up_costs_the_connection_only() {
    let lab = lab::up();
    let user = lab.new_user();
    let mut mailbox = inbox(lab, &user);
    mailbox.list(None).await.unwrap();
    let given_up = tokio::time::timeout(Duration::from_millis(50), mailbox.wait(LONG)).await;
    assert!(given_up.is_err());
    deliver(lab, &user, &["one"]);
    assert_eq!(mailbox.list(None).await.unwrap().messages.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 5)]
async fn a_connection_that_breaks_is_an_error_and_the_next_call_opens_another() {
    let presets = ["imap-refuse", "imap-bye", "imap-cut-at-login", "imap-cut-in-literal", "imap-hang-in-literal"];
    let attempts: Vec<_> = presets.map(|preset| tokio::spawn(break_and_go_on(preset))).into();
    for attempt in attempts {
        attempt.await.unwrap();
    }
}

async fn break_and_go_on(preset: &str) {
    let lab = lab::up();
    let user = lab.new_user();
    deliver(lab, &user, &["one", "two"]);
    let proxy = lab.proxy("imaps", preset);
    let mut settings = settings(lab, &user, proxy.port, Tls::Implicit);
    settings.server.timeout = Duration::from_secs(2);
    let mut mailbox = open(settings);
    let lost = fetch_all(&mut mailbox).await.unwrap_err();
    assert!(matches!(lost, MailboxError::Lost(_) | MailboxError::Line(_)), "{preset}: {lost}");
    assert!(!lost.to_string().contains("line"), "{preset} tells of the mail: {lost}");
    let (_, fetched) = fetch_all(&mut mailbox).await.unwrap();
    let there = hashes_in(lab, &user);
    assert_eq!(fetched.len(), 2, "{preset}");
    assert!(fetched.iter().all(|message| there.get(&message.uid) == Some(&hash(&message.raw))), "{preset}");
    proxy.has_caused(1);
}

#[tokio::test]
async fn filing_that_was_cut_off_is_completed_by_filing_again() {
    let lab = lab::up();
    for lacking in [&[][..], &[" MOVE"], &[" UIDPLUS", " MOVE"]] {
        let user = lab.new_user();
        deliver(lab, &user, &["one", "two"]);
        let mut rules: Vec<_> = lacking
            .iter()
            .map(|name| json!({"side": "s2c", "match": name, "action": "drop", "times": 0, "every": true}))
            .collect();
        let (done, told) = ("UID (STORE|MOVE) [^\r]*\r\n", "(\\* |[A-Za-z0-9.]+ OK)");
        rules.push(json!({"side": "s2c", "after": done, "match": told, "action": "cut"}));
        let proxy = lab.proxy_rules("imaps", &rules.into());
        let mut mailbox = behind(lab, &user, proxy.port);
        let listing = mailbox.list(None).await.unwrap();
        let moves: Vec<_> = listing.messages.iter().map(|listed| (listed.uid, Folder::Processed)).collect();
        mailbox.file(listing.uid_validity, &moves).await.unwrap_err();
        mailbox.file(listing.uid_validity, &moves).await.unwrap();
        assert_eq!(subjects_in(lab, &user, "Processed"), ["one", "two"], "{lacking:?}");
        assert!(subjects_in(lab, &user, "INBOX").is_empty(), "{lacking:?}");
    }
}

#[tokio::test]
async fn a_renumbered_mailbox_is_listed_again_and_old_uids_are_refused() {
    let lab = lab::up();
    let user = lab.new_user();
    deliver(lab, &user, &["one", "two"]);
    let mut mailbox = inbox(lab, &user);
    let before = mailbox.list(None).await.unwrap();
    let cursor = Cursor { uid_validity: before.uid_validity, last_uid: before.messages[1].uid };
    lab.doveadm(&["mailbox", "update", "-u", &user, "--uid-validity", "987654", "INBOX"]);
    let mut mailbox = inbox(lab, &user);
    let after = mailbox.list(Some(cursor)).await.unwrap();
    assert_eq!((after.uid_validity, after.messages.len()), (987_654, 2));
    let uid = before.messages[0].uid;
    let refusals = [
        mailbox.fetch(before.uid_validity, &before.messages).await.map(|_| ()),
        mailbox.file(before.uid_validity, &[(uid, Folder::Processed)]).await,
    ];
    for refused in refusals {
        assert!(matches!(refused, Err(MailboxError::Renumbered { found: 987_654, .. })), "{refused:?}");
    }
    assert_eq!(lab.count(&user, "INBOX"), 2);
}

#[tokio::test]
async fn a_server_may_restart() {
    let lab = Lab::start(&["--no-postfix", "--no-oauth"]);
    let user = lab.new_user();
    deliver(&lab, &user, &["one"]);
    let mut mailbox = inbox(&lab, &user);
    let listing = mailbox.list(None).await.unwrap();
    lab.stop_dovecot();
    let lost = mailbox.list(None).await.unwrap_err();
    assert!(matches!(lost, MailboxError::Lost(_)), "{lost}");
    let absent = mailbox.list(None).await.unwrap_err();
    assert!(matches!(absent, MailboxError::Line(LineError::Unreachable { .. })), "{absent}");
    lab.start_dovecot();
    assert_eq!(mailbox.list(None).await.unwrap(), listing);
    lab.restart_dovecot();
    deliver(&lab, &user, &["two"]);
    // the kept connection dies with the server, which the wait finds out and the one after it makes good
    mailbox.wait(LONG).await.unwrap_err();
    assert!(mailbox.wait(LONG).await.unwrap());
    assert_eq!(mailbox.list(None).await.unwrap().messages.len(), 2);
}

/// An IMAP server that gives the answers of `script` (`{tag}` stands for the command's tag; none is a plain OK) and
/// notes the commands.
async fn scripted(
    capabilities: &'static str,
    script: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> (Mailbox, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let commands = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&commands);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let (read, mut write) = socket.into_split();
            write.write_all(b"* OK hello\r\n").await.unwrap();
            let mut lines = BufReader::new(read).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
                noted.lock().unwrap().push(command.to_owned());
                let answer = script(command).unwrap_or_else(|| default_answer(command, capabilities));
                if write.write_all(answer.replace("{tag}", tag).as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    let settings = ImapSettings {
        server: Server {
            host: "127.0.0.1".to_owned(),
            port,
            tls: Tls::None,
            ca_file: None,
            timeout: Duration::from_secs(20),
        },
        login: Login { username: "desk".to_owned(), password: r#"pass "word" \ 1"#.into() },
        folder: "INBOX".to_owned(),
        processed_folder: "Desk/Processed".to_owned(),
        review_folder: "Review".to_owned(),
        max_bytes: 5 << 20,
        poll: Duration::from_millis(10),
    };
    (open(settings), commands)
}

fn default_answer(command: &str, capabilities: &str) -> String {
    let untagged = match command {
        "CAPABILITY" => format!("* CAPABILITY IMAP4rev1 {capabilities}\r\n").replace(" \r", "\r"),
        "SELECT \"INBOX\"" => "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n".to_owned(),
        _ => String::new(),
    };
    format!("{untagged}{{tag}} OK done\r\n")
}

const ONE: &[Listed] = &[Listed { uid: 1, size: 100 }];

#[tokio::test]
async fn a_password_is_quoted() {
    let (mut mailbox, commands) = scripted("", |_| None).await;
    mailbox.list(None).await.unwrap();
    assert_eq!(commands.lock().unwrap()[1], r#"LOGIN "desk" "pass \"word\" \\ 1""#);
    let (mut mailbox, _) = scripted("LOGINDISABLED", |_| None).await;
    assert!(matches!(mailbox.list(None).await, Err(MailboxError::Login(_))));
}

#[tokio::test]
async fn a_refusal_is_never_an_empty_mailbox() {
    for answer in ["{tag} NO not now\r\n", "{tag} BAD\r\n", "* 1 FETCH (UID 1 RFC822.SIZE 5)\r\n{tag} NO rest lost\r\n"]
    {
        let script = move |command: &str| command.starts_with("UID FETCH").then(|| answer.to_owned());
        let (mut mailbox, _) = scripted("", script).await;
        let refused = mailbox.list(None).await.unwrap_err();
        assert!(matches!(refused, MailboxError::Refused { .. }), "{refused}");
        assert!(matches!(mailbox.uids().await, Err(MailboxError::Refused { .. })));
        assert!(matches!(mailbox.fetch(7, ONE).await, Err(MailboxError::Refused { .. })));
    }
    let nameless = |command: &str| command.starts_with("SELECT").then(|| "{tag} OK x\r\n".to_owned());
    let (mut mailbox, _) = scripted("", nameless).await;
    assert!(matches!(mailbox.list(None).await, Err(MailboxError::Refused { .. })));
}

#[tokio::test]
async fn answers_that_cannot_be_read_lose_the_connection_and_no_more() {
    let hostile = [
        // imap-proto panics
        "* 1 FETCH (UID 1 INTERNALDATE NIL BODY[] {2}\r\nhi)\r\n{tag} OK done\r\n",
        "* 1 FETCH (UID 1 BODY[] {536000000}\r\nhi",
        "* NAMESPACE secret-words\r\n{tag} OK done\r\n",
        "* BYE overloaded\r\n",
    ];
    for answer in hostile {
        let script = move |command: &str| command.starts_with("UID FETCH 1 (INTERNALDATE").then(|| answer.to_owned());
        let (mut mailbox, _) = scripted("", script).await;
        let lost = mailbox.fetch(7, ONE).await.unwrap_err();
        assert!(matches!(lost, MailboxError::Lost(_)), "{lost}");
        assert!(!lost.to_string().contains("secret-words"));
        assert_eq!(mailbox.list(None).await.unwrap().uid_validity, 7);
    }
}

#[tokio::test]
async fn sizes_and_dates_may_be_wrong() {
    // a server that takes a large message for a small one, and one that takes a small message for a large one
    let body = "x".repeat(1_500_000);
    let whole = body.clone();
    let script = move |command: &str| match command {
        "UID FETCH 1,3 (INTERNALDATE BODY.PEEK[])" => Some(format!(
            "* 1 FETCH (UID 1 FLAGS ())\r\n* 1 FETCH (INTERNALDATE \"never\" BODY[] {{{}}}\r\n{whole} UID 1)\r\n\
             {{tag}} OK x\r\n",
            whole.len()
        )),
        "UID FETCH 2 (INTERNALDATE BODY.PEEK[]<0.1048576>)" => Some(
            "* 2 FETCH (UID 2 INTERNALDATE \" 7-Jul-2026 10:00:00 -0700\" BODY[]<0> {5}\r\nsmall)\r\n{tag} OK x\r\n"
                .to_owned(),
        ),
        "UID FETCH 2 (INTERNALDATE BODY.PEEK[]<5.1048576>)" => {
            Some("* 2 FETCH (UID 2 BODY[]<5> \"\")\r\n{tag} OK x\r\n".to_owned())
        }
        _ => None,
    };
    let (mut mailbox, _) = scripted("", script).await;
    let wanted = [Listed { uid: 1, size: 100 }, Listed { uid: 2, size: 3_000_000 }, Listed { uid: 3, size: 5 }];
    let fetched = mailbox.fetch(7, &wanted).await.unwrap();
    assert_eq!(fetched.len(), 2);
    assert_eq!((fetched[0].raw.len(), fetched[0].received_at), (body.len(), None));
    assert_eq!(fetched[1].raw, b"small");
    assert_eq!(fetched[1].received_at, Some("2026-07-07T17:00:00Z".parse().unwrap()));
}

#[tokio::test]
async fn a_refused_idle_is_replaced_by_asking() {
    for refusal in ["{tag} NO not for you\r\n", "{tag} BAD\r\n"] {
        let asked = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&asked);
        let script = move |command: &str| match command {
            "IDLE" => Some(refusal.to_owned()),
            "NOOP" => {
                let mut asked = counted.lock().unwrap();
                *asked += 1;
                (*asked == 3).then(|| "* 4 EXISTS\r\n{tag} OK x\r\n".to_owned())
            }
            _ => None,
        };
        let (mut mailbox, commands) = scripted("IDLE", script).await;
        mailbox.list(None).await.unwrap();
        assert!(mailbox.wait(LONG).await.unwrap());
        assert_eq!(*asked.lock().unwrap(), 3);
        let idles = commands.lock().unwrap().iter().filter(|command| *command == "IDLE").count();
        assert_eq!(idles, 1, "it is not tried again on this connection");
    }
}

#[tokio::test]
async fn folders_follow_the_server_in_delimiter_and_place() {
    let script = |command: &str| match command {
        "LIST \"\" \"\"" => Some("* LIST (\\Noselect) \".\" \"\"\r\n{tag} OK x\r\n".to_owned()),
        "LIST \"\" \"Desk.Processed\"" => {
            Some("* LIST (\\NonExistent) \".\" Desk.Processed\r\n{tag} OK x\r\n".to_owned())
        }
        "CREATE \"Desk.Processed\"" => Some("{tag} NO all folders are below INBOX\r\n".to_owned()),
        "SUBSCRIBE \"INBOX.Desk.Processed\"" => Some("{tag} NO no subscriptions here\r\n".to_owned()),
        _ => None,
    };
    let (mut mailbox, commands) = scripted("MOVE", script).await;
    for _ in 0..2 {
        mailbox.file(7, &[(4, Folder::Processed), (3, Folder::Processed)]).await.unwrap();
    }
    let commands = commands.lock().unwrap();
    let tail: Vec<_> = commands.iter().skip_while(|command| !command.starts_with("CREATE")).collect();
    assert_eq!(
        tail,
        [
            "CREATE \"Desk.Processed\"",
            "LIST \"\" \"Desk.Processed\"",
            "CREATE \"INBOX.Desk.Processed\"",
            "SUBSCRIBE \"INBOX.Desk.Processed\"",
            "UID MOVE 3:4 \"INBOX.Desk.Processed\"",
            "NOOP",
            "UID MOVE 3:4 \"INBOX.Desk.Processed\"",
        ]
    );
}

#[tokio::test]
async fn a_folder_that_another_daemon_makes_at_the_same_time_is_used() {
    let made = Arc::new(Mutex::new(false));
    let script = move |command: &str| match command {
        "LIST \"\" \"Desk/Processed\"" if *made.lock().unwrap() => {
            Some("* LIST () \"/\" Desk/Processed\r\n{tag} OK x\r\n".to_owned())
        }
        "CREATE \"Desk/Processed\"" => {
            *made.lock().unwrap() = true;
            Some("{tag} NO [ALREADYEXISTS] it exists\r\n".to_owned())
        }
        _ => None,
    };
    let (mut mailbox, commands) = scripted("MOVE", script).await;
    mailbox.file(7, &[(3, Folder::Processed)]).await.unwrap();
    assert_eq!(commands.lock().unwrap().last().unwrap(), "UID MOVE 3 \"Desk/Processed\"");
}

#[tokio::test]
async fn a_refused_move_fails_unless_nothing_is_left_to_move() {
    for (left, fails) in [("* 1 FETCH (UID 1 FLAGS ())\r\n", true), ("", false)] {
        let script = move |command: &str| match command {
            "UID FETCH 1 (FLAGS)" => Some(format!("{left}{{tag}} OK x\r\n")),
            command if command.starts_with("UID MOVE") => Some("{tag} NO quota exceeded\r\n".to_owned()),
            _ => None,
        };
        let (mut mailbox, _) = scripted("MOVE", script).await;
        let outcome = mailbox.file(7, &[(1, Folder::Review)]).await;
        assert_eq!(outcome.is_err(), fails, "{outcome:?}");
    }
}
