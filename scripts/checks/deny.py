"""cargo-deny: bans, licences and sources, by the rules in deny.toml."""

from .tools import tool
from .tree import run

VERSION = "0.20.2"


def deny(report):
    """cargo-deny finds nothing against the bans, licences and sources of deny.toml"""
    cargo_deny = tool(report, "cargo-deny", VERSION, takes="about two minutes of two cores")
    run(cargo_deny, "--locked", "--all-features", "check", "bans", "licenses", "sources")
