"""The wheel under another Python, with nothing beside it: one life, from setup to session, and asyncio."""

import asyncio
import gc
import sys

import mfakit


def main() -> None:
    """Asserts its outcome."""
    clock = mfakit.ManualClock(1_700_000_000)
    by = mfakit.Administrator("root", "a test")
    store, keys = mfakit.MemoryStore(), mfakit.Keyring.generate()
    engine = mfakit.Engine(store, keys, clock=clock)
    assert engine.create_tenant("acme", mfakit.Policy("Acme"), by=by)
    mfa = engine.tenant("acme")
    setup = mfa.sign_in(mfa.begin_password("anna"))
    assert isinstance(setup, mfakit.Setup)
    pending = mfa.begin_setup(setup.ticket, account_name="anna", label="Phone")
    totp = mfakit.OtpAuthUri.parse(pending.reveal_uri()).to_totp()
    mfa.confirm_setup(setup.ticket, totp.generate(at=clock.now()))
    clock.advance(60)
    challenge = mfa.sign_in(mfa.begin_password("anna"))
    assert isinstance(challenge, mfakit.Challenge)
    verified = mfa.verify(challenge.ticket, totp.generate(at=clock.now()))
    try:
        mfa.verify(challenge.ticket, totp.generate(at=clock.now()))
    except mfakit.MfaError as error:
        assert error.code in ("void_spent", "replayed_otp"), error.code
    else:
        raise AssertionError("a code was accepted twice")

    async def current() -> mfakit.Current:
        return await mfakit.AsyncEngine(store, keys, clock=clock).tenant("acme").check_assertion(verified.assertion)

    assert asyncio.run(current()).account == "anna"
    gc.collect()
    print("ok", sys.version.split()[0])


if __name__ == "__main__":
    main()
