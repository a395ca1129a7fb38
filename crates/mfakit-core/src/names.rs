//! The stable names of states, for logs, interfaces and bindings; how an operation ends is named in `outcome`.

use crate::{
    AccountState, AuditFault, AuditSubject, AuthenticatorKind, Basis, Demand, ExternalMeans,
    ReplayedCode, Strength,
};

macro_rules! names {
    ($($type:ident { $($variant:ident $name:literal,)* })*) => {$(
        impl $type {
            /// Every one, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, in lower-case words with underscores.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    )*};
}

names! {
    AccountState {
        NotSetUp "not_set_up",
        SetUp "set_up",
        SetupPending "setup_pending",
        Overdue "overdue",
        Locked "locked",
        HardLocked "hard_locked",
        Exempt "exempt",
        FewBackupCodes "few_backup_codes",
        Unreadable "unreadable",
        Erased "erased",
    }
    AuditFault {
        Altered "altered",
        NewerKind "newer_kind",
        NoDocument "no_document",
        Erased "erased",
    }
    AuthenticatorKind {
        Totp "totp",
        Hotp "hotp",
    }
    Basis {
        NotRequired "not_required",
        NotSetUp "not_set_up",
        Otp "otp",
        BackupCode "backup_code",
        Exempt "exempt",
        Remembered "remembered",
        Deferred "deferred",
    }
    Demand {
        Session "session",
        TwoFactor "two_factor",
        Fresh "fresh",
    }
    ReplayedCode {
        Otp "otp",
        BackupCode "backup_code",
    }
    Strength {
        Strong "strong",
        Weak "weak",
    }
}

impl ExternalMeans {
    /// Every one, in the order of their declaration.
    pub const ALL: &'static [Self] = &[
        Self::SingleSignOn,
        Self::MailedLink,
        Self::ClientCertificate,
        Self::Other,
    ];
}

impl AuditSubject {
    /// The stable name of what it is: `account`, `passwords`, `policy`, `activation`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Passwords(_) => "passwords",
            Self::Policy => "policy",
            Self::Activation(_) => "activation",
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_words_and_differ() {
        fn check(names: impl ExactSizeIterator<Item = &'static str>, count: usize) {
            assert_eq!(names.len(), count);
            let names: BTreeSet<_> = names.collect();
            assert_eq!(names.len(), count);
            for name in names {
                assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            }
        }
        check(AccountState::ALL.iter().map(|it| it.name()), 10);
        check(AuditFault::ALL.iter().map(|it| it.name()), 4);
        check(AuthenticatorKind::ALL.iter().map(|it| it.name()), 2);
        check(Basis::ALL.iter().map(|it| it.name()), 7);
        check(Demand::ALL.iter().map(|it| it.name()), 3);
        check(ExternalMeans::ALL.iter().map(|it| it.name()), 4);
        check(ReplayedCode::ALL.iter().map(|it| it.name()), 2);
        check(Strength::ALL.iter().map(|it| it.name()), 2);
    }
}
