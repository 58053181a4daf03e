//! `rmad rma` as staff meet it.

use std::path::Path;
use std::process::Command;

use crate::filled::Filled;

/// The commands of a vendor whose returns desk has answered its mail.
struct Staff {
    filled: Filled,
    rma: String,
}

impl Staff {
    async fn at_work() -> Staff {
        let filled = Filled::with_mail().await;
        let case = filled.entry("Two units for repair").await.case_number.unwrap();
        let rma = filled.desk.store.case(&case).await.unwrap().unwrap().rma.unwrap().number;
        let configuration = std::fs::read_to_string(filled.directory.path().join("rmad.toml")).unwrap();
        let address = "[vendor]\nreturns_address = [\"Returns\", \"1 Example Street\"]";
        let configuration = configuration.replace("[vendor]", address) + "\n[delivery]\nkind = \"smtp\"\n";
        std::fs::write(filled.directory.path().join("staff.toml"), configuration).unwrap();
        Staff { filled, rma }
    }

    /// Runs `rmad rma` with these arguments, `NUMBER` among them for the RMA's: exit status, and all that was said.
    fn say(&self, arguments: &str) -> (i32, String) {
        let arguments = arguments.split(' ').map(|word| if word == "NUMBER" { self.rma.as_str() } else { word });
        self.run(rmad(self.filled.directory.path()).arg("rma").args(["--by", "dana"]).args(arguments))
    }

    /// Exit status, and all that was said.
    fn run(&self, command: &mut Command) -> (i32, String) {
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let said = text(output.stdout) + &text(output.stderr);
        (output.status.code().unwrap(), said.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    #[track_caller]
    fn assert_says(&self, arguments: &str, status: i32, words: &[&str]) {
        let (ended, said) = self.say(arguments);
        assert_eq!(ended, status, "{said}");
        for word in words {
            assert!(said.contains(word), "{word:?} is not in\n{said}");
        }
    }
}

fn rmad(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rmad"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RMAD_")) {
        command.env_remove(name);
    }
    command.args(["--config", "staff.toml"]).current_dir(directory);
    command
}

#[tokio::test]
async fn staff_take_a_return_through_its_life_without_a_password() {
    let staff = Staff::at_work().await;
    let receive = "receive NUMBER --serial SW20D03319 --carrier UPS --on 2026-06-20";
    staff.assert_says(receive, 0, &["Received: SW20D03319.", "Goods received", "To av@harbor.example: Your return"]);
    staff.assert_says(receive, 1, &["no unit SW20D03319 that is expected", "XT60C01947 (expected)"]);
    let inspect = "inspect NUMBER --serial SW20D03319 --defect confirmed --on 2026-06-21";
    staff.assert_says(inspect, 0, &["Inspected: SW20D03319.", "Goods inspected"]);
    staff.assert_says("resolve NUMBER --with replacement", 1, &["--carrier and --tracking"]);
    let resolve = "resolve NUMBER --with replacement --carrier FedEx --tracking 7712 --replacement-serial SW30000001 \
                   --scrapped --on 2026-06-22";
    staff.assert_says(resolve, 0, &["Replacement shipped: SW20D03319.", "waiting for the goods"]);
    let shown = [
        "SW-204, serial SW20D03319",
        "received 20 Jun 2026, inspected 21 Jun",
        "2026, replaced 22 Jun 2026",
        "expected",
    ];
    staff.assert_says("show NUMBER", 0, &shown);
    let ledger = ["W-313460", "in an RMA", "came back", "replaced by SW30000001", "scrapped"];
    staff.assert_says("unit SW20D03319", 0, &ledger);
    staff.assert_says("unit SW30000001", 0, &["replaces SW20D03319"]);
}

#[tokio::test]
async fn what_is_wrong_is_said_with_what_to_do() {
    let staff = Staff::at_work().await;
    for (arguments, status, words) in [
        ("receive RMA-1234567 --serial SW20D03319", 1, &["mistyped", "label"][..]),
        ("receive NUMBER --serial SW20D03319 --on 2099-01-01", 1, &["2099-01-01 lies ahead"]),
        ("receive NUMBER --serial SW20D03319 --on 2026-02-30", 2, &["2026-02-30"]),
        ("inspect NUMBER --restocking 101", 2, &["0 to 100"]),
        ("show NUMBER --by ", 2, &["give it, or leave the option out"]),
        ("extend NUMBER --until 2026-06-01", 1, &["good until 2026-06-29"]),
        ("release NUMBER", 1, &["does not wait for a person"]),
        ("show C-99999", 1, &["there is no case C-99999"]),
        ("unit NOTHING", 1, &["no unit with the serial number NOTHING"]),
        ("voided W-313460", 1, &["no cancellation of W-313460 was accepted"]),
        ("take-back W-313460", 1, &["was delivered on 2026-02-06"]),
        ("advance NUMBER --product-charge 1.005 --carrier F --tracking 7", 2, &["whole cents"]),
    ] {
        staff.assert_says(arguments, status, words);
    }
}

#[tokio::test]
async fn staff_stop_sending_and_let_it_go_on() {
    let staff = Staff::at_work().await;
    let said = |arguments: &[&str]| {
        staff.run(rmad(staff.filled.directory.path()).arg("sending").args(arguments).args(["--by", "dana"]))
    };
    for (arguments, status, words) in [
        (&["show"][..], 0, "Sending goes on: 0 left within the hour, of 200"),
        (&["resume"], 1, "sending is not stopped"),
        (&["stop", "--why", "a wrong price"], 0, "by dana: a wrong price"),
        (&["stop"], 1, "sending is stopped already"),
        (&["resume"], 0, "Sending goes on"),
    ] {
        let (ended, told) = said(arguments);
        assert_eq!(ended, status, "{told}");
        assert!(told.contains(words), "{words:?} is not in\n{told}");
    }
}
