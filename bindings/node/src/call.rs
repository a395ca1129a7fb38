//! The operations of a person and of the engine, each one call of the crate `mfakit`.

use alloc::sync::Arc;
use core::fmt::Write as _;

use mfakit::{
    AccountName, Actor, Demand, DeviceId, Engine, ExternalMeans, FirstFactor, Label, Mark,
    Observation, Observer, SignIn, Store, Tenant, TenantId, WhichDevices,
};
use mfakit_connect::{ConnectOptions, StoreUrl};
use napi_derive::napi;
use zeroize::Zeroizing;

use crate::{
    admin::{self, authenticator_id},
    answer::{Answered, GateAt, HeldAt, KeyringAt, PolicyAt, UsageAt, answered},
    failure::Failure,
    json::{Answer as _, Object},
    keyring,
    port::{Port, Shared, locked, runtime},
    request::{EngineRequest, External, Request, Token},
    secret::NativeSecret,
    store::ScriptStore,
    text::Big,
};

#[napi]
impl Port {
    /// Begins an operation of a tenant; its end is a message to the number `call`.
    ///
    /// # Errors
    /// What is wrong with the request as such.
    #[napi(catch_unwind)]
    pub fn call(
        &self,
        call: u32,
        can_be_aborted: bool,
        engine: u32,
        tenant: String,
        request: String,
        secret: Option<&NativeSecret>,
    ) -> napi::Result<()> {
        let request = Zeroizing::new(request);
        let request: Request =
            serde_json::from_str(&request).map_err(|_| Failure::value("request", UNREADABLE))?;
        let engine = locked(&self.shared.shelf).engine(engine)?.clone();
        let tenant = tenant_of(&engine, &tenant)?;
        let secret = secret.map(|it| it.secret().duplicate());
        let shared = Arc::clone(&self.shared);
        self.shared.spawn(call, can_be_aborted, async move {
            match request {
                Request::Admin(request) => admin::operate(&shared, &tenant, *request, secret).await,
                request => operate(&shared, &tenant, request).await,
            }
        });
        Ok(())
    }

    /// Begins an operation of the engine, or one that needs none.
    ///
    /// # Errors
    /// What is wrong with the request as such.
    #[napi(catch_unwind)]
    pub fn begin(&self, call: u32, can_be_aborted: bool, request: String) -> napi::Result<()> {
        let request = Zeroizing::new(request);
        let request: EngineRequest =
            serde_json::from_str(&request).map_err(|_| Failure::value("request", UNREADABLE))?;
        let shared = Arc::clone(&self.shared);
        let work = async move { begin(&shared, request).await };
        self.shared.spawn(call, can_be_aborted, work);
        Ok(())
    }
}

