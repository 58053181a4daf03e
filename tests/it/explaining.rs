//! `rmad import`, `rmad read` and `rmad explain` as a script or a person meets them.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::filled::Filled;

/// Runs the binary with `input`: exit status, standard output, standard error.
fn rmad(directory: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rmad"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RMAD_")) {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(directory);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is not in\n{text}");
    }
}

#[tokio::test]
async fn import_counts_the_rows_and_changes_nothing_twice() {
    let filled = Filled::with_orders().await;
    for _ in 0..2 {
        let (status, out, err) = rmad(filled.directory.path(), &["import", "orders"], "");
        assert_eq!((status, err.as_str()), (0, ""));
        assert!(out.starts_with("imported ") && out.ends_with(" units\n"), "{out}");
    }
}

#[tokio::test]
async fn import_names_every_fault_with_file_and_line() {
    let filled = Filled::with_orders().await;
    let units = filled.directory.path().join("orders/units.csv");
    let text = fs::read_to_string(&units).unwrap();
    fs::write(&units, format!("{text}XX1,W-313460,none\n,W-313460,1\n")).unwrap();
    let last = text.lines().count();
    let (status, out, err) = rmad(filled.directory.path(), &["import", "orders"], "");
    assert_eq!((status, out.as_str()), (1, ""));
    let lines = [last + 1, last + 2].map(|line| format!("units.csv:{line}: "));
    assert_says(&err, &["nothing was imported", &lines[0], &lines[1]]);
    let (status, _, err) = rmad(filled.directory.path(), &["import", "elsewhere"], "");
    assert_eq!(status, 1);
    assert_says(&err, &["elsewhere", "products.csv", "units.csv"]);
}

const MESSAGE: &str = "Authentication-Results: mx.vendor.example; dmarc=pass header.from=customer.example\n\
    From: Ann Example <ann@customer.example>\n\
    Reply-To: desk@customer.example\n\
    To: support@vendor.example\n\
    Subject: Re: Switch\n\
    Message-ID: <1@customer.example>\n\
    \n\
    The switch from invoice 4410233 died, serial no. ab12 00417.\n\
    Call 20 people.\n\
    \n\
    On Monday you wrote:\n\
    > Which one?\n";

#[test]
fn read_needs_no_configuration_and_no_orders() {
    let directory = tempfile::tempdir().unwrap();
    let (status, out, err) = rmad(directory.path(), &["read", "--format", "json", "-"], MESSAGE);
    assert_eq!((status, err.as_str(), out.lines().count()), (0, "", 1));
    let line: Value = serde_json::from_str(&out).unwrap();
    for (pointer, value) in [
        ("/file", "-"),
        ("/message_id", "1@customer.example"),
        ("/class", "human"),
        ("/from/address", "ann@customer.example"),
        ("/from/name", "Ann Example"),
        ("/reply_to", "desk@customer.example"),
        ("/subject", "Re: Switch"),
        ("/auth", "none"),
    ] {
        assert_eq!(line.pointer(pointer).and_then(Value::as_str), Some(value), "{pointer}");
    }
    let text = |name: &str| line[name].as_str().unwrap();
    assert!(text("new_text").contains("4410233") && !text("new_text").contains("Which one?"));
    assert!(text("quoted").contains("Which one?") && text("text").contains("Which one?"));
    let candidates: Vec<(&str, &str, &str)> = line["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["kind"].as_str().unwrap(), c["text"].as_str().unwrap(), c["where"].as_str().unwrap()))
        .collect();
    assert!(candidates.contains(&("invoice", "4410233", "body")), "{candidates:?}");
    assert!(candidates.contains(&("serial", "ab12 00417", "body")), "{candidates:?}");
    assert!(candidates.iter().all(|(_, text, _)| !text.contains("people") && !text.contains("died")), "{candidates:?}");
}

#[test]
fn read_trusts_whom_the_configuration_trusts() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("rmad.toml"),
        "[vendor]\nname = \"V\"\naddress = \"support@vendor.example\"\n[trust]\nauthserv_ids = [\"mx.vendor.example\"]\n",
    )
    .unwrap();
    let (status, out, _) = rmad(directory.path(), &["read", "-"], MESSAGE);
    assert_eq!(status, 0);
    assert_says(
        &out,
        &["vouched for (mx.vendor.example: dmarc=pass)", "ann@customer.example", "4410233: invoice, in the message"],
    );
    let (status, _, err) = rmad(directory.path(), &["read", "--config", "gone.toml", "-"], MESSAGE);
    assert_eq!(status, 1);
    assert_says(&err, &["gone.toml"]);
}

#[test]
fn read_tells_the_defect_of_what_cannot_be_read() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("mail")).unwrap();
    fs::write(directory.path().join("mail/1.eml"), "").unwrap();
    fs::write(directory.path().join("mail/2.eml"), MESSAGE).unwrap();
    let (status, out, _) = rmad(directory.path(), &["read", "--format", "json", "mail"], "");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((status, lines.len()), (0, 2));
    assert_eq!(lines[0], serde_json::json!({"file": "1.eml", "defect": "the message is empty"}));
    assert_eq!(lines[1]["file"], "2.eml");
    let (status, out, _) = rmad(directory.path(), &["read", "mail/1.eml"], "");
    assert_eq!(status, 0);
    assert_says(&out, &["1.eml", "Cannot be read", "the message is empty"]);
    assert_eq!(rmad(directory.path(), &["read", "elsewhere.eml"], "").0, 1);
}

