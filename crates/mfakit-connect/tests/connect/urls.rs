//! What is a URL of a store and what is not, and what it shows of itself.

use mfakit_connect::{Backend, StoreUrl, StoreUrlError, migrations};

use crate::support::parse;

#[test]
fn tells_the_kinds_apart() {
    for (url, backend) in [
        ("memory:", Backend::Memory),
        ("sqlite:mfa.db", Backend::Sqlite),
        ("sqlite:/var/lib/portal/mfa.db", Backend::Sqlite),
        ("mfa.db", Backend::Sqlite),
        ("/var/lib/portal/mfa.db", Backend::Sqlite),
        ("./with:colon", Backend::Sqlite),
        ("C:\\portal\\mfa.db", Backend::Sqlite),
        ("postgres://db/portal", Backend::Postgres),
        ("postgresql://db/portal", Backend::Postgres),
        ("postgres:///portal?host=/run/postgresql", Backend::Postgres),
        ("redis://localhost", Backend::Redis),
        ("redis://127.0.0.1:6380/2", Backend::Redis),
        ("redis://[::1]", Backend::Redis),
        ("redis://10.0.0.1?tls=disable", Backend::Redis),
        ("rediss://cache.example.org", Backend::Redis),
        (
            "rediss://u:p@cache/1?sslrootcert=x.pem&prefix=a",
            Backend::Redis,
        ),
        (
            "redis+unix:///run/redis.sock?db=1&whole_tenants=true",
            Backend::Redis,
        ),
    ] {
        assert_eq!(parse(url).backend(), backend, "{url}");
    }
    let names = [
        Backend::Memory,
        Backend::Sqlite,
        Backend::Postgres,
        Backend::Redis,
    ]
    .map(Backend::name);
    assert_eq!(names, ["memory", "sqlite", "postgres", "redis"]);
}

