//! A story in which every call is made, with what each is observed as.

use mfakit::{
    AccountCount, AccountId, AccountName, AccountQuery, ActivationLifetime, ActivationQuery, Actor,
    Administrator, AuditQuery, AuditSubject, Clock as _, Confirmation, Counter, Decision, Demand,
    Digits, Engine, ExemptionEnd, FirstFactor, Gate, IdentityVerified, IssuedActivation, Issuer,
    Keyring, Label, ManualClock, MemoryStore, Observer, Operation, PasswordLockQuery, Policy,
    Presented, Pruning, Redemption, Resynchronization, RotationQuery, Secret, Setting, SetupStart,
    SignIn, TenantId, Ticket, TokenKind, UnixTime, Verification, WhichDevices,
    blocking::{self, Tenant},
};
use mfakit_core::{Algorithm, Totp, TotpParameters};

const TENANT: &str = "seaside-tenant";
const BINDING: &[u8] = b"session-of-anna";

pub(crate) fn policy() -> Policy {
    Policy::new(Issuer::new("Seaside Library").unwrap())
}

pub(crate) fn root() -> Administrator {
    Administrator::new("root-of-all", "the first start").unwrap()
}

/// Makes calls, and says after each what it is to be observed as.
pub(crate) struct Story<F> {
    tenant: Tenant,
    clock: ManualClock,
    account: AccountId,
    observed: F,
    told: Vec<String>,
}

