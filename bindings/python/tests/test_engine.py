"""The life cycle and its administration, through ``Engine`` on a store in memory."""

from __future__ import annotations

import pickle
from datetime import datetime, timezone

import mfakit
import pytest
from conftest import BY, NOW, Person, make_engine, make_world


def at(seconds: int) -> datetime:
    """The time as results give it."""
    return datetime.fromtimestamp(seconds, timezone.utc)


def test_from_password_to_session(world):
    """Setup, sign-in and a session that is checked."""
    challenge = world.person.challenge()
    assert challenge.backup_codes_left == 10
    assert challenge.takes_one_code
    verified = world.mfa.verify(challenge.ticket, world.person.code())
    assert verified.basis is mfakit.Basis.OTP
    assert verified.basis.is_two_factor
    current = world.mfa.check_assertion(verified.assertion.reveal())
    assert current.account == "anna"
    assert current.signed_in_at == at(world.clock.now())
    assert not current.backup_codes_to_acknowledge
    assert world.mfa.check_assertion(verified.assertion, demand=mfakit.Demand.FRESH) == current


def test_decisions_are_matched(world):
    """What the README shows."""
    match world.person.sign_in():
        case mfakit.Allow() | mfakit.Setup() | mfakit.Deny():
            pytest.fail("a code is asked for")
        case mfakit.Challenge(ticket=ticket, takes_one_code=True):
            assert isinstance(ticket, mfakit.Ticket)


def test_a_wrong_code_says_how_many_tries_are_left(world):
    """What has not the shape of a code is not charged."""
    challenge = world.person.challenge()
    with pytest.raises(mfakit.CodeMismatchError) as raised:
        world.mfa.verify(challenge.ticket, "what?")
    assert (raised.value.code, raised.value.charged) == ("not_a_code", False)
    with pytest.raises(mfakit.CodeMismatchError) as raised:
        world.mfa.verify(challenge.ticket, world.person.wrong())
    assert (raised.value.code, raised.value.attempts_left) == ("mismatch", 4)
    for surrogates in ("\ud800", "12345\udfff", "\x00" * 6, "１２３４５６"):
        with pytest.raises(mfakit.CodeMismatchError):
            world.mfa.verify(challenge.ticket, surrogates)


def test_a_used_code_says_when_the_next_is_there(world):
    """RFC 6238 §5.2."""
    code = world.person.code()
    world.mfa.verify(world.person.challenge().ticket, code)
    with pytest.raises(mfakit.CodeReplayedError) as raised:
        world.mfa.verify(world.person.challenge().ticket, code)
    assert raised.value.code == "replayed_otp"
    assert raised.value.what is mfakit.ReplayedCode.OTP
    assert 0 < raised.value.retry_after <= 60


def test_backup_codes(world):
    """Each once."""
    first = world.person.backup_codes[0]
    verified = world.mfa.verify(world.person.challenge().ticket, first.lower())
    assert (verified.basis, verified.backup_codes_left) == ("backup_code", 9)
    with pytest.raises(mfakit.CodeReplayedError) as raised:
        world.mfa.verify(world.person.challenge().ticket, first)
    assert (raised.value.code, raised.value.retry_after) == ("replayed_backup_code", 0)
    verified = world.mfa.verify(world.person.challenge().ticket, world.person.code())
    renewed = world.mfa.regenerate_backup_codes(verified.assertion)
    assert len(renewed.backup_codes) == 10
    assert set(renewed.backup_codes.reveal()).isdisjoint(world.person.backup_codes)


