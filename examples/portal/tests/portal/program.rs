//! The program itself: what it prints, and how it refuses.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, ChildStdout, Command, Stdio},
};

use crate::{browser::Browser, site::Folder};

#[test]
fn prints_the_passwords_at_the_first_start_only() {
    let folder = Folder::new();
    let (first, output) = start(&folder);
    let text = lines_until_open(output);
    assert_eq!(text.iter().filter(|line| line.starts_with("  ")).count(), 3);
    assert!(text[0].starts_with("First start: "));
    for (name, role) in [
        ("admin", "(Administrator)"),
        ("it", "(IT administrator)"),
        ("user", "(User)"),
    ] {
        let start = format!("  {name} ");
        let line = text.iter().find(|line| line.starts_with(&start)).unwrap();
        assert!(line.ends_with(role));
    }
    drop(first);
    let (_second, output) = start(&folder);
    let text = lines_until_open(output);
    assert_eq!(text.len(), 1, "{text:?}");
    let address = text[0].rsplit_once("http://").unwrap().1;
    let mut browser = Browser::at(address.parse().unwrap());
    browser.get("/sign-in").is(200, "Sign in");
}

#[test]
fn a_port_that_is_taken_is_explained_before_anything_is_made() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = Folder::new();
    let output = portal(&folder)
        .args(["--listen", &address])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("{address} is taken by another program")));
    assert!(said.contains("--listen"));
    assert!(output.stdout.is_empty());
    assert!(!folder.path().exists());
}

#[test]
fn a_mistake_on_the_command_line_is_explained() {
    let folder = Folder::new();
    let output = portal(&folder).arg("--port").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("portal: invalid option '--port'\n"));
    assert!(said.contains("Usage: portal"));
    let output = portal(&folder).arg("--help").output().unwrap();
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"A web portal"));
}

fn portal(folder: &Folder) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portal"));
    command.arg("--data").arg(folder.path());
    command
}

fn start(folder: &Folder) -> (Running, ChildStdout) {
    let mut command = portal(folder);
    command
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let output = process.stdout.take().unwrap();
    (Running(process), output)
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn lines_until_open(output: ChildStdout) -> Vec<String> {
    let mut lines = Vec::new();
    for line in BufReader::new(output).lines() {
        lines.push(line.unwrap());
        if lines.last().unwrap().contains("is open at") {
            return lines;
        }
    }
    panic!("the portal did not open: {lines:?}");
}
