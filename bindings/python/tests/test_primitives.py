"""One-time passwords, secrets, URIs and QR codes, by the vectors that Rust reads too."""

from __future__ import annotations

import copy
import math
from datetime import datetime, timedelta, timezone

import mfakit
import pytest
from conftest import vectors
from mfakit import HOTP, TOTP, InvalidError, Match, OtpAuthUri, QrCode, Secret

SECRET = b"12345678901234567890"


def test_hotp_of_rfc_4226():
    """RFC 4226, Appendix D."""
    rfc = vectors("rfc4226-appendix-d")
    hotp = HOTP(Secret.from_bytes(rfc["secret_ascii"].encode()))
    for vector in rfc["vectors"]:
        assert hotp.generate(counter=vector["counter"]) == vector["code"]
        match = hotp.verify(vector["code"], next_counter=vector["counter"])
        assert match is not None
        assert (match.counter, match.next_counter) == (vector["counter"], vector["counter"] + 1)


def test_totp_of_rfc_6238():
    """RFC 6238, Appendix B."""
    rfc = vectors("rfc6238-appendix-b")
    for vector in rfc["vectors"]:
        algorithm = vector["algorithm"]
        secret = Secret.from_bytes(rfc["secrets_ascii"][algorithm].encode())
        totp = TOTP(secret, digits=rfc["digits"], period=rfc["period"], algorithm=algorithm)
        assert totp.generate(at=vector["time"]) == vector["code"]
        match = totp.verify(vector["code"], at=vector["time"], window=0)
        assert match == totp.verify(vector["code"], at=float(vector["time"]) + 0.5, window=0)
        assert match is not None
        assert match.step == int(vector["step_hex"], 16)


def test_base32_texts():
    """Secrets as people have them; what is too short for a secret is refused as such."""
    for vector in vectors("base32-texts")["vectors"]:
        if vector.get("bytes_hex") is None:
            with pytest.raises(InvalidError):
                Secret.from_base32(vector["text"])
        elif 10 <= len(bytes.fromhex(vector["bytes_hex"])) <= 128:
            assert Secret.from_base32(vector["text"]).reveal_bytes().hex() == vector["bytes_hex"]


def test_code_texts():
    """What people type: a text is read as its code, or is none, and never raises."""
    for vector in vectors("code-texts")["vectors"]:
        totp = TOTP(Secret.from_bytes(SECRET), digits=vector["digits"])
        code = vector.get("code")
        if code is None:
            assert totp.verify(vector["text"], at=59, window=10) is None
        else:
            hotp = HOTP(Secret.from_bytes(SECRET), digits=vector["digits"])
            said = hotp.verify(vector["text"], next_counter=0)
            assert said == hotp.verify(code, next_counter=0)


def test_otpauth_uris():
    """URIs as sites and apps write them."""
    read = 0
    for vector in vectors("otpauth-uris")["vectors"]:
        if "refused" in vector:
            with pytest.raises(InvalidError):
                OtpAuthUri.parse(vector["uri"])
            continue
        uri = OtpAuthUri.parse(vector["uri"])
        assert uri.issuer == vector["issuer"]
        assert uri.account == vector["account"]
        assert sorted(uri.notes) == sorted(vector["notes"])
        assert [list(it) for it in uri.kept_aside] == vector.get("kept_aside", [])
        read += 1
    assert read > 10


def test_migration_uris():
    """Google Authenticator's export."""
    for vector in vectors("otpauth-migration-uris")["vectors"]:
        if "refused" in vector:
            with pytest.raises(InvalidError):
                mfakit.MigrationExport.parse(vector["uri"])
            continue
        export = mfakit.MigrationExport.parse(vector["uri"])
        batch = vector["batch"]
        assert (export.batch_id, export.batch_index, export.batch_size) == (
            batch["id"],
            batch["index"],
            batch["size"],
        )
        good = [entry for entry in vector["entries"] if "fault" not in entry]
        secrets = [uri.reveal_secret().hex() for uri in export.uris]
        assert secrets == [entry["secret_hex"] for entry in good]
        assert len(export.faults) == len(vector["entries"]) - len(good)


def test_verify_gives_a_match_or_none():
    """A match is true also at step 0, where a bare number would not be."""
    totp = TOTP(Secret.from_bytes(SECRET))
    match = totp.verify(totp.generate(at=0), at=0)
    assert match
    assert match.step == 0
    match match:
        case Match(step=step, delta=delta):
            assert (step, delta) == (0, 0)
    assert repr(match) == "Match(step=0, delta=0)"
    assert totp.verify("000000", at=0) is None


def test_windows():
    """One number for both sides, or a pair; zero is zero."""
    totp = TOTP(Secret.from_bytes(SECRET))
    before, after = totp.generate(at=30), totp.generate(at=90)
    assert totp.verify(before, at=60).delta == -1
    assert totp.verify(after, at=60).delta == 1
    assert totp.verify(before, at=60, window=0) is None
    assert totp.verify(before, at=60, window=(1, 0))
    assert totp.verify(after, at=60, window=(1, 0)) is None
    for wrong in (11, -1, (1, 2, 3), (11, 0), 2**70):
        with pytest.raises(ValueError, match="window|number"):
            totp.verify(before, at=60, window=wrong)


def test_a_used_step_is_not_accepted():
    """RFC 6238 §5.2."""
    totp = TOTP(Secret.from_bytes(SECRET))
    match = totp.verify(totp.generate(at=60), at=60)
    assert totp.verify(totp.generate(at=60), at=60, last_accepted=match.step) is None
    assert totp.verify(totp.generate(at=90), at=60, last_accepted=match.step)
    assert totp.seconds_until_fresh(at=60, last_accepted=match.step) == 30
    assert totp.remaining_seconds(at=61) == 29


