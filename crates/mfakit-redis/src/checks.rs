//! What is asked of a server before a store works on it.

use alloc::sync::Arc;
use std::collections::HashMap;

use redis::Value;
use tokio::time::Instant;

use crate::{
    OpenError,
    error::{CallError, Failure},
    link::Link,
};

/// What a server says of itself.
pub(crate) struct Info(HashMap<String, String>);

impl Info {
    pub(crate) async fn ask(link: &Link, end: Option<Instant>) -> Result<Self, OpenError> {
        let text = match one(link, &["INFO"], end).await? {
            Value::BulkString(text) => String::from_utf8_lossy(&text).into_owned(),
            Value::VerbatimString { text, .. } => text,
            _ => String::new(),
        };
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        Ok(Self(
            lines
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        ))
    }

    fn says(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether the server is part of a cluster.
    pub(crate) fn is_cluster(&self) -> bool {
        self.says("redis_mode") == "cluster"
    }

    /// Refuses a server that is too old, or a replica.
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let version = self.says("redis_version");
        let major = version
            .split('.')
            .next()
            .and_then(|major| major.parse::<u32>().ok());
        if major.is_none_or(|major| major < OLDEST) {
            return Err(OpenError::TooOld {
                found: version.into(),
            });
        }
        if self.says("role") != "master" {
            return Err(OpenError::Replica);
        }
        Ok(())
    }
}

/// Refuses a server that would lose commits, or throw them away when memory is full.
pub(crate) async fn check_durable(
    link: &Link,
    info: &Info,
    end: Option<Instant>,
) -> Result<(), OpenError> {
    let refuse = |setting, found: Option<&str>, needed| {
        Err(OpenError::NotDurable {
            setting,
            found: found.map(Into::into),
            needed,
        })
    };
    // Keys of ours have no time to live, so what evicts only those that have one leaves them alone.
    let policy = info.says("maxmemory_policy");
    if policy != "noeviction" && !policy.starts_with("volatile-") {
        return refuse("maxmemory-policy", Some(policy), "noeviction");
    }
    if info.says("aof_enabled") != "1" {
        return refuse("appendonly", Some("no"), "yes");
    }
    let words = [
        "CONFIG",
        "GET",
        "appendfsync",
        "no-appendfsync-on-rewrite",
        "replica-read-only",
    ];
    // Those who run servers for others often forbid the command.
    let settings: HashMap<String, String> = match one(link, &words, end).await {
        Ok(value) => redis::from_redis_value(value).unwrap_or_default(),
        Err(Failure::Answer(_)) => HashMap::new(),
        Err(failure) => return Err(failure.into()),
    };
    for (setting, needed) in [
        ("appendfsync", "always"),
        ("no-appendfsync-on-rewrite", "no"),
    ] {
        let found = settings.get(setting).map(String::as_str);
        if found != Some(needed) {
            return refuse(setting, found, needed);
        }
    }
    if settings
        .get("replica-read-only")
        .is_some_and(|found| found != "yes")
    {
        return Err(OpenError::WritableReplicas);
    }
    Ok(())
}

/// The answer to one command.
async fn one(link: &Link, words: &[&str], end: Option<Instant>) -> Result<Value, Failure> {
    let mut command = redis::Cmd::new();
    command.arg(words);
    match link.send(&[Arc::new(command)], end).await?.pop() {
        Some(Value::ServerError(error)) => Err(Failure::Answer(error)),
        Some(value) => Ok(value),
        None => Err(Failure::Lost(CallError::TimedOut)),
    }
}

/// The first with scripts that say what they do, and that refuse to begin when memory is full.
const OLDEST: u32 = 7;
