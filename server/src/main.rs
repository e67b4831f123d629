//! The relay's process: reads the configuration, runs the relay until it is told to stop, and turns
//! what went wrong into one line and an exit code.

use std::process::ExitCode;

use duologue_server::{Config, Relay, config, files, logging};

/// The exit code for a command line that makes no sense, as shells have it.
const USAGE: u8 = 2;

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
    files::raise();
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
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