async fn operate(shared: &Shared, tenant: &Tenant, request: Request) -> Result<Answered, Failure> {
    match request {
        Request::Policy {} => {
            let policy = tenant.policy().await?;
            answered(PolicyAt::hold(shared, policy))
        }
        Request::BeginPassword { account } => {
            let gate = tenant.begin_password(&account.account()?).await?;
            answered(GateAt::hold(shared, gate))
        }
        Request::BeginDecoy {} => answered(tenant.begin_decoy().await?),
        Request::SignIn {
            attempt,
            external,
            device,
            binding,
            demand_factor,
            not_older_than,
        } => {
            let first = match (attempt, external) {
                (Some(attempt), None) => {
                    FirstFactor::Password(locked(&shared.shelf).attempt(attempt)?)
                }
                (None, Some(external)) => external_by(&external)?,
                _ => return Err(Failure::value("first", "a first factor is one thing")),
            };
            let mut request = SignIn::new();
            if let Some(device) = &device {
                request = request.device(device.as_str());
            }
            if let Some(binding) = &binding {
                request = request.binding(binding.as_slice());
            }
            if demand_factor {
                request = request.demand_factor();
            }
            if let Some(Big(mark)) = not_older_than {
                request = request.not_older_than(Mark::new(mark));
            }
            answered(tenant.sign_in(first, request).await?)
        }
        Request::BeginSetup {
            session,
            account_name,
            label,
        } => {
            let (name, label) = (AccountName::new(&account_name)?, Label::new(&label)?);
            answered(
                tenant
                    .begin_setup(session.presented(), &name, &label)
                    .await?,
            )
        }
        Request::ConfirmSetup { session, typed } => answered(
            tenant
                .confirm_setup(session.presented(), typed.as_str())
                .await?,
        ),
        Request::Verify {
            session,
            typed,
            remember: None,
        } => answered(tenant.verify(session.presented(), typed.as_str()).await?),
        Request::Verify {
            session,
            typed,
            remember: Some(device),
        } => {
            let device = Label::new(&device)?;
            let verifying =
                tenant.verify_and_remember(session.presented(), typed.as_str(), &device);
            answered(verifying.await?)
        }
        Request::Resynchronize {
            session,
            first,
            second,
        } => answered(
            tenant
                .resynchronize(session.presented(), first.as_str(), second.as_str())
                .await?,
        ),
        Request::RevokeDevices { session, device } => {
            let which = devices(device.as_deref());
            answered(tenant.revoke_devices(session.presented(), which).await?)
        }
        Request::Defer { session } => answered(tenant.defer(session.presented()).await?),
        Request::CheckAssertion { session, demand } => {
            let demand = demand.as_deref().map_or(Ok(Demand::Session), |name| {
                by_name(Demand::ALL, |it| it.name(), "demand", name)
            })?;
            answered(
                tenant
                    .check_assertion_for(session.presented(), demand)
                    .await?,
            )
        }
        Request::AcknowledgeBackupCodes { session } => {
            answered(tenant.acknowledge_backup_codes(session.presented()).await?)
        }
        Request::StepUp { session } => answered(tenant.step_up(session.presented()).await?),
        Request::RegenerateBackupCodes { session } => {
            answered(tenant.regenerate_backup_codes(session.presented()).await?)
        }
        Request::RenameAuthenticator {
            session,
            authenticator,
            label,
        } => {
            let (id, label) = (authenticator_id(&authenticator)?, Label::new(&label)?);
            answered(
                tenant
                    .rename_authenticator(session.presented(), id, &label)
                    .await?,
            )
        }
        Request::RemoveAuthenticator {
            session,
            authenticator,
        } => {
            let id = authenticator_id(&authenticator)?;
            answered(tenant.remove_authenticator(session.presented(), id).await?)
        }
        Request::Disable { session } => answered(tenant.disable(session.presented()).await?),
        Request::PasswordChanged { account, session } => {
            let session = session.as_ref().map(Token::presented);
            answered(
                tenant
                    .password_changed(&account.account()?, session)
                    .await?,
            )
        }
        Request::SettleSignIns { account } => {
            answered(tenant.settle_sign_ins(&account.account()?).await?)
        }
        Request::RedeemActivation {
            typed,
            purpose,
            redeemer,
        } => {
            let (purpose, redeemer) = (Label::new(&purpose)?, Actor::new(&redeemer)?);
            answered(
                tenant
                    .redeem_activation(typed.as_str(), &purpose, &redeemer)
                    .await?,
            )
        }
        Request::Admin(_) => Err(Failure::internal()),
    }
}