def test_locks(world):
    """A lock says when it ends, and who lifts a hard one is an administrator."""
    challenge = world.person.challenge()
    for _ in range(4):
        with pytest.raises(mfakit.CodeMismatchError):
            world.mfa.verify(challenge.ticket, world.person.wrong())
    with pytest.raises(mfakit.LockedError) as raised:
        world.mfa.verify(challenge.ticket, world.person.wrong())
    assert raised.value.code == "locked"
    assert raised.value.reason is mfakit.LockReason.FAILURES
    assert raised.value.retry_after == 30
    assert raised.value.until == at(world.clock.now() + 30)
    deny = world.person.sign_in()
    assert deny == mfakit.Deny(mfakit.LockReason.FAILURES, raised.value.until, 30)
    (status,) = world.mfa.status(["anna"])
    assert status.lock == mfakit.Lock(mfakit.LockReason.FAILURES, raised.value.until)
    locked = world.mfa.accounts(state="locked")
    assert [it.account for it in locked.entries] == ["anna"]
    assert world.mfa.unlock("anna", identity_verified=False, by=BY) is mfakit.Unlocking.LIFTED
    assert world.mfa.unlock("anna", identity_verified=True, by=BY) == "not_locked"


def test_the_password_gate(world):
    """It locks after ten tries, and says no reason."""
    for _ in range(10):
        world.mfa.begin_password("anna")
    with pytest.raises(mfakit.LockedError) as raised:
        world.mfa.begin_password("anna")
    assert raised.value.reason is None
    assert raised.value.retry_after == 900
    (lock,) = world.mfa.password_locks().entries
    assert (lock.account, lock.until) == ("anna", raised.value.until)
    assert world.mfa.unlock_password("anna", by=BY) is mfakit.Unlocking.FAILURES_CLEARED
    assert world.mfa.begin_decoy() is None


def test_an_attempt_is_good_once(world):
    """A second use is the program's mistake."""
    attempt = world.mfa.begin_password("anna")
    assert attempt.account == "anna"
    world.mfa.sign_in(attempt)
    with pytest.raises(mfakit.MisuseError) as raised:
        world.mfa.sign_in(attempt)
    assert raised.value.code == "misuse_used_attempt"


def test_bindings(world):
    """A ticket is good in its session alone."""
    challenge = world.person.challenge(binding=b"session")
    code = world.person.code()
    for wrong in (None, b"other", "sessio"):
        with pytest.raises(mfakit.VoidError) as raised:
            world.mfa.verify(challenge.ticket, code, binding=wrong)
        assert raised.value.code == "void_wrong_binding"
        assert raised.value.reason is mfakit.VoidReason.WRONG_BINDING
    world.mfa.verify(challenge.ticket, code, binding="session")


def test_what_is_no_token_is_void(world):
    """Whatever a browser sends."""
    for text in ("", "x", "\ud800", "a" * 5000, world.assertion.reveal().upper()):
        with pytest.raises(mfakit.VoidError) as raised:
            world.mfa.check_assertion(text)
        assert raised.value.code == "void_unknown"


def test_step_up(world):
    """A session that is too old for an action goes on."""
    world.clock.advance(301)
    with pytest.raises(mfakit.StepUpError) as raised:
        world.mfa.check_assertion(world.assertion, demand="fresh")
    assert (raised.value.code, raised.value.reason) == ("step_up", "stale")
    challenge = world.mfa.step_up(world.assertion)
    verified = world.mfa.verify(challenge.ticket, world.person.code())
    world.mfa.check_assertion(verified.assertion, demand="fresh")


def test_remembered_devices():
    """A device is remembered, listed, used and forgotten."""
    world = make_world(mfakit.MemoryStore(), remembered_device_days=30)
    challenge = world.person.challenge()
    code = world.person.code()
    verified = world.mfa.verify_and_remember(challenge.ticket, code, device="Firefox")
    allow = world.person.sign_in(device=verified.device.reveal())
    assert isinstance(allow, mfakit.Allow)
    assert allow.basis is mfakit.Basis.REMEMBERED
    demanded = world.person.sign_in(device=verified.device.reveal(), demand_factor=True)
    assert isinstance(demanded, mfakit.Challenge)
    (device,) = world.mfa.status(["anna"])[0].devices
    assert device.label == "Firefox"
    assert world.mfa.revoke_devices(verified.assertion, device=device.id) == 1
    with pytest.raises(mfakit.NotFoundError) as raised:
        world.mfa.revoke_devices(verified.assertion, device=device.id)
    assert raised.value.code == "no_such_device"
    with pytest.raises(mfakit.NotFoundError):
        world.mfa.revoke_devices_of("anna", by=BY)


