//! Parameters for configuration files and interfaces, with the feature `serde`.
//!
//! Only what holds no secret: numbers as numbers, the algorithm by its name in a URI, windows and parameters by the names
//! of their fields. What is read is checked as by the constructors. Secrets, codes, URIs, QR codes and tokens have no
//! such implementation, and documents have a format of their own.

use alloc::borrow::Cow;
use core::convert::Infallible;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    Algorithm, Counter, Digits, LookAhead, Period, ResyncWindow, TimeStep, TotpParameters,
    UnixTime, Window,
};

/// A type that is written as a number, and read by its constructor.
macro_rules! as_number {
    ($type:ident: $number:ty, $get:expr, $new:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $get(*self).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $new(<$number>::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    };
}

as_number!(Digits: u8, Digits::get, Digits::new);
as_number!(Period: u16, Period::seconds, Period::new);
as_number!(LookAhead: u8, LookAhead::get, LookAhead::new);
as_number!(ResyncWindow: u16, ResyncWindow::get, ResyncWindow::new);
as_number!(TimeStep: u64, TimeStep::number, any(TimeStep::new));
as_number!(Counter: u64, Counter::number, any(Counter::new));
as_number!(UnixTime: i64, UnixTime::seconds, any(UnixTime::from_seconds));

/// A constructor that takes every number.
fn any<N, T>(new: fn(N) -> T) -> impl Fn(N) -> Result<T, Infallible> {
    move |number| Ok(new(number))
}

impl Serialize for Algorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.key_uri_name().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Algorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.key_uri_name() == name)
            .ok_or_else(|| D::Error::custom("an algorithm is `SHA1`, `SHA256` or `SHA512`"))
    }
}

/// How a [`Window`] is written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Window", deny_unknown_fields)]
struct Sides {
    past: u8,
    future: u8,
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (past, future) = (self.past(), self.future());
        Sides { past, future }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sides = Sides::deserialize(deserializer)?;
        Self::new(sides.past, sides.future).map_err(D::Error::custom)
    }
}

/// How [`TotpParameters`] are written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "TotpParameters", deny_unknown_fields)]
struct Parameters {
    algorithm: Algorithm,
    digits: Digits,
    period: Period,
}

impl Serialize for TotpParameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            algorithm,
            digits,
            period,
        } = *self;
        let parameters = Parameters {
            algorithm,
            digits,
            period,
        };
        parameters.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TotpParameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Parameters {
            algorithm,
            digits,
            period,
        } = Parameters::deserialize(deserializer)?;
        Ok(Self {
            algorithm,
            digits,
            period,
        })
    }
}
