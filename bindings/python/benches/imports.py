"""How long `import mfakit` takes: fresh processes that import it and fresh ones that do not, in turns.

    python3 bench.py imports    runs this

What is printed is the wall time in milliseconds of a process that imports the package less that of one that does
nothing, both the best of the turns, and the same of the medians. The files are in the page cache and the bytecode is
written before, as it is when pip has installed a package.
"""

from __future__ import annotations

import subprocess
import sys
import time

from support import ONCE, spread

TURNS = 1 if ONCE else 60
PROGRAMS = {"nothing": "pass", "mfakit": "import mfakit", "pyotp": "import pyotp", "libpass": "import passlib.totp"}


def milliseconds(program: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return (time.perf_counter() - started) * 1e3


for program in PROGRAMS.values():
    milliseconds(program)
took: dict[str, list[float]] = {name: [] for name in PROGRAMS}
for _ in range(TURNS):
    for name, program in PROGRAMS.items():
        took[name].append(milliseconds(program))
bare = took.pop("nothing")
for name, each in took.items():
    medians = spread(each).median - spread(bare).median
    print(f"import {name}: best {min(each) - min(bare):.1f} ms, median {medians:.1f} ms, over a bare interpreter")
print(f"a bare interpreter: best {min(bare):.1f} ms, median {spread(bare).median:.1f} ms")