def test_authenticators(world):
    """They are listed, renamed and removed; the last one stays where one is required."""
    (authenticator,) = world.mfa.status(["anna"])[0].authenticators
    assert (authenticator.label, authenticator.kind) == ("Phone", mfakit.AuthenticatorKind.TOTP)
    assertion = world.mfa.verify(world.person.challenge().ticket, world.person.code()).assertion
    world.mfa.rename_authenticator(assertion, authenticator.id, label="Old phone")
    with pytest.raises(mfakit.FactorRequiredError):
        world.mfa.remove_authenticator(assertion, authenticator.id)
    with pytest.raises(mfakit.FactorRequiredError):
        world.mfa.disable(assertion)
    with pytest.raises(mfakit.NotFoundError):
        world.mfa.remove_authenticator(assertion, "0" * 16)
    policy = world.mfa.policy()
    world.mfa.set_policy(policy.replace(requirement="optional"), by=BY)
    assertion = world.mfa.disable(assertion)
    assert world.mfa.check_assertion(assertion).may_set_up
    assert world.mfa.status(["anna"])[0].authenticators == ()


def test_policies(world):
    """Every setting by its name; what was changed by somebody else is stale."""
    policy = world.mfa.policy()
    assert policy["lock_after_failures"] == 5
    assert set(policy.settings()) == set(mfakit.settings())
    changed = policy.replace(lock_after_failures=3, requirement=mfakit.Requirement.OPTIONAL)
    assert (changed["lock_after_failures"], changed.requirement) == (3, "optional")
    assert "lock_after_failures=3" in repr(changed)
    world.mfa.set_policy(changed, by=BY)
    with pytest.raises(mfakit.StaleError) as raised:
        world.mfa.set_policy(policy.replace(digits=8), by=BY)
    assert raised.value.code == "stale"
    for name, (default, low, high) in mfakit.settings().items():
        assert low <= default <= high
        for beyond in (low - 1, high + 1):
            with pytest.raises(ValueError, match="between|takes"):
                policy.replace(**{name: beyond})
    with pytest.raises(ValueError, match="setting"):
        policy.replace(no_such_setting=1)
    with pytest.raises(ValueError, match="profile"):
        mfakit.Policy("Acme", profile="strict")
    assert mfakit.Policy("Acme", profile="nist-aal2").profile is mfakit.Profile.NIST_AAL2


def test_requirements_and_exemptions(world):
    """An exemption opens, ends, and is refused where the policy does not allow it."""
    assert world.mfa.require("anna", by=BY)
    assert not world.mfa.require("anna", by=BY)
    assert world.mfa.end_requirement("anna", by=BY)
    assert world.mfa.exempt("anna", end=None, by=BY)
    allow = world.person.sign_in()
    assert isinstance(allow, mfakit.Allow)
    assert allow.basis == "exempt"
    exemption = world.mfa.status(["anna"])[0].exemption
    assert (exemption.end, exemption.by) == (None, BY)
    assert world.mfa.end_exemption("anna", by=BY)
    assert not world.mfa.end_exemption("anna", by=BY)
    with pytest.raises(mfakit.ExemptionError) as raised:
        world.mfa.exempt("anna", end=world.clock.now() - 1, by=BY)
    assert raised.value.code == "ends_in_the_past"
    world.mfa.set_policy(world.mfa.policy().replace(exemption_days=10), by=BY)
    with pytest.raises(mfakit.ExemptionError) as raised:
        world.mfa.exempt("anna", end=None, by=BY)
    assert raised.value.code == "end_needed"
    assert raised.value.latest == at(world.clock.now() + 10 * 86_400)


