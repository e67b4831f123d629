//! The relay's process: reads the configuration, runs the relay until it is told to stop, and turns
//! what went wrong into one line and an exit code.

use std::num::NonZero;
use std::process::ExitCode;

use duologue_server::{Config, Relay, config, files, logging, pages};
use mimalloc::MiMalloc;
use tokio::runtime::Builder;

/// Beside the system's own, the relay does a sixth more with the same processor (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The exit code for a command line that makes no sense, as shells have it.
const USAGE: u8 = 2;

/// After how many turns of connections it is looked who else has something to say, while some have so much that there is
/// always one that could go on. The runtime's own 61 let others wait for milliseconds behind one who floods.
const EVENT_INTERVAL: u32 = 7;

fn main() -> ExitCode {
    let config = match config::from_command_line() {
        Ok(config) => config,
        Err(config::Exit::Answered) => return ExitCode::SUCCESS,
        Err(config::Exit::Refused(line)) => {
            eprintln!("{line}");
            return ExitCode::from(USAGE);
        }
    };
    logging::start(config.log);
    files::raise(config.connections);
    pages::keep_small();
    // Where there is one processor, threads would only hand its work to each other.
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut builder =
        if processors == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    let runtime = builder.enable_all().event_interval(EVENT_INTERVAL).build();
    match runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run(config))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    // Before the relay says that it listens: whoever waits for that line may stop it at once.
    let stop = stop_signal()?;
    Relay::bind(config).await?.run(stop).await;
    Ok(())
}

/// Ends with SIGINT (Ctrl+C) or SIGTERM (what service managers send).
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a signal to wait for, the relay runs until its process is ended.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
