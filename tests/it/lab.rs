//! The laboratory: a real Dovecot and a real Postfix on loopback (`tests/lab/maillab`), started once for the whole
//! test binary and taken away when it ends, however it ends.
//!
//! Postfix wants to be started by root. Where the tests run as somebody else the laboratory is started by `sudo -n`.

mod machine;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;

pub use machine::Machine;

/// How long anything in the laboratory may take before a test calls it broken.
const PATIENCE: Duration = Duration::from_secs(60);
const CUSTOMERS: u32 = 400;

/// The laboratory that all tests share: each takes users of its own from it.
pub fn up() -> &'static Lab {
    static LAB: OnceLock<Lab> = OnceLock::new();
    LAB.get_or_init(|| Lab::start(&[]))
}

/// A running laboratory. One of your own, from [`Lab::start`], is for tests that break servers.
pub struct Lab {
    dir: PathBuf,
    env: HashMap<String, String>,
    users: AtomicU32,
    _down: Leash,
}

impl Lab {
    /// Starts a laboratory with these options of `maillab up`.
    pub fn start(options: &[&str]) -> Lab {
        let scratch = tempfile::Builder::new().prefix("rmad-lab-").tempdir_in("/tmp").expect("a directory in /tmp");
        let dir = scratch.keep();
        let customers = CUSTOMERS.to_string();
        let started = maillab("up", &dir).args(["--customers", &customers]).args(options).output();
        let started = started.expect("python3, which runs the laboratory; apt-get install python3");
        assert!(
            started.status.success(),
            "the mail laboratory does not start; it needs root or sudo, and: apt-get install --no-install-recommends \
             dovecot-core dovecot-imapd dovecot-lmtpd dovecot-sieve postfix openssl python3\n{}",
            String::from_utf8_lossy(&started.stderr)
        );
        let down = maillab("down", &dir);
        let lab = Lab {
            env: settings(&String::from_utf8_lossy(&started.stdout)),
            users: AtomicU32::new(0),
            _down: Leash::at_the_end(&down),
            dir,
        };
        let mta = lab.env("MTA");
        assert!(mta == "postfix" || options.contains(&"--no-postfix"), "the laboratory has {mta} in place of Postfix");
        lab
    }

    /// A setting of the laboratory's `env` file, without the prefix `MAILLAB_`: `IMAPS_PORT`, `CA`, `PASSWORD`.
    pub fn env(&self, name: &str) -> &str {
        self.env.get(&format!("MAILLAB_{name}")).unwrap_or_else(|| panic!("the laboratory has no MAILLAB_{name}"))
    }

    /// The port of `IMAP`, `IMAPS`, `LMTP`, `MX`, `SUBMISSION` or `SUBMISSIONS`.
    pub fn port(&self, service: &str) -> u16 {
        self.env(&format!("{service}_PORT")).parse().expect("a port")
    }

    /// A file of the laboratory: `tls/wrongname.pem`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// A user that no other test has, with an empty mailbox; the password is `env("PASSWORD")`.
    pub fn new_user(&self) -> String {
        let number = self.users.fetch_add(1, Ordering::Relaxed) + 1;
        assert!(number <= CUSTOMERS, "the laboratory is out of users");
        format!("c{number}@cust.test")
    }

    /// Puts a message into a user's inbox, straight through LMTP.
    pub fn deliver_lmtp(&self, user: &str, raw: &[u8]) {
        let mut lmtp = Dialogue::open(self.port("LMTP"));
        lmtp.expect(220);
        lmtp.ask("LHLO test", 250);
        lmtp.ask("MAIL FROM:<sender@cust.test>", 250);
        lmtp.ask(&format!("RCPT TO:<{user}>"), 250);
        lmtp.ask("DATA", 354);
        let text = raw.strip_suffix(b"\r\n").unwrap_or(raw);
        let lines = text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let stuffed = lines.map(|line| if line.starts_with(b".") { [b".", line].concat() } else { line.to_vec() });
        lmtp.stream.write_all(&stuffed.collect::<Vec<_>>().join(&b"\r\n"[..])).expect("LMTP takes the message");
        lmtp.ask("\r\n.", 250);
        lmtp.ask("QUIT", 221);
    }

