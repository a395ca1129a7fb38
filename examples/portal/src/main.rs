//! `portal`: opens the data folder and serves the pages until it is told to stop.

#![forbid(unsafe_code)]

use core::time::Duration;
use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use mfakit::SystemClock;
use mfakit_connect::StoreUrl;
use portal::{FirstPassword, Options, Origin, Portal, USAGE, serve};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use zeroize::Zeroizing;

#[tokio::main]
async fn main() -> ExitCode {
    match Options::read(std::env::args_os().skip(1)) {
        Ok(Options::Help) => {
            say(USAGE);
            ExitCode::SUCCESS
        }
        Ok(Options::Serve {
            data,
            store,
            listen,
            origin,
            ..
        }) => match run(&data, store, &listen.to_string(), origin).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                complain(&format!("portal: {message}\n"));
                ExitCode::FAILURE
            }
        },
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            complain(&format!("portal: {error}\n\n{USAGE}"));
            ExitCode::from(2)
        }
    }
}

async fn run(
    data: &Path,
    store: Option<StoreUrl>,
    address: &str,
    origin: Option<Origin>,
) -> Result<(), String> {
    // First the port: a start that fails must not have shown the passwords that are shown only once.
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| explain(address, &error))?;
    let at = listener.local_addr().map_err(|error| error.to_string())?;
    let started = Portal::open(data, store, origin, SystemClock::default())
        .await
        .map_err(|error| format!("in the folder `{}`: {error}", data.display()))?;
    say(&introduction(&started.first_passwords, data));
    say(&format!(
        "The portal is open at http://{at}\nStop it with Ctrl-C.\n"
    ));
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let stop = async {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    };
    let portal = started.portal.clone();
    let mails = tokio::spawn(async move {
        loop {
            portal.send_mails().await;
            tokio::time::sleep(BETWEEN_MAILS).await;
        }
    });
    serve(listener, started.portal.router(), stop).await;
    mails.abort();
    Ok(())
}

/// How long a person waits for a mail, at most.
const BETWEEN_MAILS: Duration = Duration::from_secs(1);

fn introduction(people: &[FirstPassword], data: &Path) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    if people.is_empty() {
        return text;
    }
    text.push_str(&format!(
        "First start: everything is kept in `{}`.\nThese passwords are shown only now:\n\n",
        data.display()
    ));
    for person in people {
        let (name, role) = (person.name(), person.role());
        text.push_str(&format!(
            "  {name:<6} {}   ({role})\n",
            person.expose_secret()
        ));
    }
    text.push('\n');
    text
}

/// Writes to standard output; that nobody listens any more is no reason to stop.
fn say(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Writes to standard error, likewise.
fn complain(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
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