def test_a_setup_is_put_off():
    """As often as the policy allows."""
    clock = mfakit.ManualClock(NOW)
    engine = make_engine(mfakit.MemoryStore(), clock)
    policy = mfakit.Policy("Acme", setup_deadline_days=7, setup_skips=1)
    engine.create_tenant("acme", policy, by=BY)
    mfa = engine.tenant("acme")
    setup = mfa.sign_in(mfakit.ExternalFactor("anna", "single_sign_on"))
    assert setup.may_defer == mfakit.Deferral(at(NOW + 7 * 86_400), 1)
    allow = mfa.defer(setup.ticket)
    assert allow.basis is mfakit.Basis.DEFERRED
    assert mfa.check_assertion(allow.assertion).external is mfakit.ExternalMeans.SINGLE_SIGN_ON
    setup = mfa.sign_in(mfakit.ExternalFactor("anna"))
    assert setup.may_defer is None
    with pytest.raises(mfakit.NotDeferrableError):
        mfa.defer(setup.ticket)


def test_a_setup_ends_after_too_many_wrong_codes(world):
    """And one that was never begun can't be confirmed."""
    mfa, other = world.mfa, Person(world.mfa, "bert", world.clock)
    ticket = other.sign_in().ticket
    with pytest.raises(mfakit.NoPendingSetupError):
        mfa.confirm_setup(ticket, "123456")
    pending = mfa.begin_setup(ticket, account_name="bert", label="Phone")
    assert (pending.issuer, pending.account_name, pending.attempts_left) == ("Acme", "bert", 10)
    assert pending.expires == at(world.clock.now() + 600)
    assert pending.qr().svg().startswith("<svg")
    key = mfakit.Secret.from_base32(pending.reveal_key())
    assert key == mfakit.OtpAuthUri.parse(pending.reveal_uri()).to_totp().secret
    with pytest.raises(mfakit.CodeMismatchError) as raised:
        mfa.confirm_setup(ticket, "nothing")
    assert raised.value.code == "not_a_code"
    for label in ("", "x" * 65, "a\nb"):
        with pytest.raises(mfakit.InvalidError):
            mfa.begin_setup(ticket, account_name="bert", label=label)


def test_reset_and_erase(world):
    """Every session ends."""
    mark = world.mfa.check_assertion(world.assertion).mark
    world.mfa.reset("anna", by=BY)
    with pytest.raises(mfakit.VoidError) as raised:
        world.mfa.check_assertion(world.assertion)
    assert raised.value.code == "void_superseded"
    assert isinstance(world.person.sign_in(), mfakit.Setup)
    with pytest.raises(mfakit.UnavailableError) as raised:
        world.person.sign_in(not_older_than=mark + 1_000)
    assert raised.value.code == "rolled_back"
    world.mfa.erase("anna", by=BY)
    assert world.mfa.status(["anna"])[0].erased


def test_password_changed(world):
    """One session may go on."""
    other = world.mfa.verify(world.person.challenge().ticket, world.person.code()).assertion
    kept = world.mfa.password_changed("anna", session=world.assertion)
    world.mfa.check_assertion(kept)
    with pytest.raises(mfakit.VoidError):
        world.mfa.check_assertion(other)
    assert world.mfa.password_changed("anna") is None


def test_hardware_tokens(world):
    """By the time or by a counter; one counter for an account."""
    token = mfakit.TOTP(mfakit.Secret.generate())
    bound = world.mfa.bind_token("anna", token, label="Token", by=BY)
    assert bound.strength is mfakit.Strength.STRONG
    code = token.generate(at=world.clock.now())
    world.mfa.verify(world.person.challenge().ticket, code)
    with pytest.raises(mfakit.TokenBindingError) as raised:
        world.mfa.bind_token("anna", token, label="Token", by=BY)
    assert raised.value.code == "already_bound"
    hotp = mfakit.HOTP(mfakit.Secret.generate())
    key_fob = world.mfa.bind_token("anna", hotp, label="Fob", next_counter=5, by=BY)
    pair = hotp.generate(counter=60), hotp.generate(counter=61)
    assert world.mfa.resynchronize_of("anna", *pair, by=BY) == key_fob.id
    world.mfa.verify(world.person.challenge().ticket, hotp.generate(counter=62))
    pair = hotp.generate(counter=100), hotp.generate(counter=101)
    world.mfa.resynchronize(world.person.challenge().ticket, *pair)
    with pytest.raises(mfakit.TokenBindingError) as raised:
        second = mfakit.HOTP(mfakit.Secret.generate())
        world.mfa.bind_token("anna", second, label="Fob", by=BY)
    assert raised.value.code == "second_counter"
    with pytest.raises(mfakit.InvalidError):
        world.mfa.bind_token("anna", token, label="Token", next_counter=1, by=BY)
    with pytest.raises(TypeError):
        world.mfa.bind_token("anna", "token", label="Token", by=BY)


