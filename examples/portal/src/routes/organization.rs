//! What the organization requires: the policy, with every number's range and default, and the page about roles.

use axum::{extract::State, http::StatusCode, response::Response};
use mfakit::{Policy, PolicyChange, PolicyError, Profile, Requirement, Setting};

use crate::{
    access::{Permission, Role},
    failure::Failure,
    form::Form,
    guard::{Place, Post, SignedIn, Staff, Visit},
    notice::Notice,
    page::{Frame, NumberField, OrganizationPage, ProfileChoice, RoleRow, RolesPage, show},
    portal::Portal,
    routes::person::{REASON_NEEDED, administrator},
};

pub(super) async fn page(
    State(portal): State<Portal>,
    Visit(Staff(visitor)): Visit<Staff>,
) -> Result<Response, Failure> {
    visitor.require(Permission::ChangePolicy)?;
    let notice = portal.sessions().take_notice(&visitor.id).await?;
    let policy = portal.mfa().policy().await?;
    show_policy(&visitor, &policy, policy.version(), notice, None, None)
}

/// Changes the requirement and the numbers.
pub(super) async fn change(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Staff>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    visitor.require(Permission::ChangePolicy)?;
    let version = version_of(&form)?;
    let current = portal.mfa().policy().await?;
    let wanted = match wanted(current.clone(), &form)? {
        Ok(wanted) => wanted,
        Err(refused) => return refuse(&visitor, &current, version, &form, &refused),
    };
    store(&portal, &visitor, wanted, version, &form).await
}

/// Starts over from a profile: its requirement and all of its numbers.
pub(super) async fn start_over(
    State(portal): State<Portal>,
    Post { visitor, form, .. }: Post<Staff>,
) -> Result<Response, Failure> {
    let visitor = visitor.0;
    visitor.require(Permission::ChangePolicy)?;
    let version = version_of(&form)?;
    let name = form.one("profile")?;
    let profile = Profile::ALL.iter().find(|profile| profile.name() == name);
    let profile = *profile.ok_or(Failure::Form)?;
    let issuer = portal.mfa().policy().await?.issuer().clone();
    let wanted = Policy::profile(profile, issuer);
    store(&portal, &visitor, wanted, version, &form).await
}

pub(super) async fn roles(Visit(visitor): Visit<SignedIn>) -> Result<Response, Failure> {
    let row = |what: Permission| RoleRow {
        title: what.title(),
        may: Role::ALL.map(|role| role.may(what)),
    };
    let page = RolesPage {
        frame: Frame::inside(&visitor, ROLES),
        roles: Role::ALL.map(Role::title),
        rows: Permission::ALL.into_iter().map(row).collect(),
    };
    show(StatusCode::OK, &page)
}

/// Puts the policy in the place of the version that the page showed, and of no other.
async fn store(
    portal: &Portal,
    visitor: &SignedIn,
    wanted: Policy,
    version: u64,
    form: &Form,
) -> Result<Response, Failure> {
    let Some(by) = administrator(visitor, form)? else {
        return show_policy(visitor, &wanted, version, None, Some(REASON_NEEDED), None);
    };
    let change = portal.mfa().set_policy(wanted.replacing(version), &by);
    let notice = match change.await? {
        PolicyChange::Changed => Notice::PolicyChanged,
        PolicyChange::Stale => Notice::PolicyStale,
    };
    portal.sessions().leave(&visitor.id, notice).await?;
    Ok(super::go(ORGANIZATION, None))
}

/// What the form asks for; what it does not name stays as it is.
fn wanted(current: Policy, form: &Form) -> Result<Result<Policy, Refused>, Failure> {
    let requirement = match form.one("requirement")? {
        "required" => Requirement::Required,
        "optional" => Requirement::Optional,
        _ => return Err(Failure::Form),
    };
    let mut policy = current.with_requirement(requirement);
    for field in &FIELDS {
        let Some(typed) = form.maybe(field.setting.name())? else {
            continue;
        };
        let Ok(value) = typed.trim().parse() else {
            return Ok(Err(Refused::range(field)));
        };
        policy = match policy.with(field.setting, value) {
            Ok(policy) => policy,
            Err(PolicyError::Fixed { .. }) => {
                let text = format!("“{}” is fixed by the profile.", field.label);
                return Ok(Err(Refused::at(field, text)));
            }
            Err(PolicyError::TooEasyToGuess) => {
                let text = format!(
                    "With that value for “{}”, guessing a code would be too easy. Please choose a smaller one.",
                    field.label
                );
                return Ok(Err(Refused::at(field, text)));
            }
            Err(_) => return Ok(Err(Refused::range(field))),
        };
    }
    Ok(Ok(policy))
}

/// Which number was refused, and what to say.
struct Refused {
    setting: Setting,
    text: String,
}

impl Refused {
    fn at(field: &Field, text: String) -> Self {
        let setting = field.setting;
        Self { setting, text }
    }

    fn range(field: &Field) -> Self {
        let (min, max) = field.setting.range();
        let text = format!("“{}” takes a number from {min} to {max}.", field.label);
        Self::at(field, text)
    }
}

fn version_of(form: &Form) -> Result<u64, Failure> {
    form.one("version")?.parse().map_err(|_| Failure::Form)
}

fn refuse(
    visitor: &SignedIn,
    current: &Policy,
    version: u64,
    form: &Form,
    refused: &Refused,
) -> Result<Response, Failure> {
    let typed = Some((refused.setting, form));
    let text = Some(refused.text.as_str());
    show_policy(visitor, current, version, None, text, typed)
}

