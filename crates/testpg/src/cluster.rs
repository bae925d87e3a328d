//! A private PostgreSQL server: made by `initdb` in a folder of its own, with fsync on, as in production.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::Duration;

use crate::programs::Programs;

/// The shell that guards the server. Its standard input is a pipe that the test process holds: when that
/// process is gone, however it went, the pipe closes, the server is stopped and its folder removed. By then it
/// may be another process than the one that was started here.
const GUARD: &str = r#"
trap '' HUP INT TERM
"$1/postgres" -D "$2/data" >"$2/log" 2>&1 </dev/null &
cat >/dev/null
if read pid 2>/dev/null <"$2/data/postmaster.pid"; then
  kill -INT "$pid"
  wait
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
fi
cd / && rm -rf "$2"
"#;

/// Stops processes, and lets them go on after a time, even if nobody waits for that any more.
const PAUSE: &str = r#"
trap '' HUP INT TERM
time=$1
shift
kill -STOP "$@"
sleep "$time"
kill -CONT "$@"
"#;

/// Who runs the server: it refuses to run as root.
#[derive(Clone, Copy, Debug)]
struct Unprivileged {
    uid: u32,
    gid: u32,
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Transactions are rolled back and clients told.
    Fast,
    /// As in a crash: the next start recovers.
    Immediate,
}

/// A running server.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    user: Option<Unprivileged>,
    programs: Programs,
    folder: PathBuf,
    /// Its standard input keeps the server alive.
    _guard: Child,
}

impl Cluster {
    /// Makes and starts a server.
    ///
    /// # Panics
    /// When that fails, with what the programs said.
    pub(crate) fn start(programs: &Programs) -> Self {
        let user = unprivileged();
        let folder = make_folder(user);
        let data = folder.join("data");
        let mut initdb = command(user, &programs.path("initdb"));
        initdb.args([
            "--username=daemun",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "-D",
        ]);
        succeed("initdb", initdb.arg(&data).current_dir(&folder).output());
        let port = free_port();
        configure(&data, &folder, port);

        let mut guard = command(user, Path::new("/bin/sh"));
        guard.arg("-c").arg(GUARD).arg("guard").arg(programs.path("")).arg(&folder).current_dir(&folder);
        // A group of its own: an interrupt at the terminal ends the tests, and their end ends the server.
        guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let guard = match guard.spawn() {
            Ok(guard) => guard,
            Err(error) => panic!("cannot start PostgreSQL: {error}"),
        };
        await_ready(programs, &folder, port);
        let url = format!("postgres://daemun@127.0.0.1:{port}/postgres");
        Self { url, user, programs: programs.clone(), folder, _guard: guard }
    }

    /// Where it listens, and its one database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops it, and starts it again at the same address.
    ///
    /// # Panics
    /// When that fails.
    pub fn restart(&self, shutdown: Shutdown) {
        let mode = match shutdown {
            Shutdown::Fast => "fast",
            Shutdown::Immediate => "immediate",
        };
        let mut control = command(self.user, &self.programs.path("pg_ctl"));
        control.args(["restart", "--wait", "--silent", "--mode", mode, "--log"]).arg(self.folder.join("log"));
        control.arg("-D").arg(self.folder.join("data")).current_dir(&self.folder);
        // What it starts would keep a pipe open.
        let status = control.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let stopped = status.as_ref().is_ok_and(ExitStatus::success);
        assert!(stopped, "pg_ctl restart: {status:?}: {}", self.log());
    }

    /// Lets none of its processes go on for a time, as a machine that hangs, and waits for the end of that.
    ///
    /// # Panics
    /// When there is no such server.
    pub fn pause(&self, time: Duration) {
        let pidfile = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap_or_default();
        let Some(Ok(postmaster)) = pidfile.lines().next().map(str::parse) else {
            panic!("PostgreSQL does not run: {}", self.log());
        };
        // The one that makes others first.
        let mut pids = vec![postmaster];
        pids.extend(children(postmaster));
        let mut pause = Command::new("/bin/sh");
        pause.arg("-c").arg(PAUSE).arg("pause").arg(time.as_secs_f32().to_string());
        pause.args(pids.iter().map(u32::to_string)).process_group(0);
        succeed("the pause", pause.output());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

/// The processes that another started.
fn children(parent: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_child = |pid: &u32| {
        // "pid (name) state parent …": a name may hold anything.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        rest.split_whitespace().nth(1) == Some(&parent.to_string())
    };
    pids.filter(is_child).collect()
}

fn configure(data: &Path, folder: &Path, port: u16) {
    let settings = format!(
        "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{}'\n\
         max_connections = 400\nshared_buffers = 64MB\n",
        folder.display()
    );
    let path = data.join("postgresql.auto.conf");
    if let Err(error) = fs::write(&path, settings) {
        panic!("cannot write {}: {error}", path.display());
    }
}

fn await_ready(programs: &Programs, folder: &Path, port: u16) {
    let port = port.to_string();
    let ready = || {
        let output = programs.try_run("pg_isready", &["--quiet", "--host=127.0.0.1", "--port", &port]);
        output.is_ok_and(|output| output.status.success())
    };
    for _ in 0..600 {
        if ready() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    panic!("PostgreSQL did not start within 30 seconds: {log}");
}

/// A folder under a path short enough for a socket, which that user owns.
fn make_folder(user: Option<Unprivileged>) -> PathBuf {
    let made = tempfile::Builder::new().prefix("daemun-postgres-").tempdir_in("/tmp");
    let folder = match made {
        Ok(folder) => folder.keep(),
        Err(error) => panic!("no temporary folder: {error}"),
    };
    let own = || -> std::io::Result<()> {
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        user.map_or(Ok(()), |user| chown(&folder, Some(user.uid), Some(user.gid)))
    };
    match own() {
        Ok(()) => folder,
        Err(error) => panic!("cannot hand over {}: {error}", folder.display()),
    }
}

/// `nobody`, where this process is root.
fn unprivileged() -> Option<Unprivileged> {
    let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let number = |what: &str| {
        let output = succeed("id", Command::new("id").args([what, "nobody"]).output());
        match String::from_utf8_lossy(&output.stdout).trim().parse() {
            Ok(number) => number,
            Err(error) => panic!("no user nobody: {error}"),
        }
    };
    root.then(|| Unprivileged { uid: number("-u"), gid: number("-g") })
}

fn command(user: Option<Unprivileged>, program: &Path) -> Command {
    let Some(Unprivileged { uid, gid }) = user else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}"));
    command.args(["--clear-groups", "--"]).arg(program);
    command
}

fn succeed(program: &str, output: std::io::Result<Output>) -> Output {
    match output {
        Ok(output) if output.status.success() => output,
        Ok(output) => panic!("{program} failed: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("cannot run {program}: {error}"),
    }
}

fn free_port() -> u16 {
    match TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()) {
        Ok(address) => address.port(),
        Err(error) => panic!("no free port: {error}"),
    }
}