def test_activation_codes(world):
    """Issued, listed, redeemed once, replaced and revoked; the outside learns nothing."""
    issued = world.mfa.issue_activation(purpose="scanner", by=BY)
    assert issued.code.handle == issued.handle
    redeem = {"purpose": "scanner", "redeemer": "host-7"}
    with pytest.raises(mfakit.ActivationFailedError) as raised:
        world.mfa.redeem_activation(issued.code.reveal(), purpose="printer", redeemer="host-7")
    assert raised.value.code == "activation_failed"
    redeemed = world.mfa.redeem_activation(issued.code.reveal().lower(), **redeem)
    assert (redeemed.handle, redeemed.purpose) == (issued.handle, "scanner")
    assert redeemed.issued == mfakit.ActivationAct(at(world.clock.now()), "root")
    with pytest.raises(mfakit.ActivationFailedError):
        world.mfa.redeem_activation(issued.code.reveal(), **redeem)
    again = world.mfa.reissue_activation(issued.handle, lifetime=3600, by=BY)
    assert again.old_state is mfakit.ActivationStateName.REDEEMED
    assert again.old_act.by == "host-7"
    assert world.mfa.revoke_activation(issued.handle, by=BY)
    assert not world.mfa.revoke_activation(issued.handle, by=BY)
    (status,) = world.mfa.activation_status([issued.handle])
    assert status.record.state == "revoked"
    assert world.mfa.activations().entries == (status,)
    assert not world.mfa.repair_activation_clock(issued.handle, by=BY)
    for text in ("", "\ud800", "x" * 1000):
        with pytest.raises(mfakit.ActivationFailedError):
            world.mfa.redeem_activation(text, **redeem)
    with pytest.raises(mfakit.InvalidError):
        world.mfa.activation_status(["!"])


def test_the_audit_trail(world):
    """Read newest first, as a feed, checked, and pruned."""
    newest = world.mfa.events(limit=3)
    assert [it.event.kind for it in newest.entries][0] == "backup_codes_acknowledged"
    older = world.mfa.events(limit=3, after=newest.next)
    assert older.entries[0].position < newest.entries[-1].position
    feed = world.mfa.feed(None, limit=100)
    kinds = [it.event.kind for it in feed.entries]
    assert kinds[0] == "tenant_created"
    assert feed.entries[0].event.fields == {"requirement": "required"}
    bound = next(it for it in feed.entries if it.event.kind == "authenticator_bound")
    assert (bound.account, bound.event.fields) == ("anna", {"label": "Phone"})
    assert bound.event.must_be_told
    assert world.mfa.feed(feed.cursor).entries == ()
    world.mfa.set_policy(world.mfa.policy().replace(digits=8), by=BY)
    (changed,) = world.mfa.feed(feed.cursor).entries
    assert changed.event.fields["changes"] == (mfakit.SettingChange("digits", 6, 8),)
    assert (changed.event.actor, changed.event.reason) == (BY.actor, BY.reason)
    subjects = (
        mfakit.AuditSubject.of_account("anna"),
        mfakit.AuditSubject.of_passwords("anna"),
        mfakit.AuditSubject.of_policy(),
    )
    for subject in subjects:
        verdict = world.mfa.verify_audit(subject)
        assert verdict.name is mfakit.AuditVerdictName.WHOLE
        assert verdict.events > 0
    with pytest.raises(mfakit.InvalidError):
        world.mfa.verify_audit(mfakit.AuditSubject("nothing", None))
    with pytest.raises(mfakit.MisuseError) as raised:
        world.mfa.prune_events(before=world.clock.now(), by=BY)
    assert raised.value.code == "misuse_too_recent"
    world.clock.advance(32 * 86_400)
    report = world.mfa.prune_events(before=world.clock.now() - 31 * 86_400, by=BY)
    assert report.documents > 0
    assert report.broken == 0


