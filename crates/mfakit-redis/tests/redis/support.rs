//! Short ways to open.

use core::time::Duration;
use std::sync::LazyLock;

use mfakit_redis::{KeyPrefix, RedisOptions, RedisStore};
use redis::{Client, FromRedisValue};

use crate::server::shared_redis;

/// The runtime of all connections. Tests wait for it, and never run on it.
pub(crate) static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
});

/// Runs a future in the runtime.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

pub(crate) fn client(url: &str) -> Client {
    Client::open(url).unwrap()
}

/// A store on a server, with the usual keys. A machine may be held up for longer than the usual patience.
pub(crate) fn open(url: &str) -> RedisStore {
    let options = RedisOptions::new().patience(Duration::from_secs(1_800));
    run(options.open(client(url))).unwrap()
}

/// A store on the shared server whose keys begin with a name of their own, and that name.
pub(crate) fn fresh(name: &str) -> (RedisStore, String) {
    let name = format!("{name}-{}", std::process::id());
    let options = RedisOptions::new().prefix(KeyPrefix::new(&name).unwrap());
    (run(options.open(client(&shared_redis()))).unwrap(), name)
}

/// Sends a command over a connection of its own.
pub(crate) fn ask<T: FromRedisValue>(url: &str, words: &[&[u8]]) -> T {
    let mut connection = client(url).get_connection().unwrap();
    let mut command = redis::Cmd::new();
    for word in words {
        command.arg(*word);
    }
    command.query(&mut connection).unwrap()
}

/// Makes a user with these rights on the keys of the store, and gives the address under which it signs in.
pub(crate) fn user(url: &str, rights: &str) -> String {
    let rights = format!("ACL SETUSER app on >secret resetkeys ~mfakit:* {rights}");
    let words: Vec<_> = rights.split_ascii_whitespace().map(str::as_bytes).collect();
    ask::<String>(url, &words);
    match url.strip_prefix("redis://") {
        Some(address) => format!("redis://app:secret@{address}"),
        None => format!("{url}?user=app&pass=secret"),
    }
}

/// All that the guide asks for.
pub(crate) const RIGHTS: &str = "-@all +evalsha +script|load +info +config|get +hget +hset +hkeys +zadd +zrem +zrange \
    +zcard +zlexcount +zremrangebyscore +get +set +time";