fn show_policy(
    visitor: &SignedIn,
    policy: &Policy,
    version: u64,
    notice: Option<Notice>,
    error: Option<&str>,
    typed: Option<(Setting, &Form)>,
) -> Result<Response, Failure> {
    let profile = policy.based_on();
    let of_profile = Policy::profile(profile, policy.issuer().clone());
    let field = |field: &Field| {
        let (min, max) = field.setting.range();
        let again = typed.and_then(|(_, form)| form.maybe(field.setting.name()).ok().flatten());
        NumberField {
            name: field.setting.name(),
            label: field.label,
            help: field.help,
            unit: field.unit,
            value: again.map_or_else(|| policy.get(field.setting).to_string(), str::to_owned),
            min,
            max,
            default: of_profile.get(field.setting),
            is_fixed: profile.fixes(field.setting).is_some(),
            is_wrong: typed.is_some_and(|(wrong, _)| wrong == field.setting),
        }
    };
    let page = OrganizationPage {
        frame: Frame::inside(visitor, ORGANIZATION),
        notice: notice.map(Notice::text),
        version,
        is_required: match typed {
            Some((_, form)) => form.maybe("requirement")? == Some("required"),
            None => policy.requirement() == Requirement::Required,
        },
        groups: GROUPS
            .iter()
            .map(|(title, from, to)| {
                let fields = FIELDS.iter().skip(*from).take(to.saturating_sub(*from));
                (*title, fields.map(field).collect())
            })
            .collect(),
        profile: profile.name(),
        profiles: Profile::ALL
            .iter()
            .map(|it| ProfileChoice {
                name: it.name(),
                text: described(*it),
                is_here: *it == profile,
            })
            .collect(),
        error,
    };
    show(super::status_of(error.is_some()), &page)
}

const fn described(profile: Profile) -> &'static str {
    match profile {
        Profile::Default => "What suits most organizations.",
        Profile::NistAal2 => {
            "NIST SP 800-63B-4 at AAL2: a new sign-in each day, no remembered devices, exemptions end."
        }
        Profile::AsvsStrict => {
            "OWASP ASVS 5.0, read strictly: codes of the current half minute only, no remembered devices."
        }
        Profile::Pci => {
            "PCI DSS 4: pauses of half an hour, ten wrong codes close the account, exemptions end within a month."
        }
        _ => "",
    }
}

/// A number on the page.
struct Field {
    setting: Setting,
    label: &'static str,
    unit: &'static str,
    help: &'static str,
}

const fn field(
    setting: Setting,
    label: &'static str,
    unit: &'static str,
    help: &'static str,
) -> Field {
    Field {
        setting,
        label,
        unit,
        help,
    }
}

/// The part of [`FIELDS`] under each heading.
const GROUPS: [(&str, usize, usize); 5] = [
    ("Time for the first setup", 0, 2),
    ("Remembered devices", 2, 4),
    ("Wrong codes and wrong passwords", 4, 9),
    ("Exemptions", 9, 11),
    ("Backup codes and services", 11, 14),
];

const FIELDS: [Field; 14] = [
    field(
        Setting::SetupDeadline,
        "Time to set up",
        "days",
        "From a person’s first sign-in under the requirement. 0: setup comes at once.",
    ),
    field(
        Setting::SetupSkips,
        "Times “later” may be chosen",
        "sign-ins",
        "Before the deadline. 0: never, whatever the deadline.",
    ),
    field(
        Setting::RememberDays,
        "Remember a device for",
        "days",
        "Whoever uses a remembered device needs the password only. 0: no device is remembered.",
    ),
    field(
        Setting::RememberedDevices,
        "Devices for each person",
        "devices",
        "The oldest makes room for a new one.",
    ),
    field(
        Setting::LockAfter,
        "Wrong codes before the first pause",
        "codes",
        "In a row. Each further one pauses for longer, on every device.",
    ),
    field(
        Setting::LockFirst,
        "Length of the first pause",
        "seconds",
        "The pauses after it grow to an hour.",
    ),
    field(
        Setting::HardLockAfter,
        "Wrong codes before sign-in closes",
        "codes",
        "In a row. After that an administrator has to help.",
    ),
    field(
        Setting::PasswordAttempts,
        "Wrong passwords before a pause",
        "passwords",
        "Within a quarter of an hour, unless a profile says otherwise.",
    ),
    field(
        Setting::PasswordLock,
        "Length of that pause",
        "seconds",
        "It ends by itself: strangers who type wrong passwords lock nobody out for good.",
    ),
    field(
        Setting::ExemptionDays,
        "Longest exemption",
        "days",
        "0: no limit. Any other number needs an end.",
    ),
    field(
        Setting::ExemptionOpenEnd,
        "Exemptions without an end",
        "1 yes, 0 no",
        "Only where there is no limit of days.",
    ),
    field(
        Setting::BackupCodes,
        "Backup codes in a set",
        "codes",
        "Sets that exist stay as they are.",
    ),
    field(
        Setting::BackupCodesLow,
        "Warn when so many are left",
        "codes",
        "Or fewer.",
    ),
    field(
        Setting::ActivationLifetime,
        "Longest life of an activation code",
        "seconds",
        "A code that is handed over in a mail lives for a day at most.",
    ),
];

const ORGANIZATION: Place = "/organization";
const ROLES: Place = "/roles";

#[cfg(test)]
mod tests {
    use super::{FIELDS, GROUPS};

    #[test]
    fn every_number_is_under_one_heading() {
        let mut next = 0;
        for (_, from, to) in GROUPS {
            assert_eq!(from, next);
            next = to;
        }
        assert_eq!(next, FIELDS.len());
    }
}
