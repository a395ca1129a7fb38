//! What the operations answer. Everything a person can cause is here; none of it is an error.

mod administration;
mod audit;
mod list;
mod session;
mod setup;
mod sign_in;
mod status;
mod verification;

pub use self::administration::{
    ClockRepair, DeviceRevocation, ExemptionChange, ExemptionEnd, PolicyChange, RequirementChange,
    TenantCreation, WhichDevices,
};
pub use self::audit::{
    AuditEntry, AuditFault, AuditStep, AuditSubject, AuditVerdict, PruneStep, Pruned,
};
pub use self::list::{AccountState, AccountSummary, PasswordLock};
pub use self::session::{Current, Mark, Standing, Void};
pub(crate) use self::setup::Redacted;
pub use self::setup::{Confirmation, Confirmed, PendingSetup, SetupStart};
pub use self::sign_in::{
    Allowed, Basis, Challenge, Decision, Deferment, Deferral, ExternalMeans, FirstFactor, Gate,
    GateRefusal, PasswordAttempt, Settlement, SetupRequired,
};
pub use self::status::{AccountStatus, AuthenticatorStatus, DeviceStatus, ExemptionStatus};
pub use self::verification::{
    Charged, Declined, Mismatch, Replayed, ReplayedCode, Verification, Verified,
};
