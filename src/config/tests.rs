use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::civil::{Weekday, date, time};
use secrecy::ExposeSecret;

use super::*;
use crate::case::calendar::Holiday;
use crate::mailbox::MailboxSettings;
use crate::transport::TransportSettings;

const TEMPLATE: &str = include_str!("../../config/rmad.toml");

const MINIMAL: &str = r#"
[vendor]
name = "Example Switches"
address = "Support@Vendor.Example"
returns_address = ["1 Example Street", "Springfield"]
[intake]
kind = "maildir"
path = "mail/in"
[delivery]
kind = "maildir"
path = "/var/mail/out"
"#;

/// Line 10 holds the last of these keys.
const SERVERS: &str = r#"
[vendor]
name = "Example Switches"
address = "support@vendor.example"
returns_address = ["1 Example Street"]
[delivery]
kind = "smtp"
host = "localhost"
tls = "none"
[intake]
kind = "imap"
host = "imap.vendor.example"
username = "support"
"#;

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn load_with(text: &str, variables: &[(&str, &str)]) -> Result<Config, Faults> {
    whole(Source::parse("rmad.toml", Path::new("/etc/rmad"), text, &environment(variables))?)
}

fn load(text: &str) -> Result<Config, Faults> {
    load_with(text, &[])
}

/// The faults as `line: what`, a dash for no line.
fn faults_with(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let faults = load_with(text, variables).expect_err("the configuration should have faults").0;
    let line = |fault: &Fault| fault.line.map_or("-".to_owned(), |line| line.to_string());
    faults.iter().map(|fault| format!("{}: {}", line(fault), fault.what)).collect()
}

fn faults(text: &str) -> Vec<String> {
    faults_with(text, &[])
}

#[test]
fn what_is_not_said_has_a_sensible_value() {
    let config = load(MINIMAL).unwrap();
    let Config { desk, intake, delivery, store, console, metrics } = config;
    assert_eq!(desk.vendor.address, "support@vendor.example");
    assert_eq!(desk.vendor.time_zone.iana_name(), Some("America/Los_Angeles"));
    assert_eq!(desk.vendor.business_hours, Hours::default());
    assert_eq!(desk.trust.mail.own_addresses, ["support@vendor.example"]);
    assert!(desk.trust.free_mail_domains.contains("gmail.com"));
    assert!(desk.policy.auto_decline && desk.policy.files.is_empty());
    assert_eq!(desk.policy.rma_number, "RMA-{number}");
    assert_eq!(desk.vendor.business_days, Weekday::Monday.cycle_forward().take(5).collect::<Vec<_>>());
    assert!(desk.vendor.holidays.is_empty() && desk.vendor.staff_address.is_none());
    let reminders = desk.reminders;
    let days = (reminders.details_days, reminders.rma_days, reminders.advance_days, reminders.close_after_days);
    assert_eq!(days, (vec![3, 7], vec![7, 12], vec![7, 12], 14));
    assert_eq!(reminders.escalate_after, SignedDuration::from_hours(24));
    assert_eq!((intake.poll.as_secs(), intake.backlog), (60, Backlog::Leave));
    let MailboxSettings::Maildir(maildir) = &intake.mailbox else { panic!("the intake is a Maildir") };
    assert_eq!(maildir.max_bytes, 26_214_400);
    assert_eq!((delivery.sending.mode, delivery.sending.max_age_days), (Mode::Live, 14));
    assert_eq!(delivery.sending.from, "support@vendor.example");
    assert_eq!(store.url.expose_secret(), "sqlite:///etc/rmad/rmad.db");
    assert!(console.is_none() && metrics.is_none());
}