    /// What lies in a folder of a user, as `maillab mailbox` tells it: `uid`, `flags`, `headers`, `text`, `raw`.
    pub fn messages(&self, user: &str, folder: &str) -> Vec<Value> {
        let output = output(maillab("mailbox", &self.dir).args([user, "--folder", folder, "--body"]));
        serde_json::from_str(&output).expect("maillab tells JSON")
    }

    /// How many messages lie in a folder of a user.
    pub fn count(&self, user: &str, folder: &str) -> usize {
        let status = self.doveadm(&["-f", "tab", "mailbox", "status", "-u", user, "messages", folder]);
        let last = status.lines().last().and_then(|line| line.split('\t').next_back());
        last.and_then(|number| number.parse().ok()).expect("doveadm tells a number of messages")
    }

    /// How many messages lie in each folder of a user.
    pub fn counts(&self, user: &str) -> HashMap<String, usize> {
        let status = self.doveadm(&["-f", "tab", "mailbox", "status", "-u", user, "messages", "*"]);
        let rows = status.lines().skip(1).filter_map(|row| row.rsplit_once('\t'));
        rows.filter_map(|(folder, number)| Some((folder.to_owned(), number.parse().ok()?))).collect()
    }

    /// Gives the inbox of a user another UIDVALIDITY.
    pub fn renumber(&self, user: &str, uid_validity: u32) {
        let uid_validity = uid_validity.to_string();
        self.doveadm(&["mailbox", "update", "-u", user, "--uid-validity", &uid_validity, "INBOX"]);
    }

    /// Makes a folder of a user, into which nothing can be moved.
    pub fn close_folder(&self, user: &str, folder: &str) {
        self.doveadm(&["mailbox", "create", "-u", user, folder]);
        self.change_mode(user, folder, "a-w");
    }

    /// Opens it again.
    pub fn open_folder(&self, user: &str, folder: &str) {
        self.change_mode(user, folder, "u+w");
    }

    fn change_mode(&self, user: &str, folder: &str, mode: &str) {
        let directory = self.path(&format!("mail/{user}/Maildir/.{folder}"));
        output(as_root("chmod").args(["-R", mode]).arg(directory));
    }

    /// The server's side of a mailbox: `doveadm` with these arguments.
    pub fn doveadm(&self, arguments: &[&str]) -> String {
        let configuration = self.path("dovecot/dovecot.conf");
        output(as_root("doveadm").arg("-c").arg(configuration).args(arguments))
    }

    /// Stops Dovecot and starts it again on the same ports. For a laboratory of your own.
    pub fn restart_dovecot(&self) {
        self.stop_dovecot();
        self.start_dovecot();
    }

    /// Stops Dovecot. Sessions are ended first: it would serve them for a while yet.
    pub fn stop_dovecot(&self) {
        self.doveadm(&["kick", "*"]);
        self.doveadm(&["stop"]);
        within(PATIENCE, "Dovecot stops", || TcpStream::connect(("127.0.0.1", self.port("IMAPS"))).is_err());
        // The last that it does is to remove this file, be it a new Dovecot's.
        let note = Path::new(self.env("RUN")).join("dovecot/master.pid");
        within(PATIENCE, "Dovecot ends", || !note.exists());
    }

    /// Starts Dovecot again, as `maillab up` runs it.
    pub fn start_dovecot(&self) {
        let configuration = self.path("dovecot/dovecot.conf");
        let note = self.path("pids/dovecot");
        let script = r#"group=$(id -g nobody)
            setpriv --reuid=nobody --regid="$group" --clear-groups dovecot -c "$1" >/dev/null 2>&1 &&
            note=$(doveconf -c "$1" -h base_dir)/master.pid
            # it may write this a moment after it has gone into the background
            for _ in $(seq 200); do [ -s "$note" ] && break; sleep 0.05; done
            pid=$(cat "$note") &&
            printf '%s %s\n' "$pid" "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)" >"$2""#;
        output(as_root("sh").args(["-c", script, "sh"]).arg(configuration).arg(note));
        within(PATIENCE, "Dovecot starts", || TcpStream::connect(("127.0.0.1", self.port("IMAPS"))).is_ok());
    }

