//! Key URIs, Google Authenticator's export, and QR codes.

use mfakit::{AccountName, Issuer, Secret};
use mfakit_core::{
    ErrorCorrection, MigrationEntryError, MigrationExport, ModulePixels, MovingFactor, OtpAuthUri,
    QrCode,
};
use napi::bindgen_prelude::{BigInt, Uint8Array};
use napi_derive::napi;
use zeroize::Zeroizing;

use crate::{
    failure::Failure,
    json::{self, Object},
    otp::{NativeHotp, NativeTotp, packed_parameters},
    secret::NativeSecret,
};

/// A key URI, read or built.
#[napi]
pub struct NativeUri {
    uri: OtpAuthUri,
}

#[napi]
impl NativeUri {
    /// Reads a URI.
    ///
    /// # Errors
    /// If it is none.
    #[napi(factory, catch_unwind)]
    pub fn parse(text: String) -> napi::Result<Self> {
        let text = Zeroizing::new(text);
        let uri = OtpAuthUri::parse(&text).map_err(|error| Failure::text("uri", &error))?;
        Ok(Self { uri })
    }

    /// The URI of an authenticator that goes by time.
    ///
    /// # Errors
    /// If a name can't be one.
    #[napi(factory, catch_unwind)]
    pub fn of_totp(
        issuer: String,
        account: String,
        totp: &NativeTotp,
        defaults: bool,
    ) -> napi::Result<Self> {
        let (issuer, account) = names(&issuer, &account)?;
        Ok(Self::built(
            OtpAuthUri::totp(&issuer, &account, totp.totp()),
            defaults,
        ))
    }

    /// The URI of an authenticator that counts.
    ///
    /// # Errors
    /// If a name can't be one.
    #[napi(factory, catch_unwind)]
    pub fn of_hotp(
        issuer: String,
        account: String,
        hotp: &NativeHotp,
        counter: BigInt,
        defaults: bool,
    ) -> napi::Result<Self> {
        let (issuer, account) = names(&issuer, &account)?;
        let counter = mfakit::Counter::new(counter.get_u64().1);
        let uri = OtpAuthUri::hotp(&issuer, &account, hotp.hotp(), counter);
        Ok(Self::built(uri, defaults))
    }

    fn built(uri: OtpAuthUri, defaults: bool) -> Self {
        let uri = if defaults {
            uri.with_defaults_written()
        } else {
            uri
        };
        Self { uri }
    }

    /// Everything but the secret, as JSON.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = String::new();
        Object::write(&mut text, |to| {
            match self.uri.moving_factor() {
                MovingFactor::Time { period } => {
                    to.text("type", "totp");
                    to.number("period", period);
                }
                MovingFactor::Counter { counter } => {
                    to.text("type", "hotp");
                    to.plain("counter", counter);
                }
            }
            match self.uri.issuer() {
                Some(issuer) => to.text("issuer", issuer),
                None => to.null("issuer"),
            }
            to.text("account", self.uri.account());
            to.text("algorithm", self.uri.algorithm().name());
            to.number("digits", self.uri.digits().into());
            to.list("notes", self.uri.notes(), |out, note| {
                json::text(out, note.name());
            });
            to.list("keptAside", self.uri.kept_aside(), |out, (name, value)| {
                json::list(out, [name, value], json::text);
            });
        });
        text
    }

    /// The URI as text, secret and all.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn text(&self) -> String {
        self.uri.to_uri().to_string()
    }

    /// The secret.
    ///
    /// # Errors
    /// If it is too short or too long to be verified here.
    #[napi(catch_unwind)]
    pub fn secret(&self) -> napi::Result<NativeSecret> {
        let secret = Secret::import(self.uri.expose_secret())
            .map_err(|error| Failure::text("secret", &error))?;
        Ok(NativeSecret::new(secret))
    }

    /// The authenticator that goes by time, if it is one that can be verified here.
    ///
    /// # Errors
    /// If not.
    #[napi(catch_unwind)]
    pub fn totp(&self) -> napi::Result<NativeTotp> {
        let totp = self.uri.to_totp();
        let totp = totp.map_err(|error| Failure::text("unsupported_uri", &error))?;
        Ok(NativeTotp::of(totp))
    }

    /// The authenticator that counts, if it is one that can be verified here.
    ///
    /// # Errors
    /// If not.
    #[napi(catch_unwind)]
    pub fn hotp(&self) -> napi::Result<NativeHotp> {
        let hotp = self.uri.to_hotp();
        let (hotp, _) = hotp.map_err(|error| Failure::text("unsupported_uri", &error))?;
        Ok(NativeHotp::of(hotp))
    }
}