#[test]
fn the_calendar_is_the_vendors() {
    let text = MINIMAL.replace(
        "[intake]",
        "business_days = [\"Monday\", \"sunday\"]
holidays = [2026-11-26, \"12-25\", \"12-25\"]
business_hours = \"10:00-12:00\"
time_zone = \"Asia/Beirut\"
staff_address = \"Ann@Vendor.Example\"
[intake]",
    );
    let desk = load(&text).unwrap().desk;
    assert_eq!(desk.vendor.staff_address.as_deref(), Some("ann@vendor.example"));
    let calendar = desk.calendar();
    assert_eq!(calendar.zone.iana_name(), Some("Asia/Beirut"));
    assert_eq!(calendar.business_days, [Weekday::Monday, Weekday::Sunday]);
    let holidays = [Holiday::Once(date(2026, 11, 26)), Holiday::Yearly { month: 12, day: 25 }];
    assert_eq!(calendar.holidays, holidays.into());
    assert_eq!((calendar.from, calendar.until), (time(10, 0, 0, 0), time(12, 0, 0, 0)));
    let calendar = load(&format!("{text}[reminders]\nhours = \"08:00-09:30\"")).unwrap().desk.calendar();
    assert_eq!((calendar.from, calendar.until), (time(8, 0, 0, 0), time(9, 30, 0, 0)));
}

#[test]
fn the_calendar_has_days_and_staff_are_not_ourselves() {
    let with = |setting: &str| faults(&MINIMAL.replace("[intake]", &format!("{setting}\n[intake]")));
    let own = "is our own address, so that mail to staff would come back to us";
    for (setting, expected) in [
        ("business_days = []", "6: vendor.business_days names no day".to_owned()),
        (
            "business_days = [\"monday\", \"tusday\"]",
            "6: vendor.business_days holds \"tusday\", which is no weekday; did you mean \"tuesday\"?".to_owned(),
        ),
        (
            "holidays = [\"12-25\", \"02-30\"]",
            "6: vendor.holidays holds \"02-30\", which is no day of the calendar".to_owned(),
        ),
        (
            "holidays = [\"2026-02-29\"]",
            "6: vendor.holidays holds \"2026-02-29\", which is no day of the calendar".to_owned(),
        ),
        ("staff_address = \"Ann\"", "6: vendor.staff_address is no mail address: \"Ann\"".to_owned()),
        ("staff_address = \"SUPPORT@vendor.example\"", format!("6: vendor.staff_address {own}")),
        ("staff_address = \"support+staff@vendor.example\"", format!("6: vendor.staff_address {own}")),
    ] {
        assert_eq!(with(setting), [expected], "{setting}");
    }
    let text = MINIMAL.replace("[intake]", "staff_address = \"returns@vendor.example\"\n[intake]");
    assert_eq!(faults(&format!("{text}from = \"Returns@vendor.example\"")), [format!("6: vendor.staff_address {own}")]);
    assert!(load(&text).is_ok());
}

#[test]
fn relative_paths_count_from_the_file() {
    let config = load(MINIMAL).unwrap();
    assert!(
        matches!(config.intake.mailbox, MailboxSettings::Maildir(maildir) if maildir.path == Path::new("/etc/rmad/mail/in"))
    );
    assert!(
        matches!(config.delivery.transport, TransportSettings::Maildir(maildir) if maildir.path == Path::new("/var/mail/out"))
    );
}

#[test]
fn ports_follow_from_tls() {
    let port = |tls: &str| {
        let text = SERVERS.replace("tls = \"none\"", &format!("tls = \"{tls}\""));
        let secrets = [("RMAD_INTAKE__PASSWORD", "x"), ("RMAD_INTAKE__TLS", tls), ("RMAD_INTAKE__HOST", "127.0.0.1")];
        let config = load_with(&text, &secrets).unwrap();
        match (config.intake.mailbox, config.delivery.transport) {
            (MailboxSettings::Imap(imap), TransportSettings::Smtp(smtp)) => (imap.server.port, smtp.server.port),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(port("implicit"), (993, 465));
    assert_eq!(port("starttls"), (143, 587));
    assert_eq!(port("none"), (143, 25));
}

#[test]
fn one_fault_a_kind_with_its_line() {
    let more = |addition: &str| faults(&format!("{MINIMAL}{addition}"));
    for (addition, expected) in [
        ("tls = \"ssl\"\nmode = \"lve\"", "13: delivery.mode cannot be \"lve\"; did you mean \"live\"?"),
        (
            "from = \"Returns <r@vendor.example>\"",
            "12: delivery.from is no mail address: \"Returns <r@vendor.example>\"",
        ),
        ("per_day = \"many\"", "12: delivery.per_day cannot be \"many\""),
        ("per_day = 0", "12: delivery.per_day cannot be \"0\""),
        ("per_day = [5]", "12: delivery.per_day must be one value, not a list"),
        ("per_day.each = 5", "12: delivery.per_day must be one value, not a table"),
        ("max_age = 5", "12: there is no key max_age in [delivery]"),
        ("[stores]\nurl = \"sqlite://a.db\"", "12: there is no section [stores]"),
        ("[oauth2]\nclient_id = \"a\"", "12: OAuth2 is not available yet"),
        ("[store]\nurl = \"mysql://a\"", "13: store.url is the address of no store that is known here"),
        ("[store]\nurl = \"sqlite::memory:\"", "13: store.url names no file, so that everything would be forgotten"),
        (
            "[trust]\nfree_mail_domains = [\"a@b.example\"]",
            "13: trust.free_mail_domains holds \"a@b.example\", which is no domain",
        ),
        ("[trust]\nauthserv_ids = [[\"a\"]]", "13: trust.authserv_ids must be a list of values"),
        ("[trust]\n\nauthserv_ids = [\"\"]", "14: trust.authserv_ids is empty"),
        (
            "[recognise]\nserial_pattern = '\\d*'",
            "13: recognise.serial_pattern matches the empty text, hence everywhere",
        ),
        ("[policy]\nauto_decline = \"yes\"", "13: policy.auto_decline cannot be \"yes\""),
        ("[policy]\nrma_number = \"RMA\"", "13: policy.rma_number does not end in {number}: \"RMA\""),
        ("[policy]\nfile = \"none.toml\"", "13: policy.file names /etc/rmad/none.toml, which is no file"),
        (
            "[policy]\nfile = [\"none.toml\", \"nor.toml\"]",
            "13: policy.file names /etc/rmad/none.toml, which is no file",
        ),
        ("[policy]\nfile = []", "13: policy.file is empty"),
        ("[reminders]\nrma_days = [12, 7]", "13: reminders.rma_days does not rise"),
        (
            "[reminders]\nclose_after_days = 7",
            "13: reminders.close_after_days is 7, and a reminder after 7 days would find the case closed",
        ),
        (
            "[reminders]\ndetails_days = [3, 20]",
            "12: reminders.close_after_days is 14, and a reminder after 20 days would find the case closed",
        ),
        ("[reminders]\nescalate_after_hours = 0", "13: reminders.escalate_after_hours cannot be \"0\""),
        ("[reminders]\nadvance_days = [9, 9]", "13: reminders.advance_days does not rise"),
        ("[reminders]\nrma_days = [\"soon\"]", "13: reminders.rma_days cannot be \"soon\""),
        ("[reminders]\nhours = \"17:00-09:00\"", "13: reminders.hours ends before it begins: \"17:00-09:00\""),
        ("[console]\nlisten = \"8080\"", "13: console.listen cannot be \"8080\""),
        ("[console]\npublic_url = \"https://r.vendor.example\"", "12: console.listen is missing"),
        (
            "[console]\nlisten = \"0.0.0.0:8080\"",
            "13: console.listen would show customers' cases to the network: the console has no sign-in yet",
        ),
    ] {
        assert_eq!(more(addition), [expected], "{addition}");
    }
}

#[test]
fn what_must_be_said_is_missed() {
    let without = |line: &str| faults(&MINIMAL.replace(line, ""));
    assert_eq!(without("name = \"Example Switches\""), ["2: vendor.name is missing"]);
    assert_eq!(without("address = \"Support@Vendor.Example\""), ["2: vendor.address is missing"]);
    assert_eq!(without("path = \"mail/in\""), ["6: intake.path is missing"]);
    assert_eq!(without("[delivery]\nkind = \"maildir\"\npath = \"/var/mail/out\""), ["-: delivery.kind is missing"]);
    let missing = ["vendor.name", "vendor.address", "vendor.returns_address", "intake.kind", "delivery.kind"];
    assert_eq!(faults(""), missing.map(|key| format!("-: {key} is missing")));
}

#[test]
fn parcels_need_somewhere_to_go() {
    let text = MINIMAL.replace("[\"1 Example Street\", \"Springfield\"]", "[]");
    assert_eq!(faults(&text), ["5: vendor.returns_address is empty"]);
    let text =
        MINIMAL.replace("[\"1 Example Street\", \"Springfield\"]", "\"\"\"\n1 Example Street\nSpringfield, CA\n\"\"\"");
    assert_eq!(load(&text).unwrap().desk.vendor.returns_address, ["1 Example Street", "Springfield, CA"]);
}

#[test]
fn every_fault_is_reported_at_once_in_the_order_of_lines() {
    let text =
        "[store]\nurl = \"a\"\n[vendor]\nadress = \"s@v.example\"\ntime_zone = \"Mars\"\n[intake]\nkind = \"pop\"\n";
    let expected = [
        "-: delivery.kind is missing",
        "2: store.url is the address of no store that is known here",
        "3: vendor.name is missing",
        "3: vendor.address is missing",
        "3: vendor.returns_address is missing",
        "4: there is no key adress in [vendor]",
        "5: vendor.time_zone names no known time zone: \"Mars\"",
        "7: intake.kind cannot be \"pop\"",
    ];
    assert_eq!(faults(text), expected);
}

#[test]
fn an_unknown_name_comes_with_the_one_that_was_meant() {
    let remedy = |addition: &str| load(&format!("{MINIMAL}{addition}")).unwrap_err().0.remove(0).remedy;
    assert_eq!(remedy("max_age_day = 3"), "did you mean max_age_days?");
    assert_eq!(remedy("[recognize]"), "did you mean recognise?");
    assert_eq!(remedy("[metrics]\ncolour = 1"), "the keys are: listen");
}

#[test]
fn every_mistake_of_form_has_its_line() {
    let text = "[vendor]\nname = Example\n[intake]\nkind = \"imap\"\nkind = \"maildir\"\n";
    let found = faults(text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("2: this is not TOML: "), "{found:?}");
    assert!(found[1].starts_with("5: this is not TOML: "), "{found:?}");
    assert_eq!(faults(&format!("name = \"x\"{MINIMAL}")), ["1: name stands in no section"]);
    assert_eq!(faults(&format!("{MINIMAL}[[metrics]]\nlisten = \"127.0.0.1:9\"")), ["12: metrics is a section"]);
}

#[test]
fn the_environment_overrides_the_file() {
    let config = load_with(
        MINIMAL,
        &[
            ("RMAD_STORE__URL", "postgres://rmad:secret@db.example/rmad"),
            ("RMAD_VENDOR__NAME", "Other Switches"),
            ("RMAD_TRUST__FREE_MAIL_DOMAINS", "Freemail.example, webmail.example"),
            ("RMAD_REMINDERS__DETAILS_DAYS", "2,4,6"),
            ("RMAD_POLICY__AUTO_DECLINE", "false"),
            ("RMAD_INTAKE__POLL_SECONDS", "5"),
            ("RMAD_DELIVERY__MODE", ""),
            ("RMAD_SERVICE_HOST", "10.0.0.1"),
            ("RMAD_LOG", "debug"),
            ("STORE__URL", "nonsense"),
        ],
    );
    let config = config.unwrap();
    assert_eq!(config.store.url.expose_secret(), "postgres://rmad:secret@db.example/rmad");
    assert_eq!(config.desk.vendor.name, "Other Switches");
    assert!(
        config.desk.trust.free_mail_domains.is_superset(&["freemail.example".into(), "webmail.example".into()].into())
    );
    assert_eq!(config.desk.reminders.details_days, [2, 4, 6]);
    assert!(!config.desk.policy.auto_decline);
    assert_eq!((config.intake.poll.as_secs(), config.delivery.sending.mode), (5, Mode::Live));
}

#[test]
fn a_fault_in_the_environment_names_the_variable() {
    let variables = [("RMAD_STORE__ULR", "x"), ("RMAD_SHOP__URL", "x"), ("RMAD_INTAKE__POLL_SECONDS", "often")];
    let faults = load_with(MINIMAL, &variables).unwrap_err().0;
    let told: Vec<String> = faults.iter().map(|fault| format!("{}: {}", fault.file, fault.what)).collect();
    let expected = [
        "environment variable RMAD_SHOP__URL: there is no section [shop]",
        "environment variable RMAD_INTAKE__POLL_SECONDS: intake.poll_seconds cannot be \"often\"",
        "environment variable RMAD_STORE__ULR: there is no key ulr in [store]",
    ];
    assert_eq!(told, expected);
    assert_eq!(faults[2].remedy, "did you mean url?");
}

#[test]
fn a_password_comes_from_the_environment_or_from_a_file_of_its_own() {
    let password = |text: &str, variables: &[(&str, &str)]| match load_with(text, variables).unwrap().intake.mailbox {
        MailboxSettings::Imap(imap) => imap.login.password.expose_secret().to_owned(),
        MailboxSettings::Maildir(_) => panic!("the intake is IMAP"),
    };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("password");
    std::fs::write(&file, " from a file \nsecond line\n").unwrap();
    let named = format!("{SERVERS}password_file = \"{}\"\n", file.display());
    assert_eq!(password(&named, &[]), " from a file ");
    assert_eq!(password(&named, &[("RMAD_INTAKE__PASSWORD", "from a variable\n")]), "from a variable");
    std::fs::write(&file, "\n").unwrap();
    assert_eq!(
        faults(&named),
        [format!("14: intake.password_file names {}, whose first line is empty", file.display())]
    );
}

#[test]
fn a_password_is_missed_and_never_read_from_the_configuration() {
    assert_eq!(faults(SERVERS), ["10: intake.password_file is missing"]);
    let text = format!("{SERVERS}password = \"hunter2\"\n");
    assert_eq!(faults(&text), ["14: intake.password must not stand in the configuration"]);
    assert!(!load(&text).unwrap_err().to_string().contains("hunter2"));
    let text = format!("{SERVERS}password_file = \"nowhere\"\n");
    assert!(faults(&text)[0].starts_with("14: intake.password_file names /etc/rmad/nowhere: "), "{:?}", faults(&text));
    let text = format!("{MINIMAL}[store]\nurl = \"postgres://rmad:hunter2@db.example/rmad\"\n");
    assert_eq!(faults(&text), ["13: store.url holds a password, which must not stand in the configuration"]);
    let text = format!("{MINIMAL}[store]\nurl = \"postgres:///rmad?host=/run&password=hunter2\"\n");
    assert_eq!(faults(&text), ["13: store.url holds a password, which must not stand in the configuration"]);
}

#[test]
fn secrets_are_not_printed() {
    let variables =
        [("RMAD_INTAKE__PASSWORD", "hunter2"), ("RMAD_STORE__URL", "postgres://rmad:hunter2@db.example/rmad")];
    let printed = format!("{:?}", load_with(SERVERS, &variables).unwrap());
    assert!(printed.contains("imap.vendor.example") && !printed.contains("hunter2"), "{printed}");
}

#[test]
fn servers_are_spoken_to_in_the_clear_on_loopback_alone() {
    let with = |addition: &str| faults_with(&format!("{SERVERS}{addition}"), &[("RMAD_INTAKE__PASSWORD", "x")]);
    let in_the_clear =
        "14: intake.tls is \"none\", which would send mail and password over the network for all to read";
    assert_eq!(with("tls = \"none\""), [in_the_clear]);
    assert_eq!(with("auth = \"xoauth2\""), ["14: intake.auth is \"xoauth2\", which is not available yet"]);
    assert_eq!(with("port = 70000"), ["14: intake.port cannot be \"70000\""]);
    assert_eq!(with("ca_file = \"ca.pem\""), ["14: intake.ca_file names /etc/rmad/ca.pem, which is no file"]);
    assert_eq!(with("review_folder = \"INBOX\""), ["14: intake.review_folder is the folder that mail arrives in"]);
    let text = SERVERS.replace("imap.vendor.example", "https://imap.vendor.example");
    assert_eq!(
        faults_with(&text, &[("RMAD_INTAKE__PASSWORD", "x")]),
        ["12: intake.host is no host: \"https://imap.vendor.example\""]
    );
}

#[test]
fn nothing_smuggles_a_line_end_into_a_header_field() {
    let text = MINIMAL.replace("Example Switches", "Example\\r\\nBcc: all@other.example");
    assert_eq!(faults(&text), ["3: vendor.name holds a control character"]);
}

#[test]
fn replay_needs_vendor_and_trust_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rmad.toml");
    let small = "[vendor]\nname = \"Example\"\naddress = \"s@v.example\"\n[trust]\nauthserv_ids = [\"MX.v.example\"]\n";
    std::fs::write(
        &file,
        format!("{small}[intake]\nkind = \"imap\"\nhost = \"a\"\n[delivery]\nfrom = \"Returns@v.example\"\n"),
    )
    .unwrap();
    let desk = Config::for_replay(&file, &environment(&[])).unwrap();
    assert_eq!(desk.trust.mail.authserv_ids, ["mx.v.example"]);
    assert_eq!(desk.trust.mail.own_addresses, ["s@v.example", "returns@v.example"]);
    assert_eq!(desk.vendor.returns_address, ["Example", "(no returns address is configured)"]);
    let (_, store) = Config::for_store(&file, &environment(&[])).unwrap();
    assert_eq!(store.url.expose_secret(), format!("sqlite://{}/rmad.db", directory.path().display()));
    std::fs::write(&file, small.replace("name", "nam")).unwrap();
    assert_eq!(Config::for_replay(&file, &environment(&[])).unwrap_err().0.len(), 2);
}

#[test]
fn a_policy_is_one_file_or_several() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["old.toml", "new.toml"] {
        std::fs::write(directory.path().join(name), "").unwrap();
    }
    let files = |written: &str, variables: &[(&str, &str)]| {
        let text =
            format!("[vendor]\nname = \"V\"\naddress = \"support@vendor.example\"\n[policy]\nfile = {written}\n");
        std::fs::write(directory.path().join("rmad.toml"), text).unwrap();
        let desk = Config::for_replay(&directory.path().join("rmad.toml"), &environment(variables)).unwrap();
        let name = |file: &PathBuf| file.strip_prefix(directory.path()).unwrap().display().to_string();
        desk.policy.files.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(files("\"old.toml\"", &[]), ["old.toml"]);
    assert_eq!(files("[\"old.toml\", \"new.toml\"]", &[]), ["old.toml", "new.toml"]);
    assert_eq!(files("\"old.toml\"", &[("RMAD_POLICY__FILE", "new.toml, old.toml")]), ["new.toml", "old.toml"]);
}

#[test]
fn a_file_that_is_not_there_is_a_fault_too() {
    let faults = Config::load(Path::new("/nowhere/rmad.toml"), &environment(&[])).unwrap_err().0;
    assert!(faults[0].remedy.contains("rmad init"), "{faults:?}");
}

#[test]
fn the_template_is_in_order_as_it_stands() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("policy.toml"), crate::policy::Policy::default_text()).unwrap();
    let source = Source::parse("rmad.toml", directory.path(), TEMPLATE, &environment(&[])).unwrap();
    assert_eq!(whole(source).unwrap().delivery.sending.mode, Mode::Shadow);
}

