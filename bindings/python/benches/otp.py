"""One code verified in a window of one step either way, beside other libraries, in one run.

    python3 bench.py otp        installs what it compares with, and runs this

Each side verifies the same right code and the same wrong one at the same time, and its answer is asserted before
anything is timed. `kept` keeps the object that the library makes of the secret; `from the secret` is given the secret
each time, in the form that the library stores it in. What is printed is the median of the rounds, in microseconds,
and the middle half of them.

`cryptography` checks one step and has no window, so that the window is three calls of its `verify`, the current step
first, until one does not raise. django-otp's is what its `TOTPDevice` runs, without the database: `django_otp.oath`.
"""

from __future__ import annotations

import base64
import importlib
import sys
import warnings
from collections.abc import Callable
from types import ModuleType

import mfakit
import pyotp
from cryptography.hazmat.primitives import hashes, twofactor
from cryptography.hazmat.primitives.twofactor.totp import TOTP as CryptographyTotp
from django_otp import oath
from support import Timed, table, timed

BASE32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
HEX = base64.b32decode(BASE32).hex()
AT = 1_800_000_000

Verify = Callable[[str], bool]


def passlib(version: str, folder: str | None = None) -> ModuleType:
    """`passlib.totp` of this version: two packages have the name, and one of them a folder of its own."""
    for name in [name for name in sys.modules if name.split(".")[0] == "passlib"]:
        del sys.modules[name]
    places = [folder] if folder else []
    sys.path[:0] = places
    try:
        with warnings.catch_warnings():
            # The old one uses what Python 3.13 no longer has.
            warnings.simplefilter("ignore", DeprecationWarning)
            assert importlib.import_module("passlib").__version__ == version
            return importlib.import_module("passlib.totp")
    finally:
        del sys.path[: len(places)]


def of_mfakit() -> tuple[Verify, Verify]:
    kept = mfakit.TOTP(BASE32)
    return (
        lambda code: kept.verify(code, at=AT) is not None,
        lambda code: mfakit.TOTP(BASE32).verify(code, at=AT) is not None,
    )


def of_pyotp() -> tuple[Verify, Verify]:
    kept = pyotp.TOTP(BASE32)
    return (
        lambda code: kept.verify(code, for_time=AT, valid_window=1),
        lambda code: pyotp.TOTP(BASE32).verify(code, for_time=AT, valid_window=1),
    )


def of_passlib(module: ModuleType) -> tuple[Verify, Verify]:
    totp = module.TOTP
    wrong = (module.InvalidTokenError,)

    def verify(it: object, code: str) -> bool:
        try:
            return bool(it.match(code, time=AT, window=30))  # type: ignore[attr-defined]
        except wrong:
            return False

    kept = totp(BASE32)
    return lambda code: verify(kept, code), lambda code: verify(totp(BASE32), code)


def of_django_otp() -> tuple[Verify, Verify]:
    def verify(totp: oath.TOTP, code: str) -> bool:
        totp.time, totp.drift = AT, 0  # a code that is right moves it
        return totp.verify(int(code), 1)

    kept = oath.TOTP(bytes.fromhex(HEX))
    return lambda code: verify(kept, code), lambda code: verify(oath.TOTP(bytes.fromhex(HEX)), code)


def of_cryptography() -> tuple[Verify, Verify]:
    def make() -> CryptographyTotp:
        return CryptographyTotp(base64.b32decode(BASE32), 6, hashes.SHA1(), 30)

    def verify(totp: CryptographyTotp, code: str) -> bool:
        typed = code.encode()
        for step in (0, -1, 1):
            try:
                totp.verify(typed, AT + 30 * step)
            except twofactor.InvalidToken:
                continue
            return True
        return False

    kept = make()
    return lambda code: verify(kept, code), lambda code: verify(make(), code)


def main(passlib_folder: str) -> None:
    sides = {
        "mfakit": of_mfakit(),
        "pyotp 2.12": of_pyotp(),
        "passlib 1.7": of_passlib(passlib("1.7.4", passlib_folder)),
        "libpass 1.9": of_passlib(passlib("1.9.4")),
        "django-otp 1.7": of_django_otp(),
        "cryptography 50": of_cryptography(),
    }
    right = mfakit.TOTP(BASE32).generate(at=AT)
    late, early = (mfakit.TOTP(BASE32).generate(at=AT + 30 * step) for step in (-1, 1))
    too_late = mfakit.TOTP(BASE32).generate(at=AT - 60)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    assert len({right, late, early, too_late, wrong}) == 5
    rows: list[list[object]] = []
    for place, way in enumerate(("kept", "from the secret")):
        ours: list[Timed] = []
        for library, ways in sides.items():
            verify = ways[place]
            for code in (right, late, early):
                assert verify(code) is True, f"{library}, {way}: a code of the window"
            for code in (wrong, too_late):
                assert verify(code) is False, f"{library}, {way}: another code"
            hit, miss = timed(lambda verify=verify: verify(right)), timed(lambda verify=verify: verify(wrong))
            ours = ours or [hit, miss]
            ratios = [f"{theirs.median / mine.median:.1f}" for mine, theirs in zip(ours, (hit, miss))]
            rows.append([way, library, hit, miss, *ratios])
    head = ["", "Library", "right code, µs", "wrong code, µs", "times ours", "times ours"]
    print(table(head, rows))


if __name__ == "__main__":
    main(sys.argv[1])
