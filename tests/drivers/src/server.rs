//! A Restate server of its own, on loopback, in a folder of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server; it is stopped when this goes out of scope.
pub struct Server {
    child: Child,
    folder: PathBuf,
    ports: [u16; 3],
}

/// A port of the loopback that nobody uses.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    /// Starts one; none if nobody said where its program is.
    pub fn start(name: &str) -> Option<Self> {
        let Some(program) = std::env::var_os("CROSSDOCK_RESTATE") else {
            println!("not run on Restate: CROSSDOCK_RESTATE does not name restate-server");
            return None;
        };
        let folder = std::env::temp_dir().join(format!("crossdock-restate-{}-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        let ports = [free_port(), free_port(), free_port()];
        let child = spawn(Path::new(&program), &folder, ports);
        let mut server = Self { child, folder, ports };
        server.wait();
        Some(server)
    }

    /// Stops it as a power failure does, and starts it again over what it left.
    pub fn kill_and_restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let program = std::env::var_os("CROSSDOCK_RESTATE").unwrap();
        self.child = spawn(Path::new(&program), &self.folder, self.ports);
        self.wait();
    }

    fn wait(&mut self) {
        let begun = Instant::now();
        while !(healthy(self.ports[0], "/restate/health") && healthy(self.ports[1], "/health")) {
            assert!(self.child.try_wait().unwrap().is_none(), "the server stopped: see {}", self.folder.display());
            assert!(begun.elapsed() < Duration::from_secs(60), "the server did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Where its data and its log lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where calls come in.
    pub fn ingress(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    /// Where deployments are registered.
    pub fn admin(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[1])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if !std::thread::panicking() {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}

fn spawn(program: &Path, folder: &Path, [ingress, admin, node]: [u16; 3]) -> Child {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    Command::new(program)
        .args(["--bind-ip", "127.0.0.1", "--listen-mode", "tcp", "--default-num-partitions", "2", "--no-logo"])
        .arg("--base-dir")
        .arg(folder.join("data"))
        .args(["--node-name", "crossdock", "--bind-port", &node.to_string()])
        // What it makes beside its data goes where that goes.
        .env("TMPDIR", folder)
        .env("DO_NOT_TRACK", "1")
        .env("RESTATE_INGRESS__BIND_PORT", ingress.to_string())
        .env("RESTATE_ADMIN__BIND_PORT", admin.to_string())
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn healthy(port: u16, path: &str) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return false };
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let asked = write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
}
