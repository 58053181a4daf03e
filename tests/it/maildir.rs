//! The inbox as a Maildir.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use rmad::mailbox::{Folder, Listed, Listing, Mailbox, MailboxError, MailboxSettings, MaildirSettings};

const LONG: Duration = Duration::from_secs(120);

/// A scratch Maildir with these files (`new/…`, `cur/…`), each of which holds its own name.
fn maildir(files: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for part in ["tmp", "new", "cur"] {
        fs::create_dir(root.path().join(part)).unwrap();
    }
    for file in files {
        put(root.path(), file);
    }
    root
}

fn put(root: &Path, file: &str) {
    fs::write(root.join(file), text_of(file)).unwrap();
}

fn text_of(file: &str) -> String {
    format!("Subject: {file}\r\n\r\nhello\r\n")
}

fn open(root: &Path) -> Mailbox {
    let settings = MaildirSettings { path: root.to_owned(), max_bytes: 1 << 20, received_at: |_| None };
    Mailbox::open(MailboxSettings::Maildir(settings))
}

/// What a listing lists, by the subjects of the messages.
async fn subjects(mailbox: &mut Mailbox, listing: &Listing) -> Vec<String> {
    let fetched = mailbox.fetch(listing.uid_validity, &listing.messages).await.unwrap();
    let subject = |raw: &[u8]| String::from_utf8_lossy(raw).lines().next().unwrap().replace("Subject: ", "");
    fetched.iter().map(|message| subject(&message.raw)).collect()
}

fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                found.push(path.strip_prefix(root).unwrap().display().to_string());
            }
        }
    }
    found.retain(|name| !name.ends_with("maildirfolder"));
    found.sort();
    found
}

#[tokio::test]
async fn messages_are_listed_in_the_order_of_their_names() {
    let root = maildir(&[
        "cur/1700000002.M5P1.host:2,S",
        "new/1700000002.M40P1.host",
        "new/1700000001.M9P1.host",
        "new/odd.eml",
    ]);
    let mut mailbox = open(root.path());
    let listing = mailbox.list(None).await.unwrap();
    assert_eq!(
        subjects(&mut mailbox, &listing).await,
        ["new/odd.eml", "new/1700000001.M9P1.host", "cur/1700000002.M5P1.host:2,S", "new/1700000002.M40P1.host"]
    );
    assert_eq!(listing.messages[0].size, text_of("new/odd.eml").len() as u64);
    assert!(mailbox.list(None).await.unwrap().messages.is_empty(), "the pass has ended");
    assert_eq!(mailbox.list(None).await.unwrap(), listing, "another begins");
    let mut listed: Vec<i64> = listing.messages.iter().map(|listed| listed.uid).collect();
    listed.sort_unstable();
    assert_eq!(mailbox.uids().await.unwrap(), (listing.uid_validity, listed));
}