impl<F: FnMut(Operation, &'static str)> Story<F> {
    /// Tells the story, and returns every name, code, token and secret that was used in it.
    pub(crate) fn tell(observer: impl Observer + 'static, observed: F) -> Vec<String> {
        let clock = ManualClock::starting_at(UnixTime::from_seconds(1_800_000_000));
        let keyring = Keyring::generate(&mut getrandom::SysRng).unwrap();
        let builder = Engine::builder(MemoryStore::new(), keyring).observer(observer);
        let engine = blocking::Engine::from(builder.clock(clock.clone()).build());
        let mut story = Self {
            tenant: engine.tenant(TENANT).unwrap(),
            clock,
            account: AccountId::new("anna-4711").unwrap(),
            observed,
            told: [TENANT, "anna-4711", "session-of-anna", "root-of-all"]
                .map(String::from)
                .to_vec(),
        };
        let id = TenantId::new(TENANT).unwrap();
        engine.create_tenant(&id, policy(), &root()).unwrap();
        story.was(Operation::CreateTenant, "created");
        engine.create_tenant(&id, policy(), &root()).unwrap();
        story.was(Operation::CreateTenant, "exists");
        story.policy();
        let app = story.first_sign_in();
        story.sign_ins(&app);
        story.own_factors(&app);
        story.administration();
        story.activations();
        story.told
    }

    fn was(&mut self, operation: Operation, outcome: &'static str) {
        (self.observed)(operation, outcome);
    }

    /// Remembers what may be in no observation.
    fn note(&mut self, text: &str) -> String {
        self.told.push(text.into());
        text.into()
    }

    fn policy(&mut self) {
        let read = self.tenant.policy().unwrap();
        self.was(Operation::Policy, "read");
        let policy = [
            (Setting::RememberDays, 30),
            (Setting::SetupDeadline, 14),
            (Setting::SetupSkips, 5),
        ];
        let policy = policy
            .into_iter()
            .fold(read.clone(), |policy, (setting, value)| {
                policy.with(setting, value).unwrap()
            });
        let _ = self.tenant.set_policy(policy, &root()).unwrap();
        self.was(Operation::SetPolicy, "changed");
        let _ = self.tenant.set_policy(read, &root()).unwrap();
        self.was(Operation::SetPolicy, "stale");
    }

    fn first(&self) -> FirstFactor {
        FirstFactor::external(self.account.clone())
    }

    fn first_sign_in(&mut self) -> Totp {
        self.tenant.begin_decoy().unwrap();
        self.was(Operation::BeginDecoy, "done");
        let Gate::Proceed(attempt) = self.tenant.begin_password(&self.account).unwrap() else {
            panic!()
        };
        self.was(Operation::BeginPassword, "proceed");
        let request = SignIn::new().binding(BINDING);
        let Decision::Setup(setup) = self.tenant.sign_in(attempt, request).unwrap() else {
            panic!()
        };
        self.was(Operation::SignIn, "setup");
        let ticket = self.note(setup.ticket.as_str());
        self.tenant.defer(bound(&ticket)).unwrap();
        self.was(Operation::Defer, "allowed_deferred");
        let request = SignIn::new().binding(BINDING);
        let Decision::Setup(setup) = self.tenant.sign_in(self.first(), request).unwrap() else {
            panic!()
        };
        self.was(Operation::SignIn, "setup");
        let ticket = self.note(setup.ticket.as_str());
        let (app, session) = self.set_up(&ticket, "Annas Phone");
        self.tenant
            .acknowledge_backup_codes(bound(&session))
            .unwrap();
        self.was(Operation::AcknowledgeBackupCodes, "current");
        app
    }

    fn set_up(&mut self, ticket: &str, label: &str) -> (Totp, String) {
        let (name, label) = (self.note("anna@example.com"), self.note(label));
        let (name, label) = (AccountName::new(&name), Label::new(&label));
        let started = self
            .tenant
            .begin_setup(bound(ticket), &name.unwrap(), &label.unwrap());
        let SetupStart::Pending(pending) = started.unwrap() else {
            panic!()
        };
        self.was(Operation::BeginSetup, "pending");
        let key = self.note(&pending.key());
        self.note(&key.replace(' ', ""));
        let secret = Secret::from_base32(&key).unwrap();
        let app = Totp::with_parameters(secret, TotpParameters::default());
        let code = self.code(&app);
        let Confirmation::Confirmed(confirmed) =
            self.tenant.confirm_setup(bound(ticket), &code).unwrap()
        else {
            panic!()
        };
        self.was(Operation::ConfirmSetup, "confirmed");
        for code in confirmed.backup_codes.iter().flat_map(|codes| codes.iter()) {
            self.told.push(String::from(code));
        }
        let session = self.note(confirmed.assertion.as_str());
        (app, session)
    }

    fn code(&mut self, app: &Totp) -> String {
        self.clock.advance(30);
        let code = app.generate(self.clock.now()).unwrap().expose();
        self.note(&code)
    }

    fn ticket(&mut self) -> Ticket {
        let request = SignIn::new().binding(BINDING);
        match self.tenant.sign_in(self.first(), request).unwrap() {
            Decision::Challenge(challenge) => {
                self.was(Operation::SignIn, "challenge");
                self.note(challenge.ticket.as_str());
                challenge.ticket
            }
            other => panic!("{other:?}"),
        }
    }

    fn verify(&mut self, typed: &str, outcome: &'static str) {
        let ticket = self.ticket();
        self.tenant.verify(bound(ticket.as_str()), typed).unwrap();
        self.was(Operation::Verify, outcome);
    }

    /// Signs in with the next code, and returns the session.
    fn session(&mut self, app: &Totp) -> String {
        let (ticket, code) = (self.ticket(), self.code(app));
        let label = Label::new("Annas Laptop").unwrap();
        let verified = self
            .tenant
            .verify_and_remember(bound(ticket.as_str()), &code, &label);
        let Verification::Verified(verified) = verified.unwrap() else {
            panic!()
        };
        self.was(Operation::VerifyAndRemember, "verified_otp");
        self.note("Annas Laptop");
        let device = self.note(verified.device.unwrap().as_str());
        let request = SignIn::new().binding(BINDING).device(device);
        self.tenant.sign_in(self.first(), request).unwrap();
        self.was(Operation::SignIn, "allowed_remembered");
        self.note(verified.assertion.as_str())
    }

    fn sign_ins(&mut self, app: &Totp) {
        let code = self.code(app);
        self.verify(&code, "verified_otp");
        self.verify(&code, "replayed_otp");
        self.verify("no code at all", "not_a_code");
        let backup = self.told.iter().find(|it| it.starts_with("0-")).unwrap();
        let backup = backup.clone();
        self.verify(&backup, "verified_backup_code");
        self.verify(&backup, "replayed_backup_code");
        let wrong = self.note("0-AAAA-AAAA-AAAA-AAAA");
        self.verify(&wrong, "mismatch");
        self.tenant.verify("rubbish", &code).unwrap();
        self.was(Operation::Verify, "void_unknown");
        let ticket = self.ticket();
        self.tenant.verify(&ticket, &code).unwrap();
        self.was(Operation::Verify, "void_wrong_binding");
        // The code that the app shows one step later, and the one after it.
        let (first, second) = (self.code(app), self.code(app));
        let ticket = bound(ticket.as_str());
        self.tenant.resynchronize(ticket, &first, &second).unwrap();
        self.was(Operation::Resynchronize, "verified_otp");
    }

    fn own_factors(&mut self, app: &Totp) {
        let session = self.session(app);
        let session = bound(&session);
        self.tenant.check_assertion(session).unwrap();
        self.was(Operation::CheckAssertion, "current");
        self.tenant
            .check_assertion_for(session, Demand::Fresh)
            .unwrap();
        self.was(Operation::CheckAssertionFor, "current");
        self.tenant.step_up(session).unwrap();
        self.was(Operation::StepUp, "challenge");
        let all = WhichDevices::All;
        let _ = self.tenant.revoke_devices(session, all).unwrap();
        self.was(Operation::RevokeDevices, "revoked");
        let account = self.account.clone();
        let _ = self
            .tenant
            .revoke_devices_of(&account, all, &root())
            .unwrap();
        self.was(Operation::RevokeDevicesOf, "no_such_device");
        self.tenant.regenerate_backup_codes(session).unwrap();
        self.was(Operation::RegenerateBackupCodes, "renewed");
        let statuses = self.tenant.status(&[account]).unwrap();
        self.was(Operation::Status, "listed");
        let id = statuses[0].authenticators[0].id;
        self.note(&id.to_string());
        let label = Label::new("Old Phone").unwrap();
        self.note("Old Phone");
        self.tenant
            .rename_authenticator(session, id, &label)
            .unwrap();
        self.was(Operation::RenameAuthenticator, "renamed");
        self.tenant.remove_authenticator(session, id).unwrap();
        self.was(Operation::RemoveAuthenticator, "required");
        self.tenant.disable(session).unwrap();
        self.was(Operation::Disable, "required");
        let account = self.account.clone();
        self.tenant
            .password_changed(&account, Some(session))
            .unwrap();
        self.was(Operation::PasswordChanged, "done_session_goes_on");
        self.tenant.check_assertion(session).unwrap();
        self.was(Operation::CheckAssertion, "void_superseded");
    }

    fn administration(&mut self) {
        let (account, by) = (self.account.clone(), root());
        let tenant = self.tenant.clone();
        let _ = tenant.exempt(&account, ExemptionEnd::Open, &by).unwrap();
        self.was(Operation::Exempt, "changed");
        let request = SignIn::new().binding(BINDING);
        tenant.sign_in(self.first(), request).unwrap();
        self.was(Operation::SignIn, "allowed_exempt");
        let _ = tenant.end_exemption(&account, &by).unwrap();
        self.was(Operation::EndExemption, "changed");
        tenant.require(&account, &by).unwrap();
        self.was(Operation::Require, "changed");
        tenant.end_requirement(&account, &by).unwrap();
        self.was(Operation::EndRequirement, "changed");
        let secret = Secret::import(b"12345678901234567890").unwrap();
        let kind = TokenKind::Hotp {
            algorithm: Algorithm::Sha1,
            digits: Digits::SIX,
            next_counter: Counter::new(0),
        };
        let label = Label::new("Token").unwrap();
        tenant
            .bind_token(&account, secret, kind, &label, &by)
            .unwrap();
        self.was(Operation::BindToken, "bound");
        self.verify("0-AAAA-AAAA-AAAA-AAAA", "mismatch");
        tenant.unlock(&account, &by, IdentityVerified::No).unwrap();
        self.was(Operation::Unlock, "not_locked");
        tenant.unlock_password(&account, &by).unwrap();
        self.was(Operation::UnlockPassword, "not_locked");
        tenant.repair_clock(Some(&account), &by).unwrap();
        self.was(Operation::RepairClock, "nothing_ahead");
        tenant.events(AuditQuery::newest(100)).unwrap();
        self.was(Operation::Events, "listed");
        let subject = AuditSubject::Account(account.clone());
        tenant.verify_audit(subject).unwrap();
        self.was(Operation::VerifyAudit, "whole");
        tenant.key_usage().unwrap();
        self.was(Operation::KeyUsage, "listed");
        tenant.rotate_keys(RotationQuery::first(10), &by).unwrap();
        self.was(Operation::RotateKeys, "rotated");
        self.lists(&by);
        let pair = ["000000", "000001"];
        let back = tenant.resynchronize_of(&account, pair[0], pair[1], &by);
        assert!(matches!(back, Ok(Resynchronization::Mismatch(_))));
        self.was(Operation::ResynchronizeOf, "mismatch");
        tenant.reset(&account, &by).unwrap();
        self.was(Operation::Reset, "done");
        tenant.erase(&account, &by).unwrap();
        self.was(Operation::Erase, "done");
    }

    fn lists(&mut self, by: &Administrator) {
        let tenant = self.tenant.clone();
        tenant.accounts(AccountQuery::first(10)).unwrap();
        self.was(Operation::Accounts, "listed");
        let mut count = AccountCount::new();
        while !count.is_done() {
            tenant.count_accounts(&mut count).unwrap();
            self.was(Operation::CountAccounts, "done");
        }
        tenant.password_locks(PasswordLockQuery::first(10)).unwrap();
        self.was(Operation::PasswordLocks, "listed");
        let mut pruning = Pruning::before(UnixTime::from_seconds(0));
        while !pruning.is_done() {
            tenant.prune_events(&mut pruning, by).unwrap();
            self.was(Operation::PruneEvents, "done");
        }
        tenant.settle_sign_ins(&self.account).unwrap();
        self.was(Operation::SettleSignIns, "nothing_open");
    }

    fn activations(&mut self) {
        let (tenant, by) = (self.tenant.clone(), root());
        let purpose = Label::new("Backup service").unwrap();
        let redeemer = Actor::new("host-77.example").unwrap();
        let lifetime = ActivationLifetime::POLICY;
        let IssuedActivation { handle, .. } =
            tenant.issue_activation(&purpose, lifetime, &by).unwrap();
        self.was(Operation::IssueActivation, "issued");
        let replaced = tenant.reissue_activation(handle, lifetime, &by).unwrap();
        self.was(Operation::ReissueActivation, "reissued");
        let mfakit::Reissue::Reissued(replaced) = replaced else {
            panic!()
        };
        let code = self.note(&replaced.issued.code.expose());
        for word in ["Backup service", "host-77.example"] {
            self.note(word);
        }
        tenant.activation_status(&[handle]).unwrap();
        self.was(Operation::ActivationStatus, "listed");
        tenant.activations(ActivationQuery::first(10)).unwrap();
        self.was(Operation::Activations, "listed");
        tenant.repair_activation_clock(handle, &by).unwrap();
        self.was(Operation::RepairActivationClock, "nothing_ahead");
        let redeemed = tenant.redeem_activation(&code, &purpose, &redeemer);
        assert!(matches!(redeemed, Ok(Redemption::Redeemed(_))));
        self.was(Operation::RedeemActivation, "activation_redeemed");
        let again = tenant.redeem_activation(&code, &purpose, &redeemer);
        assert!(matches!(again, Ok(Redemption::ActivationFailed)));
        self.was(Operation::RedeemActivation, "activation_failed");
        let _ = tenant.revoke_activation(handle, &by).unwrap();
        self.was(Operation::RevokeActivation, "already_redeemed");
    }
}

fn bound(text: &str) -> Presented<'_> {
    Presented::new(text).bound_to(BINDING)
}
