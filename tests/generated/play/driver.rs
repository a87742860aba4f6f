//! A driver as those need it who send and look: SQLite in this process, or a Restate server with its service here.

use crossdock_runtime::flow::driver::sqlite::{Options, Sqlite};
use crossdock_runtime::flow::driver::{Flows, Hosted, Instance, Receipt, Systems};
use crossdock_runtime::flow::{Arrival, Audit, Intake, Millis, Raised};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

pub type Done<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Who acts.
const ANN: &str = "ann@harborline.example";

/// A driver.
#[allow(dead_code)]
pub trait Driver {
    fn receive(&self, arrival: Arrival) -> Done<Vec<Receipt>>;
    fn raised(&self) -> Done<Vec<(Instance, Raised)>>;
    /// Ann acts on an exception.
    fn act(&self, instance: &Instance, exception: u32, action: &str) -> Done;
    fn milestones(&self, instance: &Instance) -> Done<Vec<(String, Option<String>, Millis)>>;
    fn audit(&self, instance: &Instance) -> Done<Vec<Audit>>;
    /// The dead letters, in words.
    fn letters(&self) -> Done<Vec<String>>;
}

fn flows() -> Done<Flows> {
    let machine: Box<dyn Hosted> = Box::new(harborline_flows::order_to_cash::machine(super::settings())?);
    Ok(Flows::from([machine]))
}

/// What tells events from what arrives.
fn intake() -> Option<Arc<dyn Intake>> {
    Some(Arc::new(harborline_flows::intake::Intake::new(super::settings())))
}

/// The flows on SQLite.
pub fn sqlite(file: &Path, systems: Arc<dyn Systems>) -> Done<Sqlite> {
    let options = Options { intake: intake(), limits: harborline_flows::limits(), ..Options::default() };
    Ok(Sqlite::open(file, flows()?, systems, &options)?)
}

impl Driver for Sqlite {
    fn receive(&self, arrival: Arrival) -> Done<Vec<Receipt>> {
        Ok(Sqlite::receive(self, arrival)?)
    }

    fn raised(&self) -> Done<Vec<(Instance, Raised)>> {
        Ok(Sqlite::raised(self)?)
    }

    fn act(&self, instance: &Instance, exception: u32, action: &str) -> Done {
        Sqlite::act(self, instance.clone(), exception, action.to_owned(), ANN.to_owned())?;
        Ok(())
    }

    fn milestones(&self, instance: &Instance) -> Done<Vec<(String, Option<String>, Millis)>> {
        Ok(Sqlite::milestones(self, instance.clone())?)
    }

    fn audit(&self, instance: &Instance) -> Done<Vec<Audit>> {
        Ok(Sqlite::audit(self, instance.clone())?)
    }

    fn letters(&self) -> Done<Vec<String>> {
        let letters = Sqlite::letters(self)?.into_iter();
        Ok(letters
            .map(|one| format!("{} {} {}", one.letter.message.name, one.letter.name, one.letter.detail))
            .collect())
    }
}

#[cfg(feature = "restate")]
pub mod restate {
    use super::{ANN, Done, Driver, flows, intake};
    use crossdock_runtime::flow::driver::restate::{Client, Options, endpoint, serve, system_clock};
    use crossdock_runtime::flow::driver::{Instance, Receipt, Systems};
    use crossdock_runtime::flow::{Arrival, Audit, Millis, Raised};
    use std::sync::Arc;
    use tokio::net::TcpListener;
    use tokio::runtime::Runtime;

    /// A client, and what its calls run on: the service of the flows runs on it too.
    pub struct Restate(Runtime, Client);

    impl Restate {
        /// Serves the flows on this port of the loopback (0: any) to the server at these addresses.
        pub fn serve(ingress: &str, admin: &str, port: u16, systems: Arc<dyn Systems>) -> Done<Self> {
            let runtime = Runtime::new()?;
            let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", port)))?;
            let address = listener.local_addr()?;
            let options = Options { intake: intake(), limits: harborline_flows::limits(), ..Options::default() };
            runtime.spawn(serve(endpoint(flows()?, systems, &options), listener, std::future::pending::<()>()));
            let client = Client::new(ingress, admin, system_clock());
            runtime.block_on(client.register(&format!("http://{address}")))?;
            Ok(Self(runtime, client))
        }
    }

    impl Driver for Restate {
        fn receive(&self, arrival: Arrival) -> Done<Vec<Receipt>> {
            Ok(self.0.block_on(self.1.receive(&arrival))?)
        }

        fn raised(&self) -> Done<Vec<(Instance, Raised)>> {
            Ok(self.0.block_on(self.1.raised())?)
        }

        fn act(&self, instance: &Instance, exception: u32, action: &str) -> Done {
            self.0.block_on(self.1.act(instance, exception, action, ANN))?;
            Ok(())
        }

        fn milestones(&self, instance: &Instance) -> Done<Vec<(String, Option<String>, Millis)>> {
            Ok(self.0.block_on(self.1.seen(instance))?.milestones)
        }

        fn audit(&self, instance: &Instance) -> Done<Vec<Audit>> {
            Ok(self.0.block_on(self.1.seen(instance))?.audit)
        }

        fn letters(&self) -> Done<Vec<String>> {
            let letters = self.0.block_on(self.1.letters())?.into_iter();
            Ok(letters
                .map(|one| format!("{} {} {}", one.letter.message.name, one.letter.name, one.letter.detail))
                .collect())
        }
    }
}
