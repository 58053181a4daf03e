//! `rmad quarantine` as staff meet it.

use std::process::{Command, Output};

use rmad::case::quarantine::Cause;

use crate::filled::Filled;

const BROKEN: &[u8] = b"Subject: No sender \x1b[31mred\r\n\r\nHello,\x07 our switch is dead.\xff\r\n";
const SOUND: &[u8] = b"Authentication-Results: mx.vendor.example; dmarc=pass header.from=pine.example\r\n\
From: Wes Tanaka <wes@pine.example>\r\nTo: support@vendor.example\r\nSubject: Switch\r\n\
Message-ID: <again@pine.example>\r\n\r\nOur switch SW20D04001 from invoice W-316802 is dead. Please repair it.\r\n";

fn rmad(filled: &Filled, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rmad"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RMAD_")) {
        command.env_remove(name);
    }
    command.arg("quarantine").args(arguments).current_dir(filled.directory.path()).output().unwrap()
}

/// Exit status, and all that was said with single spaces.
fn said(filled: &Filled, arguments: &[&str]) -> (i32, String) {
    let output = rmad(filled, arguments);
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[track_caller]
fn assert_says(filled: &Filled, arguments: &[&str], status: i32, words: &[&str]) {
    let (ended, text) = said(filled, arguments);
    assert_eq!(ended, status, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in\n{text}");
    }
}

async fn quarantine(filled: &Filled, raw: &[u8], cause: Cause) -> String {
    let id = filled.keep(raw).await;
    let mut tx = filled.desk.store.begin().await.unwrap();
    let _settled = tx.quarantine(id, cause, "it is put aside", filled.now).await.unwrap();
    tx.commit().await.unwrap();
    id.to_string()
}

#[tokio::test]
async fn a_person_decides_on_what_cannot_be_read_or_answered() {
    let filled = Filled::with_orders().await;
    assert_says(&filled, &["list"], 0, &["Nothing is in quarantine."]);
    let broken = filled.answer(BROKEN).await.id.to_string();
    let sound = quarantine(&filled, SOUND, Cause::NotAnswerable).await;
    let headless = quarantine(&filled, b"From: <max@pine.example>\r\n\r\n", Cause::OverFetchLimit).await;

    let listed = [
        format!("Message {broken}: no_sender"),
        "From nobody that could be read".to_owned(),
        "names no sender".to_owned(),
        "What to do read it in the Review folder".to_owned(),
        format!("Message {sound}: not_answerable"),
        "From Wes Tanaka wes@pine.example Subject Switch".to_owned(),
        format!("Message {headless}: over_fetch_limit"),
    ];
    assert_says(&filled, &["list"], 0, &listed.each_ref().map(String::as_str));

    assert_says(&filled, &["show", &broken], 0, &["Hello, our switch is dead.", "rmad: Quarantined", "no_sender"]);
    let shown = rmad(&filled, &["show", &broken]).stdout;
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    assert_eq!(rmad(&filled, &["show", &broken, "--raw"]).stdout, BROKEN, "byte for byte");

    assert_says(&filled, &["again", &sound, &headless], 1, &["was not kept whole", "intake.max_bytes"]);
    assert!(filled.desk.store.waiting(filled.now, 9).await.unwrap().is_empty(), "all or none");
    assert_says(&filled, &["again", &sound, "--by", "dana"], 0, &["waits to be answered"]);
    assert_eq!(filled.desk.answer_waiting(filled.now, 9).await.unwrap(), 1);
    let case = filled.entry("Switch").await.case_number.unwrap();
    assert_eq!(filled.desk.store.outgoing_of_case(&case).await.unwrap()[0].outgoing.recipient, "wes@pine.example");

    assert_says(&filled, &["dismiss", &broken, "--by", "dana"], 2, &["--why"]);
    let why = ["dismiss", &broken, "--by", "dana", "--why", "an advertisement"];
    assert_says(&filled, &why, 0, &["is dismissed; its bytes are kept"]);
    assert_says(&filled, &why, 1, &["is not in quarantine"]);
    let dismissed = ["Dismissed", "dana: It was dismissed from quarantine. Why: an advertisement"];
    assert_says(&filled, &["show", &broken], 0, &dismissed);
    let (_, left) = said(&filled, &["list"]);
    assert!(left.contains(&headless) && !left.contains("no_sender") && !left.contains("not_answerable"), "{left}");
}

#[tokio::test]
async fn what_is_not_in_quarantine_is_left_as_it_is() {
    let filled = Filled::with_mail().await;
    let answered = filled.entry("Two units for repair").await;
    let id = answered.id.to_string();
    for arguments in [&["show", &id][..], &["show", &id, "--raw"], &["again", &id], &["dismiss", &id, "--why", "no"]] {
        assert_says(&filled, arguments, 1, &["is not in quarantine, and nothing was changed"]);
    }
    assert_says(&filled, &["again", "999"], 1, &["there is no message 999"]);
    assert_eq!(filled.entry("Two units for repair").await, answered);
}
