//! Arguments, runtime, exit code.

use std::process::ExitCode;

use runner::cli::Cli;
use runner::exit::Exit;
use runner::shutdown::Shutdown;
use runner::sink::Sinks;

/// Batches make hundreds of small allocations a job, which those of the C libraries are slow at, musl's above all.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let sinks = Sinks::process();
    let exit = match Cli::read(std::env::args_os()) {
        Ok(cli) => start(cli, &sinks),
        Err(usage) => runner::explain(&usage, &sinks),
    };
    ExitCode::from(exit.code())
}

fn start(cli: Cli, sinks: &Sinks) -> Exit {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return runner::cannot_start(&error, sinks),
    };
    let exit = runtime.block_on(runner::run(cli, Shutdown::listen, sinks));
    // A thread that still waits for a lock must not keep an ended program alive.
    runtime.shutdown_background();
    exit
}