#[tokio::test]
async fn what_is_no_message_is_left_alone() {
    let root = maildir(&["new/1.a", "new/.hidden", "tmp/2.b", "cur/.nfs000"]);
    fs::create_dir(root.path().join("new/directory")).unwrap();
    symlink(root.path().join("tmp/2.b"), root.path().join("new/3.link")).unwrap();
    symlink("/etc/passwd", root.path().join("cur/4.link")).unwrap();
    let mut mailbox = open(root.path());
    let listing = mailbox.list(None).await.unwrap();
    assert_eq!(subjects(&mut mailbox, &listing).await, ["new/1.a"]);
    assert_eq!(mailbox.uids().await.unwrap().1.len(), 1);

    // a message that is replaced by a link after it was listed
    fs::remove_file(root.path().join("new/1.a")).unwrap();
    symlink("/etc/passwd", root.path().join("new/1.a")).unwrap();
    assert!(mailbox.fetch(listing.uid_validity, &listing.messages).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_uid_outlives_flags_and_restarts() {
    let root = maildir(&["new/1.a"]);
    let listing = open(root.path()).list(None).await.unwrap();
    fs::rename(root.path().join("new/1.a"), root.path().join("cur/1.a:2,FS")).unwrap();
    let mut restarted = open(root.path());
    assert_eq!(restarted.list(None).await.unwrap(), listing);
    fs::rename(root.path().join("cur/1.a:2,FS"), root.path().join("cur/1.a:2,S")).unwrap();
    assert_eq!(subjects(&mut restarted, &listing).await, ["new/1.a"]);
    let uid = listing.messages[0].uid;
    open(root.path()).file(listing.uid_validity, &[(uid, Folder::Review)]).await.unwrap();
    assert_eq!(files(root.path()), [".Review/cur/1.a:2,S"]);
}

#[tokio::test]
async fn messages_are_filed_without_loss() {
    let root = maildir(&["new/1.a", "cur/2.b:2,S", "new/3.c"]);
    let mut mailbox = open(root.path());
    let listing = mailbox.list(None).await.unwrap();
    let uids: Vec<i64> = listing.messages.iter().map(|listed| listed.uid).collect();
    let moves = [(uids[0], Folder::Processed), (uids[1], Folder::Processed), (uids[2], Folder::Review)];
    for _ in 0..2 {
        mailbox.file(listing.uid_validity, &moves).await.unwrap();
    }
    assert_eq!(files(root.path()), [".Processed/cur/2.b:2,S", ".Processed/new/1.a", ".Review/new/3.c"]);
    assert!(root.path().join(".Processed/maildirfolder").exists() && root.path().join(".Processed/tmp").is_dir());
    assert!(mailbox.fetch(listing.uid_validity, &listing.messages).await.unwrap().is_empty());

    // another message under the name of one that is filed already
    fs::write(root.path().join("cur/2.b:2,S"), "another").unwrap();
    let listing = open(root.path()).list(None).await.unwrap();
    assert_eq!(listing.messages[0].uid, uids[1]);
    mailbox.file(listing.uid_validity, &moves).await.unwrap();
    assert_eq!(fs::read_to_string(root.path().join(".Processed/cur/2.b:2,S")).unwrap(), text_of("cur/2.b:2,S"));
    assert_eq!(fs::read_to_string(root.path().join(".Processed/cur/2.b.1:2,S")).unwrap(), "another");
}

#[tokio::test]
async fn a_file_that_vanishes_is_left_out() {
    let root = maildir(&["new/1.a", "new/2.b"]);
    let mut mailbox = open(root.path());
    let listing = mailbox.list(None).await.unwrap();
    fs::remove_file(root.path().join("new/1.a")).unwrap();
    assert_eq!(subjects(&mut mailbox, &listing).await, ["new/2.b"]);
    let unknown = [Listed { uid: 12345, size: 10 }];
    assert!(mailbox.fetch(listing.uid_validity, &unknown).await.unwrap().is_empty());
    mailbox.file(listing.uid_validity, &[(12345, Folder::Processed)]).await.unwrap();
}

#[tokio::test]
async fn an_oversized_message_is_read_as_its_header() {
    let root = maildir(&["new/1.a"]);
    let body = "x".repeat(2 << 20);
    fs::write(root.path().join("new/2.b"), format!("Subject: big\n\n{body}")).unwrap();
    fs::write(root.path().join("new/3.c"), &body).unwrap();
    let mut mailbox = open(root.path());
    let listing = mailbox.list(None).await.unwrap();
    let fetched = mailbox.fetch(listing.uid_validity, &listing.messages).await.unwrap();
    assert_eq!(fetched[0].oversized, None);
    assert_eq!(
        (fetched[1].oversized, fetched[1].raw.as_slice()),
        (Some(body.len() as u64 + 14), &b"Subject: big\n\n"[..])
    );
    assert_eq!((fetched[2].oversized, fetched[2].raw.len()), (Some(body.len() as u64), 256 << 10));
}

#[tokio::test]
async fn the_date_is_the_messages_own_or_the_files() {
    let root = maildir(&["new/1.a"]);
    let told = "2026-06-15T17:12:00Z".parse().unwrap();
    for (received_at, expected) in [
        ((|_| "2026-06-15T17:12:00Z".parse().ok()) as fn(&[u8]) -> Option<jiff::Timestamp>, told),
        (
            |_| None,
            jiff::Timestamp::try_from(fs::metadata(root.path().join("new/1.a")).unwrap().modified().unwrap()).unwrap(),
        ),
    ] {
        let settings = MaildirSettings { path: root.path().to_owned(), max_bytes: 1 << 20, received_at };
        let mut mailbox = Mailbox::open(MailboxSettings::Maildir(settings));
        let listing = mailbox.list(None).await.unwrap();
        let fetched = mailbox.fetch(listing.uid_validity, &listing.messages).await.unwrap();
        assert_eq!(fetched[0].received_at, Some(expected));
    }
}

#[tokio::test]
async fn a_pass_through_many_messages_lists_each_once() {
    let root = maildir(&[]);
    for number in 0..12_000 {
        fs::write(root.path().join(format!("new/{}.M{number}P1.host", 1_700_000_000 + number / 7)), "").unwrap();
    }
    let mut mailbox = open(root.path());
    let mut seen = Vec::new();
    loop {
        let listing = mailbox.list(None).await.unwrap();
        if listing.messages.is_empty() {
            break;
        }
        assert!(listing.messages.len() <= 5_000);
        seen.extend(listing.messages.iter().map(|listed| listed.uid));
    }
    assert_eq!(seen.len(), 12_000);
    seen.sort_unstable();
    assert_eq!(mailbox.uids().await.unwrap().1, seen);
    seen.dedup();
    assert_eq!(seen.len(), 12_000);
}

#[tokio::test]
async fn a_new_file_ends_the_wait() {
    let root = maildir(&[]);
    let mut mailbox = open(root.path());
    assert!(mailbox.wait(LONG).await.unwrap(), "nothing was listed yet");
    assert!(mailbox.list(None).await.unwrap().messages.is_empty());
    assert!(!mailbox.wait(Duration::from_millis(10)).await.unwrap());
    let waiting = tokio::spawn(async move { (mailbox.wait(LONG).await, mailbox) });
    put(root.path(), "new/1.a");
    let (news, mut mailbox) = waiting.await.unwrap();
    assert!(news.unwrap());
    assert_eq!(mailbox.list(None).await.unwrap().messages.len(), 1);
    assert!(mailbox.check().await.unwrap().contains("1 messages"));
}

#[tokio::test]
async fn a_missing_directory_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let mut mailbox = open(root.path());
    for error in [mailbox.list(None).await.map(|_| ()), mailbox.check().await.map(|_| ())] {
        assert!(matches!(error, Err(MailboxError::NoMaildir { .. })), "{error:?}");
    }
}
