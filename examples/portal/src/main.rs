//! `portal`: opens the data folder and serves the pages until it is told to stop.

#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what a program says to whoever starts it"
)]

use std::{io, path::Path, process::ExitCode};

use mfakit::SystemClock;
use portal::{FirstPassword, Options, Origin, Portal, USAGE, serve};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

#[tokio::main]
async fn main() -> ExitCode {
    match Options::read(std::env::args_os().skip(1)) {
        Ok(Options::Help) => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        Ok(Options::Serve {
            data,
            listen,
            origin,
            ..
        }) => match run(&data, &listen.to_string(), origin).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                eprintln!("portal: {message}");
                ExitCode::FAILURE
            }
        },
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("portal: {error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

async fn run(data: &Path, address: &str, origin: Option<Origin>) -> Result<(), String> {
    // First the port: a start that fails must not have shown the passwords that are shown only once.
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| explain(address, &error))?;
    let at = listener.local_addr().map_err(|error| error.to_string())?;
    let started = Portal::open(data, origin, SystemClock::default())
        .await
        .map_err(|error| format!("in the folder `{}`: {error}", data.display()))?;
    introduce(&started.first_passwords, data);
    println!("The portal is open at http://{at}");
    println!("Stop it with Ctrl-C.");
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let stop = async {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    };
    serve(listener, started.portal.router(), stop).await;
    Ok(())
}

fn introduce(people: &[FirstPassword], data: &Path) {
    if people.is_empty() {
        return;
    }
    println!("First start: everything is kept in `{}`.", data.display());
    println!("These passwords are shown only now:\n");
    for person in people {
        println!(
            "  {:<6} {}   ({})",
            person.name(),
            person.expose_secret(),
            person.role()
        );
    }
    println!();
}

fn explain(address: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "{address} is taken by another program; stop it, or choose another port: `--listen 127.0.0.1:8081`"
        ),
        io::ErrorKind::PermissionDenied => format!(
            "{address} needs more rights; choose a port from 1024 on: `--listen 127.0.0.1:8080`"
        ),
        _ => format!("{address}: {error}"),
    }
}