def test_lists(world):
    """Pages follow each other, and counts agree with them."""
    for number in range(5):
        Person(world.mfa, f"person-{number}", world.clock).set_up()
    seen, after = [], None
    while True:
        page = world.mfa.accounts(after=after, limit=2)
        seen += [it.account for it in page.entries]
        after = page.next
        if after is None:
            break
    assert sorted(seen) == ["anna", *(f"person-{number}" for number in range(5))]
    summary = world.mfa.count_accounts()
    assert (summary.accounts, summary.set_up, summary.locked) == (6, 6, 0)
    with pytest.raises(mfakit.MisuseError) as raised:
        world.mfa.accounts(limit=0)
    assert raised.value.code == "misuse_page_size"
    with pytest.raises(mfakit.MisuseError):
        world.mfa.status(["x"] * 5_000)
    assert world.mfa.settle_sign_ins("anna").half_sign_ins == 0


def test_account_ids_are_bytes(world):
    """Every id comes back as the text that names it."""
    for account in ("jürgen", b"\xff\x00", "\udcff", 16 * b"\x80"):
        world.mfa.require(account, by=BY)
        text = account if isinstance(account, str) else account.decode("utf-8", "surrogateescape")
        (status,) = world.mfa.status([account])
        assert status.account == text
        assert world.mfa.status([text])[0] == status
    # The last three would be second texts of ids that have one, such as "é".
    for wrong in ("", b"", "x" * 129, "\ud800", "\udcc3\udca9", "x\udcc3\udca9", "\udcc3\udca9\udcff"):
        with pytest.raises(mfakit.InvalidError):
            world.mfa.require(wrong, by=BY)


def test_tenants():
    """They are created once, and know nothing of each other."""
    engine = make_engine(mfakit.MemoryStore(), mfakit.ManualClock(NOW))
    for name in ("a", "b", "c"):
        assert engine.create_tenant(name, mfakit.Policy(name), by=BY)
    assert not engine.create_tenant("a", mfakit.Policy("other"), by=BY)
    assert engine.tenant("a").policy().issuer == "a"
    assert sorted(engine.tenants()) == ["a", "b", "c"]
    assert len(engine.tenants(limit=2)) == 2
    with pytest.raises(mfakit.MisuseError) as raised:
        engine.tenant("nobody").policy()
    assert raised.value.code == "misuse_unknown_tenant"
    with pytest.raises(mfakit.InvalidError):
        engine.tenant("")


def test_keys(world, tmp_path):
    """A key is added, made active, used for everything, and retired."""
    path = tmp_path / "keys"
    ring = mfakit.Keyring.open_or_create(path)
    engine = mfakit.Engine(mfakit.MemoryStore(), ring, clock=world.clock)
    engine.create_tenant("acme", mfakit.Policy("Acme"), by=BY)
    mfa, old = engine.tenant("acme"), ring.active
    Person(mfa, "anna", world.clock).set_up()
    ring, new = mfakit.Keyring.add_key_to_file(path)
    engine.replace_keyring(ring)
    engine.replace_keyring(mfakit.Keyring.activate_key_in_file(path, new))
    with pytest.raises(mfakit.KeyringError) as raised:
        engine.replace_keyring(mfakit.Keyring.open(path).without_key(old))
    assert raised.value.code == "keyring_key_in_use"
    resealed, after = 0, None
    while True:
        page = mfa.rotate_keys(after=after, limit=1, by=BY)
        resealed, after = resealed + page.resealed, page.next
        assert page.failed == ()
        if after is None:
            break
    assert (resealed, page.left) == (3, 0)
    usage = engine.key_usage()
    assert {it.key: (it.active, it.documents) for it in usage.keys} == {
        old: (False, 0),
        new: (True, 3),
    }
    now = world.clock.now()
    assert usage.unused_from(old, replaced=now) == at(now + usage.token_lifetime)
    assert usage.unused_from(new, replaced=now) is None
    engine.replace_keyring(mfakit.Keyring.retire_key_in_file(path, old))
    assert mfa.key_usage().unknown == 0
    engine.danger_replace_keyring(mfakit.Keyring.generate())
    with pytest.raises(mfakit.UnavailableError) as raised:
        mfa.policy()
    assert raised.value.code == "document_of_unknown_key"


