//! What the targets share: whole runs of the program in this process, and a server that answers as a target wants.
//!
//! A target breaks what people control and looks at what they see: no panic, no secret, and an end within the time-out of
//! libFuzzer. Nothing of the library is opened for it.

mod machine;
mod server;
mod setup;

pub use machine::{shows, Machine, SECRET};
pub use server::Server;
pub use setup::Setup;
