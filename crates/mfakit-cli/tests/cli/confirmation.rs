//! Nothing is changed that was not confirmed, by somebody, for a reason.

use std::process::Command;

use mfakit_cli::{Console, Exit, Terminals, run};

use crate::shop::{PROGRAM, Shop};

const DESTRUCTIVE: &[&[&str]] = &[
    &["reset", "ada"],
    &["erase", "ada"],
    &["unlock", "ada"],
    &["unlock", "ada", "--password"],
    &["exempt", "ada"],
    &["end-exemption", "ada"],
    &["require", "ada"],
    &["end-requirement", "ada"],
    &["devices", "revoke", "ada", "--all"],
    &["activation", "revoke", "00000000"],
    &["activation", "reissue", "00000000"],
    &["policy", "set", "digits=8"],
    &["policy", "profile", "pci"],
    &["audit", "prune", "--before", "2020-01-01"],
    &["keys", "rotate"],
];

#[test]
fn where_nobody_can_be_asked_nothing_is_done_without_yes() {
    let shop = Shop::sqlite();
    let before = shop.run(&["audit", "export", "--format", "json"]).done();
    for args in DESTRUCTIVE {
        let with_reason = [args, &["--reason", "x"][..]].concat();
        let refused = shop.fed(&with_reason, "yes\n").fails(3);
        assert_eq!(
            refused, "mfakit: not confirmed: say --yes where nobody can be asked\n",
            "{args:?}"
        );
        // Who acts and why is never left out.
        let refused = shop.run(&[args, &["--yes"][..]].concat()).fails(2);
        assert!(refused.contains("--reason"), "{refused}");
        let mut nobody = shop.command(&[args, &["--yes", "--reason", "x"][..]].concat());
        let refused = crate::shop::fed(nobody.env_remove("MFAKIT_ACTOR"), "").fails(2);
        assert!(refused.contains("--actor"), "{refused}");
    }
    let after = shop.run(&["audit", "export", "--format", "json"]).done();
    assert_eq!(before, after);
}

/// Runs a command before a person who sits at a terminal and answers this.
fn person(shop: &Shop, args: &[&str], answer: &str) -> (Exit, String, String) {
    let (mut input, mut output, mut errors) = (answer.as_bytes(), vec![], vec![]);
    let mut terminals = Terminals::default();
    (terminals.input, terminals.errors) = (true, true);
    let mut console = Console::new(&mut input, &mut output, &mut errors).with_terminals(terminals);
    let place = [
        ["--store", &shop.url],
        ["--keyring", &shop.keyring],
        ["--tenant", "acme"],
        ["--actor", "root"],
        ["--reason", "as asked"],
    ];
    let args = [&["mfakit"], args, place.as_flattened()].concat();
    let exit = run(args, &mut console);
    drop(console);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (exit, text(output), text(errors))
}

#[test]
fn a_person_is_asked_and_only_yes_is_yes() {
    let shop = Shop::sqlite();
    for answer in [
        "",
        "\n",
        "y\n",
        "no\n",
        "yes, of course\n",
        "yesyesyesyesyesyesyesyes\n",
    ] {
        let (exit, output, errors) = person(&shop, &["reset", "ada"], answer);
        assert_eq!(exit, Exit::NOT_CONFIRMED, "{answer}");
        assert_eq!(output, "");
        assert_eq!(
            errors,
            "Remove all factors of ada in acme? Type `yes`: mfakit: not confirmed\n"
        );
    }
    let (exit, output, _) = person(&shop, &["reset", "ada"], "yes\n");
    assert_eq!(exit, Exit::DONE);
    assert_eq!(output, "ada has no factors any more; setup starts anew.\n");
}

#[test]
fn progress_is_for_people_alone() {
    let shop = Shop::sqlite();
    for number in 0..149 {
        let account = format!("person-{number}");
        shop.act(&["require", &account]).done();
    }
    let next = || {
        let key = shop.run(&["keys", "add", "--json"]).json();
        let key = key["key"].to_string();
        shop.run(&["keys", "activate", &key, "--yes"]).done();
    };
    next();
    let (exit, output, errors) = person(&shop, &["keys", "rotate", "--yes"], "");
    assert_eq!(exit, Exit::DONE);
    assert_eq!(output, "acme: 150 sealed anew, 0 failed, 0 left.\n");
    assert_eq!(
        errors,
        "\r[####################..........] 100 of 150\r[##############################] 150 of 150\n"
    );
    // Where nobody sits, nothing is written beside the output.
    next();
    let output = shop.act(&["keys", "rotate"]).done();
    assert_eq!(output, "acme: 150 sealed anew, 0 failed, 0 left.\n");
}

#[test]
fn the_program_describes_itself_and_each_of_its_commands() {
    let run = |args: &[&str]| Command::new(PROGRAM).args(args).output().unwrap();
    let help = run(&["--help"]);
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(
        help.contains("Exit codes:\n  0    done, or yes\n"),
        "{help}"
    );
    for args in DESTRUCTIVE.iter().map(|args| &args[..1]) {
        let help = run(&[args, &["--help"]].concat());
        assert!(help.status.success(), "{args:?}");
    }
    assert_eq!(run(&[]).status.code(), Some(2));
    assert_eq!(run(&["nonsense"]).status.code(), Some(2));
    assert!(run(&["--version"]).status.success());
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]);
        assert!(script.status.success());
        let script = String::from_utf8(script.stdout).unwrap();
        assert!(script.contains("end-exemption"), "{shell}");
        if shell == "bash" {
            let syntax = Command::new("bash")
                .args(["-n", "-c", &script])
                .output()
                .unwrap();
            assert!(syntax.status.success() && syntax.stderr.is_empty());
        }
    }
}