    /// Stops Postfix. For a laboratory of your own.
    pub fn stop_postfix(&self) {
        output(as_root("postfix").arg("-c").arg(self.path("postfix/etc")).arg("stop"));
        within(PATIENCE, "Postfix stops", || TcpStream::connect(("127.0.0.1", self.port("SUBMISSIONS"))).is_err());
    }

    /// Starts Postfix again, as `maillab up` runs it.
    pub fn start_postfix(&self) {
        let script = r#"postfix -c "$1/postfix/etc" start >/dev/null 2>&1 &&
            pid=$(tr -d ' ' <"$1/postfix/spool/pid/master.pid") &&
            printf '%s %s\n' "$pid" "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)" >"$1/pids/postfix""#;
        output(as_root("sh").args(["-c", script, "sh"]).arg(&self.dir));
        within(PATIENCE, "Postfix starts", || TcpStream::connect(("127.0.0.1", self.port("SUBMISSIONS"))).is_ok());
    }

    /// A machine at `machines.test` or `free.test`; it is silent until it is told what to send.
    pub fn machine(&self, domain: &str) -> Machine {
        Machine::new(&self.path("machines"), domain)
    }

    /// A proxy before a service (`imap`, `imaps`, `submission`, `submissions`, `smtp`) that breaks connections as a
    /// preset of `faultproxy.py` says; none of them where the preset is empty.
    pub fn proxy(&self, service: &str, preset: &str) -> Proxy {
        let options = if preset.is_empty() { vec![] } else { vec!["--preset", preset] };
        self.proxy_with(service, "server", &options)
    }

    /// A proxy that follows rules of `faultproxy.py`.
    pub fn proxy_rules(&self, service: &str, rules: &Value) -> Proxy {
        let mut file = tempfile::NamedTempFile::new().expect("a scratch file");
        file.write_all(rules.to_string().as_bytes()).expect("rules are written");
        let mut proxy = self.proxy_with(service, "server", &["--rules", &file.path().display().to_string()]);
        proxy._rules = Some(file);
        proxy
    }

    /// A proxy that shows one of the laboratory's certificates, `server` or `wrongname`.
    pub fn proxy_with(&self, service: &str, certificate: &str, options: &[&str]) -> Proxy {
        let (service, tls) = match service {
            "smtp" => ("MX".to_owned(), false),
            other => (other.to_uppercase(), other.ends_with('s')),
        };
        let mut command = Command::new("/usr/bin/python3");
        command.arg(laboratory("faultproxy.py")).arg("--to").arg(format!("127.0.0.1:{}", self.port(&service)));
        if tls {
            let certificate = format!("tls/{certificate}");
            command.arg("--tls-upstream");
            command.arg("--tls-cert").arg(self.path(&format!("{certificate}.pem")));
            command.arg("--tls-key").arg(self.path(&format!("{certificate}.key")));
        }
        let mut leash = Leash::beside(command.args(options));
        let lines = leash.lines();
        let port = within_some(PATIENCE, "the fault proxy listens", || {
            let lines = lines.lock().expect("no reader panicked");
            lines.first()?.strip_prefix("listening ")?.parse().ok()
        });
        Proxy { port, lines, _rules: None, _leash: leash }
    }
}

/// A fault proxy; ends when it is dropped.
pub struct Proxy {
    pub port: u16,
    lines: Arc<Mutex<Vec<String>>>,
    _rules: Option<tempfile::NamedTempFile>,
    _leash: Leash,
}

impl Proxy {
    /// Waits until it has caused so many faults, and panics when it causes fewer or more.
    pub fn has_caused(&self, faults: usize) {
        within(PATIENCE, "the proxy causes its fault", || self.faults() >= faults);
        assert_eq!(self.faults(), faults);
    }

    /// How many faults it has told of so far.
    pub fn faults(&self) -> usize {
        self.lines.lock().expect("no reader panicked").iter().filter(|line| line.contains("\"fault\"")).count()
    }
}