def test_keyrings(tmp_path):
    """Texts and files; a file that others read is refused."""
    ring = mfakit.Keyring.generate()
    more, key = ring.with_new_key()
    assert more.keys == (*ring.keys, key) or set(more.keys) == {*ring.keys, key}
    assert more.with_active_key(key).active == key
    assert mfakit.Keyring.parse(ring.danger_export()).keys == ring.keys
    with pytest.raises(mfakit.KeyringError) as raised:
        ring.without_key(ring.active)
    assert raised.value.code == "keyring_active_key"
    with pytest.raises(mfakit.KeyringError):
        mfakit.Keyring.parse("no keyring")
    with pytest.raises(OSError, match="No such file"):
        mfakit.Keyring.open(tmp_path / "none")
    path = tmp_path / "open"
    path.write_text(ring.danger_export())
    path.chmod(0o644)
    with pytest.raises(mfakit.KeyringError) as raised:
        mfakit.Keyring.open(path)
    assert raised.value.code == "keyring_readable_by_others"


def test_clocks(world):
    """A clock that runs behind what was seen answers nothing."""
    world.clock.set(world.clock.now() + 10_000)
    world.person.challenge()
    world.mfa.require("anna", by=BY)
    world.clock.set(NOW)
    with pytest.raises(mfakit.UnavailableError) as raised:
        world.mfa.end_requirement("anna", by=BY)
    assert raised.value.code == "clock_behind"
    assert world.mfa.repair_clock("anna", by=BY)
    assert not world.mfa.repair_clock(None, by=BY)


def test_observers():
    """Each call is told with its name and how it ended, and a failing observer changes nothing."""
    told = []
    clock = mfakit.ManualClock(NOW)
    engine = make_engine(mfakit.MemoryStore(), clock, observer=told.append)
    engine.create_tenant("acme", mfakit.Policy("Acme"), by=BY)
    mfa = engine.tenant("acme")
    with pytest.raises(mfakit.VoidError):
        mfa.check_assertion("x")
    names = [(it.operation, it.outcome, it.outcome_class) for it in told]
    assert names == [
        ("create_tenant", "created", "answer"),
        ("check_assertion", "void_unknown", "answer"),
    ]
    assert all(it.elapsed >= 0 for it in told)


def test_errors_survive_a_process_boundary(world):
    """They are pickled with their data, which is no secret."""
    challenge = world.person.challenge()
    with pytest.raises(mfakit.CodeMismatchError) as raised:
        world.mfa.verify(challenge.ticket, world.person.wrong())
    again = pickle.loads(pickle.dumps(raised.value))
    assert type(again) is mfakit.CodeMismatchError
    assert (again.code, again.attempts_left, str(again)) == ("mismatch", 4, str(raised.value))


def test_records_are_frozen():
    """Compared, hashed and shown by their fields; what is missing or too much is a TypeError."""
    by = mfakit.Administrator("root", reason="x")
    assert by == mfakit.Administrator(actor="root", reason="x")
    assert len({by, mfakit.Administrator("root", "x"), mfakit.Administrator("root", "y")}) == 2
    assert repr(by) == "Administrator(actor='root', reason='x')"
    assert pickle.loads(pickle.dumps(by)) == by
    with pytest.raises(AttributeError):
        by.actor = "other"
    with pytest.raises(AttributeError):
        del by.actor
    for wrong in (("a",), ("a", "b", "c")):
        with pytest.raises(TypeError):
            mfakit.Administrator(*wrong)
    with pytest.raises(TypeError):
        mfakit.Administrator("a", "b", actor="c")
    with pytest.raises(TypeError):
        mfakit.Administrator("a", "b", other="c")
