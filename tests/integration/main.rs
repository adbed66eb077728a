//! The one integration test binary.

mod sqlite_registry;