/// A scripted SMTP server (`fastsink.py`); ends when it is dropped.
pub struct Sink {
    pub port: u16,
    leash: Leash,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    /// Starts one with these options of `fastsink.py`.
    pub fn start(options: &[&str]) -> Sink {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound socket").port();
        drop(listener);
        let mut command = Command::new("/usr/bin/python3");
        command.arg(laboratory("fastsink.py")).arg(port.to_string()).args(options);
        let mut leash = Leash::beside(&mut command);
        let lines = leash.lines();
        within(PATIENCE, "the SMTP sink listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Sink { port, leash, lines }
    }

    /// Ends it and tells how many messages it has accepted.
    pub fn accepted(self) -> u64 {
        let Sink { leash, lines, .. } = self;
        drop(leash);
        within_some(PATIENCE, "the SMTP sink tells its counters", || {
            let lines = lines.lock().expect("no reader panicked");
            let counters: Value = serde_json::from_str(lines.first()?).ok()?;
            counters["accepted"].as_u64()
        })
    }
}

/// Waits until this is so; panics when it does not come to pass.
pub fn within(limit: Duration, what: &str, mut so: impl FnMut() -> bool) {
    within_some(limit, what, || so().then_some(()));
}

/// Waits until there is such a value; panics when none comes.
pub fn within_some<T>(limit: Duration, what: &str, mut value: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + limit;
    loop {
        if let Some(value) = value() {
            return value;
        }
        assert!(Instant::now() < end, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A process that ends when this is dropped, and when the test process ends, however it ends: a shell beside it waits
/// for the end of a pipe that we hold.
struct Leash {
    shell: Child,
    held: Option<ChildStdin>,
}

impl Leash {
    /// Runs a command as long as the leash is held.
    fn beside(command: &mut Command) -> Leash {
        Leash::shell(r#""$@" & pid=$!; cat >/dev/null; kill $pid 2>/dev/null; wait"#, command, Stdio::piped())
    }

    /// Runs a command when the leash is let go.
    fn at_the_end(command: &Command) -> Leash {
        Leash::shell(r#"cat >/dev/null; exec "$@""#, command, Stdio::null())
    }

    fn shell(script: &str, command: &Command, stdout: Stdio) -> Leash {
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh"]).arg(command.get_program()).args(command.get_args());
        // a process group of its own, so that an interrupt on the terminal does not end it before its work is done
        shell.stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::null()).process_group(0);
        let mut shell = shell.spawn().expect("sh starts");
        let held = shell.stdin.take();
        Leash { shell, held }
    }

    /// What the process says, line by line as it comes.
    fn lines(&mut self) -> Arc<Mutex<Vec<String>>> {
        let stdout = self.shell.stdout.take().expect("the output is read once");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                heard.lock().expect("no reader panicked").push(line);
            }
        });
        lines
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        drop(self.held.take());
        self.shell.wait().expect("the shell ends");
    }
}

/// A dialogue in lines, as SMTP and LMTP have it.
struct Dialogue {
    stream: TcpStream,
}

impl Dialogue {
    fn open(port: u16) -> Dialogue {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server answers");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Dialogue { stream }
    }

    fn ask(&mut self, line: &str, code: u16) {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).expect("the server takes a line");
        self.expect(code);
    }

    fn expect(&mut self, code: u16) {
        let reply = loop {
            let line = self.line();
            if line.as_bytes().get(3) != Some(&b'-') {
                break line;
            }
        };
        assert!(reply.starts_with(&code.to_string()), "expected {code}, got {reply}");
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\n") {
            self.stream.read_exact(&mut byte).expect("the server answers");
            line.extend(byte);
        }
        String::from_utf8_lossy(&line).into_owned()
    }
}

fn settings(env: &str) -> HashMap<String, String> {
    let lines = env.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
    lines.map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned())).collect()
}

fn laboratory(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab").join(file)
}

fn maillab(verb: &str, dir: &Path) -> Command {
    let mut command = as_root("/usr/bin/python3");
    command.arg(laboratory("maillab")).arg(verb).arg(dir);
    command
}

fn as_root(program: &str) -> Command {
    static ROOT: OnceLock<bool> = OnceLock::new();
    if *ROOT.get_or_init(|| output(Command::new("id").arg("-u")).trim() == "0") {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg("-n").arg(program);
    command
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}
