//! A private PostgreSQL for the tests: started once by the first test that wants it, on a socket in a directory of its own,
//! and gone when the test program ends, however it ends.

use std::fmt::Display;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// A fresh, empty database of this name, as a URL to connect to.
pub async fn url(database: &str) -> String {
    let cluster = tokio::task::spawn_blocking(cluster).await.unwrap();
    let mut connection = PgConnection::connect(&cluster.url("postgres")).await.unwrap();
    for sql in
        [format!("DROP DATABASE IF EXISTS \"{database}\" WITH (FORCE)"), format!("CREATE DATABASE \"{database}\"")]
    {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    cluster.url(database)
}

struct Cluster {
    directory: PathBuf,
    /// Stops the server and removes its directory once its standard input is closed: when this program ends.
    _undertaker: Child,
}

impl Cluster {
    fn url(&self, database: &str) -> String {
        format!("postgres://rmad@localhost/{database}?host={}", self.directory.display())
    }
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    match CLUSTER.get_or_init(start) {
        Ok(cluster) => cluster,
        Err(error) => panic!("no PostgreSQL for the tests: {error}"),
    }
}

fn start() -> Result<Cluster, String> {
    let programs = programs()?;
    let directory = tempfile::Builder::new().prefix("rmad-postgres-").tempdir().map_err(text)?.keep();
    if is_root() {
        run(Command::new("chown").arg("nobody").arg(&directory))?;
    }
    let data = directory.join("data");
    run(as_server(&programs.join("initdb"), &directory)
        .args(["--username=rmad", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
        .arg(&data))?;
    // What is lost when the machine stops is of no interest to a test.
    let settings = format!(
        "-k {} -c listen_addresses= -c max_connections=200 -c fsync=off -c synchronous_commit=off \
         -c full_page_writes=off -c autovacuum=off",
        directory.display()
    );
    run(as_server(&programs.join("pg_ctl"), &directory)
        .args(["start", "--wait", "--silent", "-l"])
        .arg(directory.join("log"))
        .args(["-o", &settings, "-D"])
        .arg(&data))?;
    let undertaker = as_server(Path::new("sh"), &directory)
        .args(["-c", r#"cat; "$1"/pg_ctl stop --mode=immediate -D "$2"/data; cd /; rm -rf "$2""#, "sh"])
        .args([&programs, &directory])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C in the terminal ends the tests, not the one who tidies up after them.
        .process_group(0)
        .spawn()
        .map_err(text)?;
    Ok(Cluster { directory, _undertaker: undertaker })
}

/// Where the server's programs are: Debian keeps them apart by version and out of the PATH.
fn programs() -> Result<PathBuf, String> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let newest = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .max();
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest
        .map(|(_, bin)| bin)
        .or_else(|| std::env::split_paths(&path).find(|bin| bin.join("initdb").exists()))
        .ok_or_else(|| "initdb was not found; install it with: apt-get install postgresql".to_owned())
}

/// PostgreSQL refuses to run as root: it becomes nobody then.
fn as_server(program: &Path, directory: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(directory);
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn run(command: &mut Command) -> Result<(), String> {
    // Not its standard output: the server would inherit it and keep it open.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(error) => Err(format!("{command:?} did not start: {error}")),
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}
