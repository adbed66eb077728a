//! A real MLflow server, shared by all tests of this process, and Python's own client.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::python::{environment, interpreter};

/// The installed packages: the MLflow release that the registry clients target, clients of notification services, and
/// the dependencies of a server with authentication. Models are trained with scikit-learn, which MLflow brings along in
/// any release.
const PACKAGES: [&str; 5] =
    ["mlflow==3.17.2", "aiosmtpd==1.4.6", "apprise==2.2.0", "flask-wtf==1.2.2", "scikit-learn==1.9.1"];

/// The password of the administrator of a server with logins.
pub(crate) const ADMIN_PASSWORD: &str = "admin-hunter2";

/// The startup timeout of a server. The first one also creates the database.
const START_DEADLINE: Duration = Duration::from_secs(120);

/// Starts a server, prints `ready` once it responds, and stops it with its children when standard input closes,
/// which happens however the tests end.
const KEEPER: &str = r#"
import os, shutil, signal, subprocess, sys, threading, time, urllib.request
folder, port, *options = sys.argv[1:]
# Older releases look for the program that serves them there.
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
server = subprocess.Popen(
    [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", port, "--workers", "1",
     "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/artifacts", *options],
    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(f"{folder}/log", "wb"), cwd=folder)

def announce():
    while server.poll() is None:
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}/health").read()
            return print("ready", flush=True)
        except OSError:
            time.sleep(0.1)
    print("ended: " + open(f"{folder}/log", errors="replace").read()[-2000:].replace("\n", " | "), flush=True)

threading.Thread(target=announce, daemon=True).start()
sys.stdin.read()
shutil.rmtree(folder, ignore_errors=True)
os.killpg(0, signal.SIGKILL)
"#;

/// A server over an empty SQLite database on a free loopback port.
pub(crate) struct MlflowServer {
    uri: String,
    database: PathBuf,
    // Its standard input stays open as long as this process lives.
    _keeper: Child,
}

impl MlflowServer {
    /// Returns the server of this process, and starts it on first use.
    pub(crate) fn start() -> &'static Self {
        static SERVER: OnceLock<MlflowServer> = OnceLock::new();
        Self::shared(&SERVER, &[])
    }

    /// Returns a server with authentication; its administrator is `admin` with [`ADMIN_PASSWORD`].
    pub(crate) fn with_logins() -> &'static Self {
        static SERVER: OnceLock<MlflowServer> = OnceLock::new();
        Self::shared(&SERVER, &["--app-name", "basic-auth"])
    }

    /// Returns a server with workspaces.
    pub(crate) fn with_workspaces() -> &'static Self {
        static SERVER: OnceLock<MlflowServer> = OnceLock::new();
        Self::shared(&SERVER, &["--enable-workspaces"])
    }

    /// Returns the address.
    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    /// Returns the file of its database.
    pub(crate) fn database(&self) -> &Path {
        &self.database
    }

    fn shared(server: &'static OnceLock<Self>, options: &[&str]) -> &'static Self {
        server.get_or_init(|| Self::launch(venv(), options).unwrap_or_else(|fault| panic!("{fault}")))
    }

    /// Starts a server of the release that a Python has, or returns why it does not start.
    pub(crate) fn launch(python: &Path, options: &[&str]) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap().keep();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = clean(python);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut keeper = command
            .args(["-c", KEEPER, &folder.to_string_lossy(), &port.to_string()])
            .args(options)
            .env("MLFLOW_AUTH_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .env("MLFLOW_FLASK_SERVER_SECRET_KEY", "for tests")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, said) = mpsc::channel();
        let stdout = keeper.stdout.take().unwrap();
        thread::spawn(move || BufReader::new(stdout).lines().next().map(|line| sender.send(line)));
        match said.recv_timeout(START_DEADLINE) {
            Ok(Ok(line)) if line == "ready" => {
                let uri = format!("http://127.0.0.1:{port}");
                Ok(Self { uri, database: folder.join("mlflow.db"), _keeper: keeper })
            }
            other => Err(format!("the MLflow server did not start within {START_DEADLINE:?}: {other:?}")),
        }
    }
}

/// Runs a Python script with MLflow's own client at an address, and returns what it prints. Importing MLflow takes
/// seconds, so one script should check many things.
pub(crate) fn python(tracking_uri: &str, script: &str, args: &[&str]) -> String {
    python_in(Path::new("."), tracking_uri, script, args)
}

/// Runs a script in a folder.
pub(crate) fn python_in(folder: &Path, tracking_uri: &str, script: &str, args: &[&str]) -> String {
    let run = clean(venv())
        .current_dir(folder)
        .env("MLFLOW_TRACKING_URI", tracking_uri)
        .args(["-W", "ignore", "-c", script])
        .args(args)
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "Python failed:\n{stdout}\n{stderr}");
    stdout.into_owned()
}

/// Builds a command of the installed Python.
pub(crate) fn python_command() -> Command {
    clean(venv())
}

/// Returns the folder of the executables of the packages.
pub(crate) fn programs() -> &'static Path {
    venv().parent().unwrap()
}

/// Builds a command of a Python that is isolated from the environment of the tests.
pub(crate) fn clean(python: &Path) -> Command {
    let mut command = Command::new(python);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MLFLOW_")) {
        command.env_remove(name);
    }
    command.env("MLFLOW_DISABLE_TELEMETRY", "true").env("DO_NOT_TRACK", "true").env("NO_PROXY", "127.0.0.1");
    command
}

/// Returns the Python of an environment with MLflow.
fn venv() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let install = [&["install", "--quiet", "--disable-pip-version-check"], PACKAGES.as_slice()].concat();
        interpreter(&environment(&PACKAGES.join("-").replace("==", "-"), &[&install]))
    })
}