#[tokio::test]
async fn explain_tells_why_a_case_stands_where_it_stands() {
    let filled = Filled::with_mail().await;
    let number = filled.entry("Two units for repair").await.case_number.unwrap();
    let (status, out, err) = rmad(filled.directory.path(), &["explain", &number], "");
    assert_eq!((status, err.as_str()), (0, ""));
    assert_says(
        &out,
        &[
            &format!("Case {number}: RMA issued, waiting for the goods"),
            "Mon 15 Jun 2026, 12:00 PDT",
            "av@harbor.example",
            "SW20D03319 (in the message)",
            "An RMA was issued.",
            "Rule 12: in warranty",
            "Refund, credit or exchange, 15 days: ended 21 Feb 2026",
            "Warranty: until 2 Feb 2029",
            "RMA number on the box",
            "Letter: RMA issued; waiting to be sent",
        ],
    );
    assert!(!out.contains("does not apply"), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
    assert!(!out.contains("Next"), "nothing comes of what nobody was told: {out}");
    filled.deliver().await;
    let (_, out, _) = rmad(filled.directory.path(), &["explain", &number], "");
    assert_says(&out, &["  Next"]);
    let (_, out, _) = rmad(filled.directory.path(), &["explain", "-v", &number.to_lowercase()], "");
    assert_says(&out, &["Rules that were tried", "Rule 2: legal threat – does not apply"]);
}

const OBEYED: &str = "\u{1b}[31mred\u{1b}]0;owned\u{7}\u{9b}2J\r over\u{8}\u{8}\u{202e}turned\u{2066}\u{200b}";

/// Everything of a message that is shown to a person at a terminal bears what a terminal would obey.
#[tokio::test]
async fn a_terminal_obeys_no_stranger() {
    let filled = Filled::with_orders().await;
    let encoded = "=?utf-8?Q?=1B[31mred=1B]0;owned=07=C2=9B2J=0D=0Aover=E2=80=AEturned?=";
    let mail = format!(
        "From: \"{OBEYED}\" <av@harbor.example>\r\nReply-To: {encoded} <desk@harbor.example>\r\n\
         To: support@vendor.example\r\nSubject: {encoded} {OBEYED}\r\nMessage-ID: <{OBEYED}@harbor.example>\r\n\
         Authentication-Results: mx.vendor.example; dmarc=pass header.from=harbor.example ({OBEYED})\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe switch SW20D03319\u{1b}[8m from invoice W-313460 is dead. \
         Please repair it. {OBEYED}\r\n-- \r\n{OBEYED}\r\n> {OBEYED}\r\n\
         --b\r\nContent-Type: text/{OBEYED}; name=\"{encoded}{OBEYED}.txt\"\r\n\r\n{OBEYED}\r\n--b--\r\n"
    );
    let answered = filled.answer(mail.as_bytes()).await;
    let broken = filled.answer(format!("Subject: {encoded} {OBEYED}\r\n\r\n{OBEYED}\r\n").as_bytes()).await;
    let file = filled.directory.path().join("hostile.eml");
    fs::write(&file, &mail).unwrap();
    let (case, broken) = (answered.case_number.unwrap(), broken.id.to_string());
    for (arguments, words) in [
        (&["read", "hostile.eml"][..], "SW20D03319"),
        (&["explain", &case], "av@harbor.example"),
        (&["-v", "explain", &case], "red"),
        (&["quarantine", "list"], "over"),
        (&["quarantine", "show", &broken], "owned"),
        (&["replay", "hostile.eml"], "hostile.eml"),
        (&["-vv", "read", "hostile.eml"], "turned"),
    ] {
        let (status, out, err) = rmad(filled.directory.path(), arguments, "");
        assert_eq!(status, 0, "{arguments:?}: {err}");
        assert_says(&out, &[words]);
        for text in [out, err] {
            let obeyed = text.chars().find(|c| (c.is_control() && *c != '\n') || rmad::mail::is_invisible(*c));
            assert_eq!(obeyed, None, "{arguments:?}:\n{text:?}");
        }
    }
}

#[tokio::test]
async fn explain_says_what_it_cannot_find() {
    let filled = Filled::with_orders().await;
    let (status, out, err) = rmad(filled.directory.path(), &["explain", "C-99999"], "");
    assert_eq!((status, out.as_str()), (1, ""));
    assert_says(&err, &["there is no case C-99999"]);
    fs::write(
        filled.directory.path().join("other.toml"),
        "[vendor]\nname = \"V\"\naddress = \"support@vendor.example\"\n[store]\nurl = \"sqlite://other.db\"\n",
    )
    .unwrap();
    let (status, _, err) = rmad(filled.directory.path(), &["explain", "--config", "other.toml", "C-1"], "");
    assert_eq!(status, 1);
    assert_says(&err, &["there is no store at", "other.db"]);
    assert!(!filled.directory.path().join("other.db").exists());
}