#[napi]
impl NativeTotp {
    /// Algorithm, digits and period in one number.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn parameters(&self) -> u32 {
        let it = self.totp().parameters();
        packed_parameters(it.algorithm, it.digits, it.period.seconds())
    }

    /// A copy of the secret.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn secret(&self) -> NativeSecret {
        NativeSecret::new(self.totp().secret().duplicate())
    }
}

#[napi]
impl NativeHotp {
    /// Algorithm and digits in one number.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn parameters(&self) -> u32 {
        packed_parameters(self.hotp().algorithm(), self.hotp().digits(), 0)
    }

    /// A copy of the secret.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn secret(&self) -> NativeSecret {
        NativeSecret::new(self.hotp().secret().duplicate())
    }
}

/// What one QR code of an export holds.
#[napi]
pub struct NativeMigration {
    text: String,
    uris: Vec<Option<OtpAuthUri>>,
}

#[napi]
impl NativeMigration {
    /// Reads the text of one QR code.
    ///
    /// # Errors
    /// If it is no export.
    #[napi(factory, catch_unwind)]
    pub fn parse(text: String) -> napi::Result<Self> {
        let text = Zeroizing::new(text);
        let export =
            MigrationExport::parse(&text).map_err(|error| Failure::text("migration", &error))?;
        let batch = export.batch();
        let mut described = String::new();
        Object::write(&mut described, |to| {
            for (name, number) in [
                ("id", batch.id),
                ("index", batch.index),
                ("size", batch.size),
            ] {
                to.plain(name, number);
            }
            to.list("faults", export.entries(), |out, entry| match entry {
                Ok(_) => out.push_str("null"),
                Err(fault) => Object::write(out, |to| unread(to, fault)),
            });
        });
        let uris = export.into_entries().into_iter().map(Result::ok).collect();
        Ok(Self {
            text: described,
            uris,
        })
    }

    /// Which QR code it is, and which accounts could not be read, as JSON.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn describe(&self) -> String {
        self.text.clone()
    }

    /// Takes the account at this place, once.
    #[napi(catch_unwind)]
    pub fn take(&mut self, place: u32) -> Option<NativeUri> {
        let place = usize::try_from(place).ok()?;
        let uri = self.uris.get_mut(place)?.take()?;
        Some(NativeUri { uri })
    }
}

fn unread(to: &mut Object<'_>, entry: &MigrationEntryError) {
    match &entry.issuer {
        Some(issuer) => to.text("issuer", issuer),
        None => to.null("issuer"),
    }
    to.text("account", &entry.account);
    to.text("reason", &entry.to_string());
}

/// A QR code.
#[napi]
pub struct NativeQr {
    code: QrCode,
}

#[napi]
impl NativeQr {
    /// The QR code of a text, with an error correction from 0, the lowest, to 3.
    ///
    /// # Errors
    /// If no QR code holds so long a text.
    #[napi(constructor, catch_unwind)]
    pub fn new(text: String, level: u32) -> napi::Result<Self> {
        let text = Zeroizing::new(text);
        let level = match level {
            0 => ErrorCorrection::Low,
            2 => ErrorCorrection::Quartile,
            3 => ErrorCorrection::High,
            _ => ErrorCorrection::Medium,
        };
        let code = QrCode::encode(&text, level).map_err(|error| Failure::range("text", error))?;
        Ok(Self { code })
    }

    /// Modules on a side, without the quiet zone.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn size(&self) -> u32 {
        u32::try_from(self.code.size()).unwrap_or(u32::MAX)
    }

    /// An SVG image, with a title if there is one.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn svg(&self, title: Option<String>) -> String {
        match title {
            Some(title) => self.code.svg_with_title(&title).to_string(),
            None => self.code.svg().to_string(),
        }
    }

    /// A PNG image.
    ///
    /// # Errors
    /// If a module has too many pixels, or none.
    #[napi(catch_unwind)]
    pub fn png(&self, pixels: u32) -> napi::Result<Uint8Array> {
        let pixels = u8::try_from(pixels).unwrap_or(u8::MAX);
        let pixels =
            ModulePixels::new(pixels).map_err(|error| Failure::range("modulePixels", error))?;
        Ok(Uint8Array::from(&**self.code.png(pixels)))
    }

    /// Text for a terminal.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn terminal(&self) -> String {
        self.code.terminal().to_string()
    }
}

fn names(issuer: &str, account: &str) -> Result<(Issuer, AccountName), Failure> {
    Ok((Issuer::new(issuer)?, AccountName::new(account)?))
}