#[test]
fn every_other_choice_of_the_template_is_in_order_too() {
    let directory = tempfile::tempdir().unwrap();
    for named in ["ca.pem", "policy.toml", "intake-password", "delivery-password", "thread-keys"] {
        std::fs::write(directory.path().join(named), "a secret that is long enough for a key\n").unwrap();
    }
    let is_key = |line: &str| line.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    let chosen = |line: &str| match line.strip_prefix('#') {
        Some(rest) if is_key(rest) => rest.to_owned(),
        _ if line.starts_with("kind") || line.starts_with("path") => String::new(),
        _ => line.to_owned(),
    };
    let text: Vec<String> = TEMPLATE.lines().map(chosen).collect();
    let source = Source::parse("rmad.toml", directory.path(), &text.join("\n"), &environment(&[])).unwrap();
    let config = whole(source).unwrap();
    assert!(matches!(config.intake.mailbox, MailboxSettings::Imap(_)));
    assert!(matches!(config.delivery.transport, TransportSettings::Smtp(_)));
    assert!(config.console.is_some() && config.metrics.is_some());
}

#[test]
fn keys_stand_one_a_line_and_are_long_enough() {
    let directory = tempfile::tempdir().unwrap();
    let long = "a secret that is long enough for a key";
    for (text, fault) in [
        (format!("{long} too\n\n{long}\n"), None),
        ("\n".to_owned(), Some("which is empty")),
        (format!("{long}\nshort\n"), Some("a key of less than 24 characters")),
    ] {
        std::fs::write(directory.path().join("thread-keys"), text).unwrap();
        let configuration = "[vendor]\nname = \"V\"\naddress = \"support@vendor.example\"\n\
                             [trust]\nkeys_file = \"thread-keys\"\n";
        let mut source = Source::parse("rmad.toml", directory.path(), configuration, &environment(&[])).unwrap();
        let read = desk::read(&mut source, ReturnsAddress::Replaceable);
        let told = source.finish(read).err().map(|faults| faults.to_string());
        assert_eq!(told.is_some(), fault.is_some(), "{told:?}");
        assert!(fault.is_none_or(|fault| told.is_some_and(|told| told.contains(fault))), "{fault:?}");
    }
}

#[test]
fn the_least_that_the_readme_shows_is_enough() {
    let readme = include_str!("../../README.md");
    let sample =
        readme.lines().skip_while(|line| *line != "    [vendor]").take_while(|line| !line.starts_with("Relative"));
    let text: Vec<&str> = sample.map(str::trim_start).collect();
    let secrets = [("RMAD_INTAKE__PASSWORD", "x"), ("RMAD_DELIVERY__PASSWORD", "y")];
    assert_eq!(load_with(&text.join("\n"), &secrets).unwrap().delivery.sending.mode, Mode::Shadow);
}
