//! Activation codes as administrators see them, and the wizard that redeems one.

use askama::Template;
use mfakit::{ActivationAct, ActivationState, ActivationStatus};

use crate::{page::Frame, when::When};

/// Every service, and a form for one more.
#[derive(Template)]
#[template(path = "services.html")]
pub(crate) struct ServicesPage {
    pub(crate) frame: Frame,
    pub(crate) notice: Option<&'static str>,
    pub(crate) error: Option<&'static str>,
    pub(crate) purpose: &'static str,
    pub(crate) services: Vec<ServiceRow>,
    /// The handle after which more follow.
    pub(crate) further: Option<String>,
}

/// One service, and what may be done about it.
#[derive(Template)]
#[template(path = "service.html")]
pub(crate) struct ServicePage {
    pub(crate) frame: Frame,
    pub(crate) service: ServiceRow,
    pub(crate) error: Option<&'static str>,
}

/// An activation code, once.
#[derive(Template)]
#[template(path = "code.html")]
pub(crate) struct CodePage<'a> {
    pub(crate) frame: Frame,
    pub(crate) code: &'a str,
    pub(crate) handle: String,
    pub(crate) until: When,
    /// Whether it takes the place of an earlier one.
    pub(crate) again: bool,
}

/// A service in the list.
pub(crate) struct ServiceRow {
    pub(crate) handle: String,
    /// None if the stored state can't be read.
    pub(crate) code: Option<ServiceCode>,
}

/// What became of its code.
pub(crate) struct ServiceCode {
    pub(crate) purpose: String,
    pub(crate) issued: When,
    pub(crate) issued_by: String,
    pub(crate) state: &'static str,
    /// How a page marks it: open, good, or over.
    pub(crate) dot: &'static str,
    /// The rest of the sentence.
    pub(crate) text: String,
}

impl ServiceRow {
    pub(crate) fn of(status: &ActivationStatus) -> Self {
        let code = status.record.as_ref().map(|record| {
            let by = |act: &ActivationAct| {
                format!("by {}, {}", act.by.as_str(), When::exactly(act.at).text)
            };
            let until = When::exactly(record.expires).text;
            let (state, dot, text) = match &record.state {
                ActivationState::Open => {
                    let left = crate::page::counted(record.tries_left, "try");
                    let left = left.replace("trys", "tries");
                    ("Waiting", "low", format!("until {until}, {left} left"))
                }
                ActivationState::Redeemed(act) => ("Installed", "on", by(act)),
                ActivationState::Revoked(act) => ("Revoked", "", by(act)),
                ActivationState::Expired => ("Expired", "", until),
                ActivationState::Exhausted => ("Void", "", "too many wrong codes".to_owned()),
                _ => ("Unknown", "", String::new()),
            };
            ServiceCode {
                purpose: record.purpose.as_str().to_owned(),
                issued: When::exactly(record.issued.at),
                issued_by: record.issued.by.as_str().to_owned(),
                state,
                dot,
                text,
            }
        });
        Self {
            handle: status.handle.to_string(),
            code,
        }
    }
}

/// The service-install wizard.
#[derive(Template)]
#[template(path = "install.html")]
pub(crate) struct InstallPage<'a> {
    pub(crate) frame: Frame,
    pub(crate) machine: &'a str,
    pub(crate) message: Option<InstallMessage>,
}

/// Why the wizard asks once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InstallMessage {
    /// The machine's name is none.
    Machine,
    /// The code is mistyped: its own check says so.
    Mistyped,
    /// The code was refused. One text for every reason.
    Failed,
}

/// The service is in.
#[derive(Template)]
#[template(path = "installed.html")]
pub(crate) struct InstalledPage<'a> {
    pub(crate) frame: Frame,
    pub(crate) key: &'a str,
    pub(crate) machine: &'a str,
}
