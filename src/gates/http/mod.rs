//! The gate on the response of an endpoint, such as a smoke test.

mod assertion;
mod body;
mod evaluate;
mod gate;
mod request;
mod response;
mod status;
#[cfg(test)]
mod tests;
mod url;

pub use gate::HttpGate;
