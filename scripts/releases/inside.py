"""What is inside of the files that others download: all that belongs there, and nothing of this machine."""

import re
import tarfile
import zipfile
from pathlib import Path

from checks.tree import ROOT, Problem

from .building import cargo_home

LICENCES = ("LICENSE-APACHE", "LICENSE-MIT")
# For each kind of file, what must be in it: how a path begins, or behind a slash, something further down.
NEEDED = {
    "crate": ("Cargo.toml", "README.md", "src/", *LICENCES),
    "sdist": ("PKG-INFO", "README.md", "Cargo.lock", "pyproject.toml", "crates/", *LICENCES),
    "wheel": ("mfakit/py.typed", "mfakit/_mfakit", "/METADATA", "/sboms/mfakit-python.cdx.json", *(f"/licenses/{name}" for name in LICENCES)),
    "npm": ("package.json", "README.md", *LICENCES),
    "list": (),
}
# Nothing of these names belongs into any, but for what cargo adds by itself (`Cargo.toml.orig`), and tests not into what is installed as it is.
UNWANTED = re.compile(
    r"(^|/)(\.git|target|node_modules|__pycache__|\.env[^/]*|\.npmrc|\.pypirc)(/|$)"
    r"|\.(pyc|pem|key|keys|keyring|log|rej|(db|sqlite\d?)(-wal|-shm|-journal)?)$|(?<!^Cargo\.toml)\.orig$"
)
TESTS = re.compile(r"(^|/)(tests?|django_tests|benches)/")
# A keyring of ours, a private key, and tokens of the registries and of where sources are hosted.
SECRETS = re.compile(
    rb"\Amfakit-keyring \d|\bkey \d+ [A-Z2-7]{40,} [A-Z2-7]{40}"
    rb"|-----BEGIN [A-Z ]*PRIVATE KEY-----\s+(Proc-Type:|DEK-Info:|[A-Za-z0-9+/]{16})"
    rb"|\bnpm_\w{36}\b|\bpypi-AgE\w{16}|\bcio[A-Za-z0-9]{32}\b|\bgh[opsur]_\w{36}\b|\bgithub_pat_\w{22}"
)


def look(files):
    """Looks into every file, and says how many there were; a `Problem` names what is wrong."""
    paths = sorted(path for path in files.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    here = [f"{place}/".encode() for place in (ROOT, cargo_home(), Path.home())]
    found = [f"{path.name}: {fault}" for path in paths for fault in faults(kind_of(path), contents(path), here)]
    if found:
        raise Problem("\n".join(found))
    return len(paths)


def kind_of(path):
    """What a file is, by its name."""
    kinds = {".crate": "crate", ".whl": "wheel", ".gz": "sdist", ".tgz": "npm", ".json": "list"}
    if path.suffix not in kinds:
        raise Problem(f"{path.name} is no file of a release")
    return kinds[path.suffix]


def contents(path):
    """What is in a file, bytes by path; the folder around everything is left out."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    if path.suffix == ".json":
        return {path.name: path.read_bytes()}
    with tarfile.open(path) as archive:
        members = [member for member in archive.getmembers() if not member.isdir()]
        return {member.name.partition("/")[2]: archive.extractfile(member).read() for member in members}


def faults(kind, inside, here):
    """What is wrong with a file that holds these bytes by path, made on a machine with these folders."""
    found = []
    for need in NEEDED[kind]:
        if not any(need in name if need[0] == "/" else name.startswith(need) for name in inside):
            found.append(f"`{need}` is missing")
    for name, content in inside.items():
        if UNWANTED.search(name) or (kind in ("wheel", "npm") and TESTS.search(name)):
            found.append(f"`{name}` does not belong there")
        found += [f"`{name}` names {place.decode()}" for place in here if place in content]
        if SECRETS.search(content):
            found.append(f"`{name}` holds a secret")
    return found