#[test]
fn refuses_what_is_none_and_says_why() {
    let parameter = |name, takes| StoreUrlError::Parameter { name, takes };
    for (url, error) in [
        ("", StoreUrlError::Empty),
        ("sqlite:", StoreUrlError::Empty),
        ("memory:x", StoreUrlError::Malformed),
        ("sqlite:///mfa.db", StoreUrlError::SqliteSlashes),
        (
            "mysql://db/x",
            StoreUrlError::UnknownScheme {
                scheme: "mysql".into(),
            },
        ),
        (
            "host=/run/postgresql dbname=portal",
            StoreUrlError::ConnectionString,
        ),
        ("postgres:portal", StoreUrlError::Malformed),
        ("postgres://db:port/portal", StoreUrlError::Malformed),
        ("postgres://u:p#w@db/portal", StoreUrlError::Malformed),
        // The driver would take what follows the first `@` for a host, and look for it on the network.
        ("postgres://u:p@w@db/portal", StoreUrlError::Malformed),
        ("postgres://u:p@w/x@db/portal", StoreUrlError::Malformed),
        ("postgres://[::1/portal", StoreUrlError::Malformed),
        ("postgres://%FF@db/portal", StoreUrlError::Malformed),
        (
            "postgres://db/portal?port=1&port=x",
            StoreUrlError::Malformed,
        ),
        ("postgres:///portal", StoreUrlError::NoHost),
        (
            "postgres:///portal?hostaddr=10.0.0.1",
            StoreUrlError::NoHost,
        ),
        ("postgres://db/p?host=/run/pg", StoreUrlError::MixedHosts),
        (
            "postgres:///p?host=/run/pg&hostaddr=10.0.0.1",
            StoreUrlError::MixedHosts,
        ),
        ("postgres://db/p?sslcert=x", StoreUrlError::UnknownParameter),
        ("postgres://db/p?schema", StoreUrlError::UnknownParameter),
        ("postgres://u:a?b@db/p", StoreUrlError::UnknownParameter),
        (
            "postgres://db/p?schema=a&schema=b",
            StoreUrlError::RepeatedParameter { name: "schema" },
        ),
        (
            "postgres://db/p?schema=a%20b",
            parameter("schema", "1 to 63 letters, digits and underscores"),
        ),
        (
            "postgres://db/p?schema=%ff",
            parameter("schema", "text in UTF-8"),
        ),
        (
            "postgres://db/p?pool_size=0",
            parameter("pool_size", "a number from 1 to 1000"),
        ),
        (
            "postgres://db/p?pool_size=1001",
            parameter("pool_size", "a number from 1 to 1000"),
        ),
        (
            "postgres://db/p?unnamed_statements=1",
            parameter("unnamed_statements", "`true` or `false`"),
        ),
        (
            "postgres://db/p?target_session_attrs=any",
            parameter(
                "target_session_attrs",
                "`read-write`, which is so in any case",
            ),
        ),
        (
            "postgres://db/p?sslmode=on",
            parameter("sslmode", "`verify-full`, `require` or `disable`"),
        ),
        (
            "postgres://db/p?sslrootcert=",
            parameter("sslrootcert", "the path of a PEM file, or `system`"),
        ),
        (
            "postgres://db/p?sslmode=disable&sslrootcert=x.pem",
            StoreUrlError::RootsWithoutTls,
        ),
        (
            "postgres://db/p?sslmode=prefer",
            StoreUrlError::WeakTls { mode: "prefer" },
        ),
        (
            "postgres://db/p?sslmode=allow",
            StoreUrlError::WeakTls { mode: "allow" },
        ),
        (
            "postgres://db/p?sslmode=verify-ca",
            StoreUrlError::WeakTls { mode: "verify-ca" },
        ),
        ("redis:cache", StoreUrlError::Malformed),
        ("redis://", StoreUrlError::Malformed),
        ("redis://cache/x", StoreUrlError::Malformed),
        // To the driver this is a certificate of anybody.
        ("rediss://cache#insecure", StoreUrlError::Malformed),
        ("rediss://cache?prefix=a#insecure", StoreUrlError::Malformed),
        ("redis://cache", StoreUrlError::PlainText),
        ("redis://localhost.example.org", StoreUrlError::PlainText),
        ("rediss://cache?tls=disable", StoreUrlError::RootsWithoutTls),
        (
            "redis://localhost?sslrootcert=x",
            StoreUrlError::RootsWithoutTls,
        ),
        ("redis://localhost?db=1", StoreUrlError::UnknownParameter),
        ("rediss://u:a?b@cache", StoreUrlError::UnknownParameter),
        (
            "rediss://cache?tls=off",
            parameter("tls", "`disable`; TLS is what `rediss:` says"),
        ),
        (
            "rediss://cache?prefix=a%7Bb",
            parameter("prefix", "1 to 64 letters, digits, and of `_-.:`"),
        ),
        (
            "rediss://cache?whole_tenants=yes",
            parameter("whole_tenants", "`true` or `false`"),
        ),
        (
            "rediss://cache?prefix=a&prefix=a",
            StoreUrlError::RepeatedParameter { name: "prefix" },
        ),
        // A weak mode is refused also where there is nothing to protect: the URL may be copied.
        (
            "postgres:///p?host=/run/pg&sslmode=prefer",
            StoreUrlError::WeakTls { mode: "prefer" },
        ),
    ] {
        assert_eq!(StoreUrl::parse(url).unwrap_err(), error, "{url}");
    }
}

#[test]
fn errors_are_one_line_in_plain_words() {
    for (url, text) in [
        ("", "the URL of the store is empty"),
        (
            "mysql:x",
            "no store goes by `mysql:`; there are `sqlite:PATH`, `postgres://...`, `rediss://...` and `memory:`",
        ),
        (
            "sqlite://x",
            "`sqlite://` is read in two ways; write `sqlite:PATH`, with a path as it is on this machine",
        ),
        (
            "user=x",
            "this is a connection string of PostgreSQL; write `postgres://USER@HOST/DATABASE`",
        ),
        (
            "postgres:x",
            "the URL of the store can't be read; in a password, `@`, `/`, `?`, `#` and `%` are written as `%40`, \
             `%2F`, `%3F`, `%23` and `%25`",
        ),
        (
            "postgres:///x",
            "the URL of the store names no host; a socket is one too, as in `?host=/run/postgresql`",
        ),
        (
            "postgres://a,/x?host=/b",
            "the URL of the store mixes sockets of this machine with hosts",
        ),
        (
            "postgres://a?b",
            "the URL of the store has a parameter that is not known; if it is part of a password, write `?` as `%3F`",
        ),
        (
            "postgres://a?schema=b&schema=c",
            "the URL of the store says `schema` twice",
        ),
        (
            "postgres://a?unnamed_statements=b",
            "`unnamed_statements` in the URL of the store takes `true` or `false`",
        ),
        (
            "postgres://a?sslmode=prefer",
            "`sslmode=prefer` keeps out nobody who sits between; say `verify-full`, with `sslrootcert` where the \
             server's certificate is not a public one, or `disable` to go without",
        ),
        (
            "postgres://a?sslmode=disable&sslrootcert=b",
            "the URL of the store says both that there is TLS, by `sslrootcert` or `rediss:`, and that there is none",
        ),
        (
            "redis://10.0.0.1",
            "`redis:` leads to another machine without TLS; say `rediss:`, or `tls=disable` to go without",
        ),
    ] {
        assert_eq!(StoreUrl::parse(url).unwrap_err().to_string(), text);
    }
    let not_built = StoreUrlError::NotBuilt { scheme: "sqlite" };
    assert_eq!(
        not_built.to_string(),
        "this program was built without `sqlite:`"
    );
}

