//! A program of the user's own.

mod process;
mod tail;
