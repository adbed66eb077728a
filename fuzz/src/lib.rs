//! Shared by the fuzz targets: runs of the whole program in this process, and a server whose answers a target chooses.
//!
//! A target varies the input of users and checks the output: no panic, no secret, and an end within the time limit of
//! libFuzzer. It uses only the public API of the library.

mod machine;
mod server;
mod setup;

pub use machine::{shows, Machine, SECRET};
pub use server::Server;
pub use setup::Setup;
