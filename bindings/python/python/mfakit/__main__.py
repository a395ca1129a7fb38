"""The command line: ``python -m mfakit``, and ``mfakit`` among the scripts of the environment."""

from __future__ import annotations

import signal
import sys

from ._mfakit import command_line


def main() -> int:
    """Runs what the arguments of the process ask for, and answers its exit code."""
    # Ctrl-C ends it wherever it is, without a traceback, as any other program; who started it may have it ignored.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    program, *arguments = sys.argv
    if program.endswith("__main__.py"):
        program = "python -m mfakit"
    return command_line([program, *arguments])


if __name__ == "__main__":
    sys.exit(main())
