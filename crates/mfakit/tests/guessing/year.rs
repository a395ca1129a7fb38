//! The chance that is left to somebody who has the password and guesses for a year, under every profile.

use mfakit::Profile;

use crate::siege::{Account, Outcome, Strategy, besiege};

const STRATEGIES: [Strategy; 4] = [
    Strategy::Always,
    Strategy::BelowTheFirstLock,
    Strategy::BelowTheHardLock,
    Strategy::Mixed,
];

/// What docs/threat-model.md states: at most one chance in so many, in a year, by profile.
const ONE_APP: [(Profile, f64); 4] = [
    (Profile::Default, 1_000.0),
    (Profile::NistAal2, 1_000.0),
    (Profile::AsvsStrict, 3_000.0),
    (Profile::Pci, 1_000.0),
];
const ANY_ACCOUNT: f64 = 200.0;

/// Runs the strategies against the account, and says what the best of them came to.
fn best(profile: Profile, account: Account, strategies: &[Strategy], owner_comes: bool) -> Outcome {
    let run = |&strategy: &Strategy| {
        let outcome = besiege(profile, account, strategy, owner_comes);
        // Nobody is kept out by a guesser, except for a time, or until an administrator acts.
        let days = if owner_comes { 365 } else { 0 };
        assert_eq!(outcome.owner_days, days, "{profile:?} {strategy:?}");
        say(profile, account, strategy, &outcome);
        outcome
    };
    let outcomes = strategies.iter().map(run);
    outcomes
        .max_by(|one, other| one.chance.total_cmp(&other.chance))
        .unwrap()
}

#[expect(
    clippy::print_stdout,
    reason = "what a year came to belongs to the result"
)]
fn say(profile: Profile, account: Account, strategy: Strategy, outcome: &Outcome) {
    println!(
        "{} {account:?} {strategy:?}: {} guesses, owner in on {} days, chance {:.6}",
        profile.name(),
        outcome.guesses,
        outcome.owner_days,
        outcome.chance
    );
}

#[test]
fn a8_a9_a14_a_year_of_guessing_beside_an_owner_with_one_app() {
    for (profile, odds) in ONE_APP {
        let best = best(profile, Account::OneApp, &STRATEGIES, true);
        assert!(best.chance * odds <= 1.0, "{profile:?} {best:?}");
        // The attacker is as good as it gets: everything that may be guessed was.
        assert!(
            best.year_spent && best.guesses == 300,
            "{profile:?} {best:?}"
        );
    }
}

#[test]
fn a8_a9_a14_a_year_of_guessing_at_as_many_live_codes_as_an_account_can_have() {
    for profile in [Profile::Default, Profile::AsvsStrict] {
        let best = best(profile, Account::Full, &STRATEGIES[..1], true);
        assert!(best.chance * ANY_ACCOUNT <= 1.0, "{profile:?} {best:?}");
        assert!(best.year_spent, "{profile:?} {best:?}");
    }
}

#[test]
fn a8_a9_a14_a_year_of_guessing_at_somebody_who_does_not_come() {
    for (profile, odds) in ONE_APP {
        let best = best(profile, Account::OneApp, &STRATEGIES, false);
        // The hard lock comes first, and nobody lifts it.
        assert!(best.chance * odds <= 0.1, "{profile:?} {best:?}");
        assert!(best.guesses >= 10 && best.guesses <= 20, "{best:?}");
    }
}
