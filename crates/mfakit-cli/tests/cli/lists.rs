//! Lists: long ones, and ones that nobody reads to the end.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::Stdio,
};

use mfakit::{AccountId, Administrator};
use serde_json::json;

use crate::shop::Shop;

fn crowd(shop: &Shop, people: u32) {
    let (_runtime, tenant) = shop.application();
    let by = Administrator::new("root", "a crowd").unwrap();
    for number in 0..people {
        let id = AccountId::new(format!("person-{number:05}")).unwrap();
        let _ = tenant.require(&id, &by).unwrap();
    }
}

#[test]
fn a_long_list_has_everybody_once() {
    let shop = Shop::sqlite();
    crowd(&shop, 1_234);
    let list = shop.run(&["list", "--json"]).lines();
    let names: Vec<&str> = list
        .iter()
        .map(|it| it["account"].as_str().unwrap())
        .collect();
    let expected: Vec<String> = (0..1_234).map(|it| format!("person-{it:05}")).collect();
    assert_eq!(names, expected);
    let table = shop.run(&["list", "--state", "overdue"]).done();
    assert_eq!(table.lines().count(), 1_235);
    assert_eq!(table.matches("ACCOUNT").count(), 1);
    let widths: Vec<usize> = table
        .lines()
        .map(|line| line.find("0 ").unwrap_or(0))
        .collect();
    assert!(widths.iter().skip(1).all(|it| *it > 0));
    let none = shop.run(&["list", "--state", "hard_locked"]).done();
    assert_eq!(none, "No account.\n");
    let count = shop.run(&["list", "--count", "--json"]).json();
    assert_eq!(
        (&count["accounts"], &count["overdue"]),
        (&json!(1_234), &json!(1_234))
    );
    let refused = shop.run(&["list", "--state", "happy"]).fails(2);
    assert!(
        refused.contains("the states are not_set_up, set_up,"),
        "{refused}"
    );
}

#[test]
fn a_broken_pipe_is_quiet() {
    let shop = Shop::sqlite();
    crowd(&shop, 1_000);
    for args in [
        &["list"][..],
        &["list", "--json"],
        &["audit", "export", "--format", "csv"],
        &["completions", "bash"],
        &["help"],
    ] {
        let mut child = shop
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One line is read of some, of others nothing at all.
        let mut out = BufReader::with_capacity(16, child.stdout.take().unwrap());
        if args[0] == "list" {
            out.read_line(&mut String::new()).unwrap();
        }
        drop(out);
        let mut err = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        assert_eq!(err, "", "{args:?}");
        let code = child.wait().unwrap().code().unwrap();
        // What fits into the pipe may have been written before its end was noticed.
        assert!(
            code == 141 || (code == 0 && args[0] == "help"),
            "{args:?}: {code}"
        );
    }
}
