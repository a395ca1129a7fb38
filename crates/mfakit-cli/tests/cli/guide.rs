//! The guide's transcripts are what the program does.

use std::{fs, path::Path, process::Command};

use crate::shop::{Folder, PROGRAM};

/// Runs each block of the guide that begins with a prompt, one after the other in one folder. A line of its output
/// that holds `…` stands for any text there.
#[test]
fn the_guide_shows_what_happens() {
    let guide = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/guides/command-line.md"
    );
    let guide = fs::read_to_string(guide).unwrap();
    let folder = Folder::new();
    let mut commands = 0;
    for block in guide.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for step in block.split("$ ").skip(1) {
            let (command, expected) = step.split_once('\n').unwrap();
            let shown = run(command, folder.path());
            let shown: Vec<&str> = shown.lines().collect();
            let expected: Vec<&str> = expected.lines().collect();
            assert!(
                shown.len() == expected.len()
                    && shown
                        .iter()
                        .zip(&expected)
                        .all(|(shown, line)| fits(shown, line)),
                "{command}\n{}\nand not\n{}",
                shown.join("\n"),
                expected.join("\n")
            );
            commands += 1;
        }
    }
    assert!(commands > 20, "{commands}");
}

/// Runs a line in a shell, as a person would who has set up their environment.
fn run(line: &str, folder: &Path) -> String {
    let path = Path::new(PROGRAM).parent().unwrap().display();
    let before = std::env::var("PATH").unwrap();
    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1; {line}")])
        .current_dir(folder)
        .env("PATH", format!("{path}:{before}"))
        .env("MFAKIT_STORE", "sqlite:mfa.db")
        .env("MFAKIT_KEYRING", "keyring")
        .env("MFAKIT_TENANT", "acme")
        .env("MFAKIT_ACTOR", "grace")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a line is the expected one, in which `…` stands for any text.
fn fits(shown: &str, expected: &str) -> bool {
    let mut parts = expected.split('…');
    let first = parts.next().unwrap();
    let Some(mut rest) = shown.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}