async fn begin(shared: &Arc<Shared>, request: EngineRequest) -> Result<Answered, Failure> {
    match request {
        EngineRequest::Open {
            store,
            script,
            migrate,
            keyring,
            clock,
            observer,
        } => {
            let keyring = keyring::copy(locked(&shared.shelf).keyring(keyring)?)?;
            let store: Arc<dyn Store> = match (store, script) {
                (Some(url), None) => {
                    let url = StoreUrl::parse(url.as_str())
                        .map_err(|error| Failure::value("store", error))?;
                    let mut options = ConnectOptions::new();
                    if migrate {
                        options = options.migrating();
                    }
                    options.open(&url).await?
                }
                (None, Some(script)) => Arc::new(ScriptStore::new(shared, script)),
                _ => return Err(Failure::value("store", "a store is one thing")),
            };
            let mut builder = Engine::builder(store, keyring);
            if let Some(clock) = clock {
                builder = builder.clock(locked(&shared.shelf).clock(clock)?.clone());
            }
            if let Some(number) = observer {
                builder = builder.observer(observe(shared, number));
            }
            answered(HeldAt::engine(shared, builder.build()))
        }
        EngineRequest::CreateTenant {
            engine,
            tenant,
            policy,
            by,
        } => {
            let (engine, policy) = {
                let shelf = locked(&shared.shelf);
                (shelf.engine(engine)?.clone(), shelf.policy(policy)?.clone())
            };
            let creating = (tenant_id(&tenant)?, by.read()?);
            answered(
                engine
                    .create_tenant(&creating.0, policy, &creating.1)
                    .await?,
            )
        }
        EngineRequest::Tenants {
            engine,
            after,
            limit,
        } => {
            let engine = locked(&shared.shelf).engine(engine)?.clone();
            let after = after.as_deref().map(tenant_id).transpose()?;
            answered(engine.tenants(after.as_ref(), limit).await?)
        }
        EngineRequest::KeyUsage { engine } => {
            let engine = locked(&shared.shelf).engine(engine)?.clone();
            let usage = engine.key_usage().await?;
            answered(UsageAt::hold(shared, usage))
        }
        EngineRequest::ReplaceKeyring { engine, keyring } => {
            let (engine, keyring) = {
                let shelf = locked(&shared.shelf);
                (
                    shelf.engine(engine)?.clone(),
                    keyring::copy(shelf.keyring(keyring)?)?,
                )
            };
            answered(engine.replace_keyring(keyring).await?)
        }
        EngineRequest::KeyringFile { path, act } => {
            let changing = runtime().spawn_blocking(move || keyring::file(&path, &act));
            let keyring = changing.await.map_err(|_| Failure::internal())??;
            answered(KeyringAt::hold(shared, keyring))
        }
    }
}

/// Tells JavaScript how each call has ended.
fn observe(shared: &Arc<Shared>, number: u32) -> impl Observer + use<> {
    let shared = Arc::downgrade(shared);
    move |observation: &Observation| {
        let Some(shared) = shared.upgrade() else {
            return;
        };
        shared.send(|out| {
            let _ = write!(out, "[\"observed\",{number},");
            Object::write(out, |to| observation.write(to));
            out.push(']');
        });
    }
}

fn external_by(external: &External) -> Result<FirstFactor, Failure> {
    let account = external.account.account()?;
    Ok(match external.means.as_deref() {
        None => FirstFactor::external(account),
        Some(means) => {
            let means = by_name(ExternalMeans::ALL, |it| it.name(), "means", means)?;
            FirstFactor::external_by(means, account)
        }
    })
}

/// All devices, or the one with this id, which may be none.
pub(crate) fn devices(device: Option<&str>) -> WhichDevices {
    // A text that is no id names a device that nobody has, so that the core answers as for any other.
    let id = |text| DeviceId::parse(text).or_else(|| DeviceId::parse("aaaaaaaaaaaaa"));
    device
        .and_then(id)
        .map_or(WhichDevices::All, WhichDevices::One)
}

pub(crate) fn tenant_of(engine: &Engine, tenant: &str) -> Result<Tenant, Failure> {
    Ok(engine.tenant_of(tenant_id(tenant)?))
}

fn tenant_id(tenant: &str) -> Result<TenantId, Failure> {
    TenantId::new(tenant).map_err(|error| Failure::value("tenant", error))
}

/// The one of `all` with this stable name.
pub(crate) fn by_name<T: Copy>(
    all: &[T],
    name_of: impl Fn(T) -> &'static str,
    argument: &'static str,
    name: &str,
) -> Result<T, Failure> {
    let found = all.iter().copied().find(|&it| name_of(it) == name);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|&it| name_of(it)).collect();
        Failure::value(argument, format!("one of {}", names.join(", ")))
    })
}

const UNREADABLE: &str = "the native module and the JavaScript around it are of two versions";
