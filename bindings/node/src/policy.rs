//! Policies and clocks, held by numbers, and what is asked about them without waiting.

use alloc::collections::BTreeMap;

use mfakit::{Issuer, KeyId, ManualClock, Policy, PolicyError, Profile, Requirement, Setting};
use napi_derive::napi;
use serde::Deserialize;

use crate::{
    answer::{PolicyAt, camel},
    call::by_name,
    failure::Failure,
    held::Held,
    json::{Answer as _, Object},
    keyring,
    otp::time,
    port::{Port, locked},
};

/// What a policy is to say; what is left out stays.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wish {
    /// The policy to begin with; none for a new one.
    base: Option<u32>,
    issuer: Option<String>,
    profile: Option<String>,
    requirement: Option<String>,
    #[serde(default)]
    settings: BTreeMap<String, u32>,
}

#[napi]
impl Port {
    /// Makes a policy, or another from one, and holds it.
    ///
    /// # Errors
    /// If a value is out of its range, or the policy as a whole is refused.
    #[napi(catch_unwind)]
    pub fn policy(&self, wish: String) -> napi::Result<String> {
        let wish: Wish = serde_json::from_str(&wish)
            .map_err(|_| Failure::value("policy", "settings are whole numbers"))?;
        let policy = self.wished(&wish)?;
        let mut text = String::new();
        Object::write(&mut text, |to| {
            PolicyAt::hold(&self.shared, policy).write(to);
        });
        Ok(text)
    }

    fn wished(&self, wish: &Wish) -> Result<Policy, Failure> {
        let issuer = wish.issuer.as_deref().map(Issuer::new).transpose()?;
        let mut policy = match (wish.base, issuer) {
            (Some(base), issuer) => {
                let policy = locked(&self.shared.shelf).policy(base)?.clone();
                match issuer {
                    Some(issuer) => policy.with_issuer(issuer),
                    None => policy,
                }
            }
            (None, Some(issuer)) => {
                let profile = wish.profile.as_deref().unwrap_or("default");
                let profile = by_name(Profile::ALL, Profile::name, "profile", profile)?;
                Policy::profile(profile, issuer)
            }
            (None, None) => return Err(Failure::value("issuer", "a policy names the site")),
        };
        if let Some(requirement) = wish.requirement.as_deref() {
            let requirement = by_name(
                &[
                    Requirement::Off,
                    Requirement::Optional,
                    Requirement::Required,
                ],
                Requirement::name,
                "requirement",
                requirement,
            )?;
            policy = policy.with_requirement(requirement);
        }
        with_settings(policy, &wish.settings)
    }

    /// Every setting with its smallest value, its largest, and that of the profile `default`, as JSON.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn settings(&self) -> String {
        let mut text = String::new();
        Object::write(&mut text, |to| {
            for &setting in Setting::ALL {
                let (min, max) = setting.range();
                to.object(&camel(setting.name()), |to| {
                    to.number("min", min);
                    to.number("max", max);
                    to.number("default", setting.default_value());
                });
            }
        });
        text
    }

    /// Holds a clock that stands at a time.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn clock(&self, at: f64) -> u32 {
        let clock = ManualClock::starting_at(time(at));
        locked(&self.shared.shelf).hold(Held::Clock(clock))
    }

    /// Sets a clock.
    ///
    /// # Errors
    /// If it is not held any more.
    #[napi(catch_unwind)]
    pub fn set_clock(&self, held: u32, at: f64) -> napi::Result<()> {
        locked(&self.shared.shelf).clock(held)?.set(time(at));
        Ok(())
    }

    /// From when on a key can be retired unnoticed, in seconds, or `null`.
    ///
    /// # Errors
    /// If the count is not held any more.
    #[napi(catch_unwind)]
    pub fn unused_from(&self, held: u32, key: u32, replaced: f64) -> napi::Result<Option<f64>> {
        let shelf = locked(&self.shared.shelf);
        let from = shelf
            .usage(held)?
            .unused_from(KeyId::new(key), time(replaced));
        Ok(from.map(|from| from.seconds() as f64))
    }

    /// Replaces the keyring of an engine without looking at anything.
    ///
    /// # Errors
    /// If one of them is not held any more.
    #[napi(catch_unwind)]
    pub fn danger_replace_keyring(&self, engine: u32, keyring: u32) -> napi::Result<()> {
        let shelf = locked(&self.shared.shelf);
        let keyring = keyring::copy(shelf.keyring(keyring)?)?;
        shelf.engine(engine)?.danger_replace_keyring(keyring);
        Ok(())
    }
}

/// Sets each setting; whichever must come before another, does.
fn with_settings(mut policy: Policy, settings: &BTreeMap<String, u32>) -> Result<Policy, Failure> {
    let mut waiting = Vec::new();
    for (name, &value) in settings {
        let setting = Setting::ALL.iter().find(|it| camel(it.name()) == *name);
        let Some(&setting) = setting else {
            return Err(Failure::value("settings", "there is no such setting"));
        };
        waiting.push((setting, value));
    }
    // The core looks at the whole after each one, and two that are right together can be wrong alone.
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut refused = None;
        waiting.retain(
            |&(setting, value)| match policy.clone().with(setting, value) {
                Ok(changed) => {
                    policy = changed;
                    false
                }
                Err(error) => {
                    refused.get_or_insert(error);
                    true
                }
            },
        );
        if let Some(error) = refused.filter(|_| waiting.len() == before) {
            return Err(match error {
                PolicyError::OutOfRange { .. } => Failure::range("settings", error),
                error => Failure::value("settings", error),
            });
        }
    }
    Ok(policy)
}
