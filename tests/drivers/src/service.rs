//! A process that serves flows, as a part of this one that can be stopped at any time.

use crossdock_runtime::flow::driver::restate::{Options, endpoint, serve};
use crossdock_runtime::flow::driver::{Flows, Systems};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// The process.
pub struct Service(Runtime);

impl Service {
    /// Starts it on a port of the loopback.
    pub fn start(port: u16, flows: Flows, systems: Arc<dyn Systems>, options: &Options) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(async {
            // The port is free as soon as the process before has let go of it.
            for _ in 0..200 {
                match TcpListener::bind(("127.0.0.1", port)).await {
                    Ok(listener) => return listener,
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
            panic!("port {port} is not free")
        });
        runtime.spawn(serve(endpoint(flows, systems, options), listener, std::future::pending::<()>()));
        Self(runtime)
    }

    /// Stops it between any two instructions. Nothing that it had begun is heard of any more.
    pub fn stop(self) {
        self.0.shutdown_background();
    }
}
