"""``python -m mfakit`` is the command line, on the streams of the process and with its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import mfakit
import pytest
from conftest import BY, NOW, ROOT, Person

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
MODULE = [sys.executable, "-m", "mfakit"]
# What pip makes of the entry point, beside the interpreter.
SCRIPT = [str(Path(sys.executable).parent / "mfakit")]


def run(*arguments: object, command: list[str] = MODULE, given: str = "", **variables: object):
    """Runs a command in a process of its own."""
    environment = {**os.environ, **{name: str(value) for name, value in variables.items()}}
    return subprocess.run(
        [*command, *map(str, arguments)], input=given, capture_output=True, text=True, timeout=120, env=environment
    )


def written_by_python(folder: Path) -> dict[str, str]:
    """A store with a tenant and its keyring in this folder, and what tells the command line where they are."""
    keys, path = folder / "mfa.keyring", folder / "mfa.db"
    clock = mfakit.ManualClock(NOW)
    engine = mfakit.Engine(mfakit.SqliteStore(path), mfakit.Keyring.open_or_create(keys), clock=clock)
    engine.create_tenant("acme", mfakit.Policy("Acme"), by=BY)
    return {
        "MFAKIT_STORE": f"sqlite:{path}",
        "MFAKIT_KEYRING": str(keys),
        "MFAKIT_TENANT": "acme",
        "MFAKIT_ACTOR": "grace",
    }


@pytest.mark.parametrize("command", [MODULE, SCRIPT])
def test_a_code(command):
    """From standard input to standard output, for people and for programs."""
    ended = run("code", "--digits", 8, "--at", "@59", command=command, given=f"{SECRET}\n")
    assert (ended.stdout, ended.stderr, ended.returncode) == ("94287082\n", "", 0)
    ended = run("--json", "code", "--at", "@59", command=command, given=f"{SECRET}\n")
    assert json.loads(ended.stdout) == {"code": "287082", "remaining_seconds": 1, "time_step": 1}


def test_the_readme_is_right(tmp_path):
    """Each command ends well and says what is shown, beside the store that Python wrote."""
    written_by_python(tmp_path)
    section = (ROOT / "bindings/python/README.md").read_text().split("## On the command line\n")[1].split("\n## ")[0]
    block = section.split("```console\n")[1].split("```")[0]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    commands = [command.split("\n", 1) for command in block.removeprefix("$ ").split("\n$ ")]
    assert len(commands) == 2
    for command, shown in commands:
        ended = subprocess.run(
            ["sh", "-c", command], capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PATH": path}
        )
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.startswith(shown)


def test_exit_codes(tmp_path):
    """Each of the guide's that a process of its own can come to."""
    right, wrong = f"{SECRET}\n287082\n", f"{SECRET}\n000000\n"
    store = ("--store", f"sqlite:{tmp_path}/mfa.db", "--keyring", tmp_path / "mfa.keyring")
    assert run("verify", "--at", "@59", given=right).returncode == 0
    assert run("verify", "--at", "@59", given=wrong).returncode == 1
    assert run("code", "--no-such-option").returncode == 2
    assert run("code", given="not a secret!\n").returncode == 2
    ended = run("tenant", "list", *store)
    assert ended.returncode == 4
    assert ended.stderr.startswith("mfakit: ")
    assert "Traceback" not in ended.stderr
    ended = run("--json", "code", "--secret-file", tmp_path / "nowhere")
    assert ended.returncode == 6
    assert json.loads(ended.stderr)["error"] == "input_output"


def test_it_says_how_it_was_called():
    """What is shown can be typed again."""
    for command, name in ((MODULE, "python -m mfakit"), (SCRIPT, "mfakit")):
        ended = run("code", "--help", command=command)
        assert ended.returncode == 0
        assert f"Usage: {name} code" in ended.stdout
        assert run("--version", command=command).stdout.split()[-1] == mfakit.__version__


def test_an_output_that_nobody_reads():
    """As the program of its own ends."""
    process = subprocess.Popen([*MODULE, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(60) == 141


def test_ctrl_c_ends_it(tmp_path):
    """A real SIGINT while it follows an audit trail; no traceback."""
    place = written_by_python(tmp_path)
    process = subprocess.Popen(
        [*MODULE, "audit", "show", "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **place},
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "mfakit: following; interrupt to end\n"
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=60)
    assert (said, errors, process.returncode) == ("", "", -signal.SIGINT)


def test_a_store_that_python_wrote(tmp_path):
    """The administration sees and changes what the engine stored, and the engine sees it."""
    place = written_by_python(tmp_path)
    # The command line goes by the system's clock.
    clock = mfakit.ManualClock(int(time.time()) - 600)
    store = mfakit.SqliteStore(tmp_path / "mfa.db")
    mfa = mfakit.Engine(store, mfakit.Keyring.open(tmp_path / "mfa.keyring"), clock=clock).tenant("acme")
    person = Person(mfa, "anna", clock)
    assertion = person.set_up()
    (status,) = [json.loads(line) for line in run("--json", "status", "anna", **place).stdout.splitlines()]
    assert (status["account"], status["backup_codes_left"]) == ("anna", 10)
    asked = run("reset", "anna", "--reason", "lost phone", **place)
    assert (asked.returncode, asked.stdout) == (3, "")
    mfa.check_assertion(assertion)
    ended = run("reset", "anna", "--reason", "lost phone", "--yes", **place)
    assert (ended.returncode, ended.stderr) == (0, "")
    clock.advance(600)
    with pytest.raises(mfakit.VoidError) as raised:
        mfa.check_assertion(assertion)
    assert raised.value.code == "void_superseded"
    assert isinstance(person.sign_in(), mfakit.Setup)
    (event,) = [it.event for it in mfa.events().entries if it.event.kind == "reset"]
    assert (event.actor, event.reason) == ("grace", "lost phone")
    assert run("audit", "verify", "--all", **place).returncode == 0


def test_arguments_that_are_no_text(tmp_path):
    """Bytes of a path reach it as they are."""
    path = os.fsencode(tmp_path) + b"/\xff"
    Path(os.fsdecode(path)).write_text(f"{SECRET}\n")
    ended = subprocess.run([*MODULE, "code", "--at", "@59", "--secret-file", path], capture_output=True, timeout=120)
    assert ended.stdout == b"287082\n"