#[test]
fn shows_where_and_neither_password_nor_parameters() {
    for (url, shown) in [
        ("mfa.db", "sqlite:mfa.db"),
        ("sqlite:a\u{1b}[31m\n.db", "sqlite:a\\u{1b}[31m\\n.db"),
        ("memory:", "memory:"),
        (
            "postgres://portal:hunter2@db.example.org/portal?application_name=hunter2",
            "postgres://portal@db.example.org:5432/portal",
        ),
        (
            "postgresql://a,b:5433/%1B%5B31m?password=hunter2&user=%0Ax",
            "postgres://\\nx@a:5432,b:5433/\\u{1b}[31m",
        ),
        (
            "postgres:///portal?host=/run/postgresql&options=-chunter2&port=6432",
            "postgres:///run/postgresql:6432/portal",
        ),
        (
            "rediss://portal:hunter2@cache.example.org?prefix=hunter2",
            "rediss://portal@cache.example.org:6379/0",
        ),
        (
            "redis+unix:///run/%1Bredis.sock?pass=hunter2",
            "redis+unix:///run/\\u{1b}redis.sock",
        ),
    ] {
        let url = parse(url);
        assert_eq!(url.to_string(), shown);
        assert_eq!(format!("{url:?}"), format!("StoreUrl({shown})"));
    }
}

#[test]
fn says_whether_there_is_a_password() {
    for (url, has) in [
        ("mfa.db", false),
        ("memory:", false),
        ("postgres://portal@db/portal", false),
        ("postgres://portal:hunter2@db/portal", true),
        ("postgres://portal@db/portal?password=hunter2", true),
        ("rediss://cache", false),
        ("rediss://portal:hunter2@cache", true),
        ("redis+unix:///run/redis.sock?pass=hunter2", true),
    ] {
        assert_eq!(parse(url).has_password(), has, "{url}");
    }
}

#[test]
fn no_error_shows_a_password() {
    const PASSWORD: &str = "hunter2";
    for url in [
        "hunter2",
        "postgres://u:hunter2",
        "postgres://u:hunter2@",
        "postgres://u:hunter2@db:x/p",
        "postgres://u:hunter2?x@db/p",
        "postgres://u:x?hunter2=1@db/p",
        "postgres://u:x/hunter2@db/p",
        "postgres://u:x@hunter2@db/p",
        "postgres://u:x@y/hunter2@db/p",
        "postgres://u:x#hunter2@db/p",
        "postgres://u:hunter2@db/p?nonsense=1",
        "postgres://u:hunter2@db/p?sslmode=hunter2",
        "postgres://u@db/p?password=hunter2&port=x",
        "postgres://db:hunter2/p",
        "postgres://db/p?connect_timeout=hunter2",
        "mysql://u:hunter2@db/p",
        "redis://u:hunter2@db/p",
        "redis://u:hunter2@db",
        "rediss://u:hunter2?x@db",
        "rediss://u:x?hunter2@db",
        "rediss://u:x#hunter2@db",
        "rediss://cache?prefix=%7Bhunter2",
        "user=u password=hunter2",
        "sqlite://hunter2",
        "memory:hunter2",
    ] {
        match StoreUrl::parse(url) {
            Err(error) => {
                assert!(!error.to_string().contains(PASSWORD), "{url}");
                assert!(!format!("{error:?}").contains(PASSWORD), "{url}");
            }
            // A word alone is a path.
            Ok(parsed) if parsed.path().is_none() => {
                assert!(!parsed.to_string().contains(PASSWORD), "{url}");
            }
            Ok(_) => {}
        }
    }
}

#[test]
fn migrations_are_those_of_the_schema_that_the_url_names() {
    let steps = migrations(&parse("postgres://db/portal?schema=second_factors"));
    assert_eq!(steps[0].number, 1);
    assert!(steps[0].sql.contains("\"second_factors\".documents"));
}
