//! The audit trail: shown, followed, exported, checked and pruned.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use serde_json::{Value, json};

use crate::shop::Shop;

#[test]
fn entries_are_shown_newest_first_and_filtered() {
    let shop = Shop::sqlite();
    shop.act(&["require", "ada"]).done();
    shop.act(&["require", "bob"]).done();
    shop.act(&["reset", "ada"]).done();
    let table = shop.run(&["audit", "show"]).done();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("WHEN "), "{table}");
    assert!(
        lines[1].contains("All factors were removed; setup starts anew."),
        "{table}"
    );
    assert!(lines[1].ends_with("root: as asked"), "{table}");
    assert_eq!(lines.len(), 5);

    let events = |args: &[&str]| {
        let args = [&["audit", "show", "--json"][..], args].concat();
        shop.run(&args).lines()
    };
    assert_eq!(events(&["--limit", "2"]).len(), 2);
    assert_eq!(events(&["--limit", "0"]).len(), 0);
    assert_eq!(events(&["--account", "ada"]).len(), 2);
    let one = events(&["--account", "ada", "--event", "reset"]);
    assert_eq!(one.len(), 1);
    assert_eq!(one[0]["actor"], json!("root"));
    assert_eq!(one[0]["reason"], json!("as asked"));
    assert_eq!(one[0]["fields"], json!({}));
    assert_eq!(
        shop.run(&["audit", "show", "--event", "none"]).done(),
        "No event.\n"
    );
}

#[test]
fn following_shows_what_happens_from_then_on() {
    let shop = Shop::sqlite();
    shop.act(&["require", "ada"]).done();
    let mut child = shop
        .command(&["audit", "show", "--follow", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut beside = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    beside.read_line(&mut line).unwrap();
    assert_eq!(line, "mfakit: following; interrupt to end\n");
    shop.act(&["reset", "bob"]).done();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    line.clear();
    out.read_line(&mut line).unwrap();
    let event: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&event["event"], &event["account"]),
        (&json!("reset"), &json!("bob"))
    );
    // When nobody reads any more, it ends by itself and says nothing.
    drop(out);
    shop.act(&["reset", "bob"]).done();
    assert_eq!(child.wait().unwrap().code(), Some(141));
    line.clear();
    beside.read_line(&mut line).unwrap();
    assert_eq!(line, "");
}

#[test]
fn an_export_has_every_event_and_no_formula() {
    let shop = Shop::sqlite();
    for number in 0..120 {
        let account = format!("=cmd|{number}");
        shop.act(&["require", &account]).done();
    }
    let json = shop.run(&["audit", "export", "--format", "json"]).lines();
    assert_eq!(json.len(), 121);
    assert_eq!(json[0]["event"], json!("tenant_created"));
    let positions: Vec<i64> = json
        .iter()
        .map(|it| it["position"].as_i64().unwrap())
        .collect();
    assert!(positions.is_sorted());

    let path = shop.folder.path().join("trail.csv");
    let path = path.to_str().unwrap();
    let args = ["audit", "export", "--format", "csv", "--output", path];
    assert_eq!(shop.run(&args).done(), "");
    let csv = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 122);
    assert_eq!(
        lines[0],
        "position,id,at,account,activation,event,fields,text,actor,reason,fault"
    );
    assert!(
        lines[2].contains(",'=cmd|0,,requirement_set,{},"),
        "{}",
        lines[2]
    );
    assert!(lines[2].ends_with(",root,as asked,"), "{}", lines[2]);
    assert_eq!(shop.run(&args).code, 6);
    assert_eq!(shop.run(&[&args[..], &["--force"]].concat()).code, 0);
    let printed = shop.run(&["audit", "export", "--format", "csv"]).done();
    assert_eq!(printed, csv);
}

#[test]
fn a_trail_from_which_an_event_is_gone_is_not_whole() {
    let shop = Shop::sqlite();
    for _ in 0..3 {
        shop.act(&["reset", "ada"]).done();
    }
    let verify = |args: &[&str]| shop.run(&[&["audit", "verify"][..], args].concat());
    assert_eq!(
        verify(&["--account", "ada"]).done(),
        "The trail is whole: 3 events.\n"
    );
    assert_eq!(
        verify(&["--policy"]).done(),
        "The trail is whole: 1 events.\n"
    );
    let whole = verify(&["--all", "--json"]).json();
    assert_eq!(whole, json!({ "whole": 3, "broken": 0, "events": 4 }));

    let database = rusqlite::Connection::open(shop.folder.path().join("mfa.db")).unwrap();
    let gone = database
        .execute("DELETE FROM events WHERE sequence = 2", [])
        .unwrap();
    assert_eq!(gone, 1);
    let out = verify(&["--account", "ada"]).no();
    assert!(out.starts_with("account of ada: event "), "{out}");
    let out = verify(&["--all"]).no();
    assert_eq!(
        out.lines().last(),
        Some("2 trails with 1 events are whole, 1 are not.")
    );
    let out = verify(&["--account", "ada", "--json"]).no();
    let out: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&out["subject"], &out["id"]),
        (&json!("account"), &json!("ada"))
    );
    assert!(out["outcome"] == json!("broken") || out["outcome"] == json!("incomplete"));
    assert_eq!(verify(&[]).code, 2);
    assert_eq!(verify(&["--policy", "--all"]).code, 2);
}

#[test]
fn only_old_events_are_pruned() {
    let shop = Shop::sqlite();
    let refused = shop
        .act(&["audit", "prune", "--before", "2999-01-01"])
        .fails(2);
    assert!(!refused.is_empty());
    let out = shop
        .act(&["audit", "prune", "--before", "2020-01-01", "--json"])
        .json();
    assert_eq!(out["outcome"], json!("pruned"));
    assert_eq!(out["events"], json!(0));
}
