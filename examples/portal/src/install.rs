//! What the service-install wizard and its command share.

/// What the codes of the wizard are for: a constant of the address that redeems them, never a field of the form.
pub(crate) const PURPOSE: &str = "backup agent";

/// Where the command redeems a code.
pub const REDEEM: &str = "/install/backup-agent";

/// Where a service shows its key.
pub const HELLO: &str = "/service/hello";
