"""Threads, signals and forks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter

import mfakit
import pytest
from conftest import BY, NOW, make_engine, make_world, open_store
from dict_store import DictStore


@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres", "redis", "python"])
def test_one_of_sixteen_threads_wins(kind, tmp_path):
    """Invariant: of parallel uses of one code one is accepted, round after round."""
    store = DictStore() if kind == "python" else open_store(kind, tmp_path)
    world = make_world(store, f"threads-{kind}-{id(store)}", free_replays=5)
    for _ in range(5):
        tickets = [world.person.challenge().ticket for _ in range(16)]
        code, ended, barrier = world.person.code(), Counter(), threading.Barrier(16)

        def use(ticket, code=code, ended=ended, barrier=barrier):
            barrier.wait()
            try:
                world.mfa.verify(ticket, code)
                ended["verified"] += 1
            except mfakit.MfaError as error:
                ended[error.code] += 1

        threads = [threading.Thread(target=use, args=(ticket,)) for ticket in tickets]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ended["verified"] == 1
        assert sum(ended.values()) == 16
        world.clock.advance(3_600)
        verified = world.mfa.verify(world.person.challenge().ticket, world.person.code())
        world.mfa.check_assertion(verified.assertion)
        world.clock.advance(60)


def test_other_threads_run_while_a_call_waits():
    """The lock of the interpreter is not held: a thread counts while another waits for a lock in a call."""
    held, entered = threading.Event(), threading.Event()

    class Slow(DictStore):
        def load(self, keys):
            entered.set()
            held.wait()
            return super().load(keys)

    store = Slow()
    engine = make_engine(store, mfakit.ManualClock(NOW))
    thread = threading.Thread(target=engine.create_tenant, args=("acme", mfakit.Policy("Acme")), kwargs={"by": BY})
    thread.start()
    assert entered.wait(60)
    # The same line is taken: this call waits in the library, and that one in Python.
    second = threading.Thread(target=engine.create_tenant, args=("acme", mfakit.Policy("Acme")), kwargs={"by": BY})
    second.start()
    assert sum(range(10_000)) == 49_995_000
    held.set()
    thread.join()
    second.join()


@pytest.mark.parametrize("what", ["a hash", "a file", "a database", "a server"])
def test_the_lock_is_let_go(what, tmp_path):
    """No thread takes the interpreter from another here but one that lets it go: in a call of ours, or nowhere."""
    store = open_store({"a server": "redis", "a database": "postgres"}.get(what, "sqlite"), tmp_path)
    world = make_world(store, f"lock-{id(store)}", lock_after_failures=10)
    unused = world.person.backup_codes[0]
    wrong = unused[:-1] + ("7" if unused[-1] != "7" else "8")
    ticket = world.person.challenge().ticket
    mfakit.Keyring.open_or_create(tmp_path / "mfa.keyring")

    def call():
        if what == "a hash":
            with pytest.raises(mfakit.RefusedError):
                world.mfa.verify(ticket, wrong)
        elif what == "a file":
            mfakit.Keyring.open(tmp_path / "mfa.keyring")
        else:
            world.mfa.policy()

    go, ran = threading.Event(), []
    thread = threading.Thread(target=lambda: (go.wait(), ran.append(True)))
    thread.start()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1_000)
    try:
        go.set()
        # Whether it is awake in so short a time is up to the machine.
        tries = next((number for number in range(20_000) if call() or ran), None)
    finally:
        sys.setswitchinterval(before)
        thread.join()
    assert tries is not None


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a program in a process of its own."""
    return subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore::DeprecationWarning",
            "-c",
            textwrap.dedent(program),
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_ctrl_c_ends_a_call_that_waits():
    """A real SIGINT, while the library waits for a store of coroutines that does not answer."""
    program = """
        import asyncio, sys, mfakit
        from dict_store import AsyncDictStore

        class Silent(AsyncDictStore):
            async def load(self, keys):
                print("waits", flush=True)
                await asyncio.sleep(1_000)

        engine = mfakit.Engine(Silent(), mfakit.Keyring.generate())
        try:
            engine.tenant("acme").policy()
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*sys.path, os.path.dirname(__file__)]),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waits\n"
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert (said, process.returncode) == ("interrupted\n", 0)


def test_ctrl_c_goes_through_a_store_in_python():
    """It is raised in whoever waits, and is no failure of the store."""
    store = DictStore()
    world = make_world(store)

    def load(_):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)

    store.load = load
    with pytest.raises(KeyboardInterrupt):
        world.mfa.policy()


def test_a_forked_child_is_refused():
    """It is told so at once, by calls, and by opening another; one-time passwords work, and it ends as any other."""
    program = """
        import os, sys, mfakit
        by = mfakit.Administrator("root", "a test")
        engine = mfakit.Engine(mfakit.SqliteStore(sys.argv[1]), mfakit.Keyring.generate())
        engine.create_tenant("acme", mfakit.Policy("Acme"), by=by)
        child = os.fork()
        if child == 0:
            said = []
            for refused in (
                lambda: engine.tenant("acme").policy(),
                lambda: engine.tenants(),
                lambda: mfakit.MemoryStore(),
                lambda: mfakit.Engine(mfakit.MemoryStore(), mfakit.Keyring.generate()),
            ):
                try:
                    refused()
                    said.append("no error")
                except mfakit.ForkedError as error:
                    said.append(error.code)
            totp = mfakit.TOTP(mfakit.Secret.generate())
            said.append(str(bool(totp.verify(totp.generate()))))
            print(*said, flush=True)
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        print(engine.tenants(), os.waitstatus_to_exitcode(status))
    """
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        ended = run(program, os.path.join(folder, "mfa.db"))
    assert ended.stdout == "misuse_forked " * 4 + "True\n('acme',) 0\n", ended.stderr


def test_a_child_forked_before_opens_its_own():
    """What prefork servers do."""
    program = """
        import os, sys, mfakit
        child = os.fork()
        if child == 0:
            engine = mfakit.Engine(mfakit.MemoryStore(), mfakit.Keyring.generate())
            print(engine.tenants(), flush=True)
            os._exit(0)
        os.waitpid(child, 0)
    """
    ended = run(program)
    assert ended.stdout == "()\n", ended.stderr


def test_the_end_of_the_interpreter_is_quiet():
    """With calls under way in other threads and on the runtime."""
    program = """
        import asyncio, threading, mfakit
        by = mfakit.Administrator("root", "a test")
        keys = mfakit.Keyring.generate()
        store = mfakit.MemoryStore()
        mfakit.Engine(store, keys).create_tenant("acme", mfakit.Policy("Acme"), by=by)
        mfa = mfakit.Engine(store, keys).tenant("acme")

        def work():
            while True:
                mfa.begin_decoy()

        threading.Thread(target=work, daemon=True).start()

        async def main():
            waiting = mfakit.AsyncEngine(store, keys).tenant("acme")
            asyncio.ensure_future(waiting.count_accounts())
            await waiting.policy()

        asyncio.run(main())
        print("done")
    """
    ended = run(program)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("done\n", "", 0)


def test_two_processes_on_one_file(tmp_path):
    """One code, presented in both at once: one accepts it, and both see the same afterwards."""
    world = make_world(open_store("sqlite", tmp_path), free_replays=5)
    keys = tmp_path / "mfa.keyring"
    keys.write_text(world.keyring.danger_export())
    keys.chmod(0o600)
    program = """
        import sys, mfakit
        path, keys, now, ticket, code = sys.argv[1:]
        engine = mfakit.Engine(mfakit.SqliteStore(path), mfakit.Keyring.open(keys), clock=mfakit.ManualClock(int(now)))
        print("ready", flush=True)
        input()
        try:
            engine.tenant("acme").verify(ticket, code)
            print("verified")
        except mfakit.CodeReplayedError as error:
            print(error.code)
    """
    for _ in range(5):
        code, said = world.person.code(), []
        processes = []
        for _ in range(2):
            ticket = world.person.challenge().ticket.reveal()
            arguments = [str(tmp_path / "mfa.db"), str(keys), str(world.clock.now()), ticket, code]
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-c", textwrap.dedent(program), *arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        for process in processes:
            output, _ = process.communicate(timeout=60)
            said.append(output.strip())
        assert sorted(said) == ["replayed_otp", "verified"]
        with pytest.raises(mfakit.CodeReplayedError):
            world.mfa.verify(world.person.challenge().ticket, code)
        world.clock.advance(3_600)
        world.mfa.verify(world.person.challenge().ticket, world.person.code())
        world.clock.advance(60)