def test_resynchronize():
    """Two consecutive codes are found far outside of the window."""
    totp = TOTP(Secret.from_bytes(SECRET))
    far = 30 * 100
    match = totp.resynchronize(totp.generate(at=far), totp.generate(at=far + 30), at=0)
    assert (match.step, match.delta) == (101, 101)
    assert totp.resynchronize(totp.generate(at=far), totp.generate(at=far), at=0) is None
    assert totp.resynchronize("x", "y", at=0) is None
    hotp = HOTP(Secret.from_bytes(SECRET))
    pair = hotp.generate(counter=50), hotp.generate(counter=51)
    assert hotp.resynchronize(*pair, next_counter=0).next_counter == 52
    assert hotp.resynchronize(*pair, next_counter=0, window=10) is None


def test_times():
    """Seconds, or a datetime that says where it is."""
    totp = TOTP(Secret.from_bytes(SECRET))
    aware = datetime(2005, 3, 18, 1, 58, 29, tzinfo=timezone.utc)
    elsewhere = aware.astimezone(timezone(timedelta(hours=-7)))
    codes = {totp.generate(at=at) for at in (1111111109, 1111111109.9, aware, elsewhere)}
    assert len(codes) == 1
    with pytest.raises(ValueError, match="time zone"):
        totp.generate(at=datetime(2005, 3, 18))
    for wrong in (math.nan, math.inf, -math.inf, 2**63, 10**400, 1e300):
        with pytest.raises(ValueError, match="time"):
            totp.generate(at=wrong)
    with pytest.raises(ValueError, match="1970"):
        totp.generate(at=-1)
    assert totp.verify("123456", at=-1) is None
    for wrong in ("2005", True, None.__class__, b"1"):
        with pytest.raises(TypeError):
            totp.generate(at=wrong)


@pytest.mark.parametrize(
    "options",
    [
        {"digits": 5},
        {"digits": 9},
        {"digits": 300},
        {"period": 0},
        {"period": 10**9},
        {"algorithm": "MD5"},
        {"algorithm": "\ud800"},
    ],
)
def test_bad_configuration_is_a_value_error(options):
    """Also where the number does not fit anything."""
    with pytest.raises(InvalidError) as raised:
        TOTP(Secret.from_bytes(SECRET), **options)
    assert raised.value.code == "invalid_argument"
    assert isinstance(raised.value, ValueError)


def test_secrets():
    """Bytes are bytes and texts are Base32; nothing is guessed."""
    secret = Secret.from_bytes(SECRET)
    assert secret == Secret.from_base32(secret.reveal_base32())
    assert secret == Secret.from_bytes(bytearray(SECRET))
    assert secret != Secret.generate()
    assert secret != SECRET
    assert copy.deepcopy(secret) is secret
    assert len(Secret.generate(algorithm=mfakit.Algorithm.SHA512)) == 64
    assert secret.strength is mfakit.Strength.STRONG
    assert Secret.from_bytes(b"0123456789").strength is mfakit.Strength.WEAK
    for short in (b"", b"123456789", bytes(129)):
        with pytest.raises(InvalidError):
            Secret.from_bytes(short)
    with pytest.raises(TypeError):
        Secret.from_bytes("text")
    with pytest.raises(TypeError):
        Secret.from_base32(b"GEZDGNBVGY3TQOJQ")
    with pytest.raises(TypeError):
        hash(secret)


def test_uri_round_trip():
    """What is built is read again, with the same codes."""
    totp = TOTP(Secret.generate(algorithm="SHA256"), digits=8, period=60, algorithm="SHA256")
    uri = OtpAuthUri.for_totp(totp, issuer="Acme GmbH", account="anna@example.com")
    again = OtpAuthUri.parse(uri.reveal())
    assert (again.issuer, again.account) == ("Acme GmbH", "anna@example.com")
    assert (again.digits, again.period, again.algorithm, again.counter) == (8, 60, "SHA256", None)
    assert again.kind is mfakit.AuthenticatorKind.TOTP
    assert again.to_totp().generate(at=0) == totp.generate(at=0)
    assert again.with_defaults_written().reveal() == again.reveal()
    with pytest.raises(InvalidError):
        again.to_hotp()
    hotp, counter = OtpAuthUri.parse(
        OtpAuthUri.for_hotp(HOTP(totp.secret), issuer="Acme", account="anna", counter=2**64 - 1).reveal()
    ).to_hotp()
    assert (hotp.secret, counter) == (totp.secret, 2**64 - 1)
    with pytest.raises(InvalidError):
        OtpAuthUri.for_totp(totp, issuer="a:b", account="anna")


def test_qr_codes():
    """As SVG, PNG and text; a notebook shows the SVG."""
    qr = QrCode("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ", level="high")
    assert qr.svg().startswith("<svg")
    assert qr._repr_svg_() == qr.svg()
    assert "Scan &lt;me&gt;" in qr.svg(title="Scan <me>")
    assert qr.png(pixels=2).startswith(b"\x89PNG")
    assert qr.terminal().count("\n") > 10
    assert qr.is_dark(0, 0)
    assert not qr.is_dark(10**9, 10**9)
    with pytest.raises(InvalidError):
        QrCode("x" * 10_000)
    with pytest.raises(InvalidError):
        qr.png(pixels=0)
