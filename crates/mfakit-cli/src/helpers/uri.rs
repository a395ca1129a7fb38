//! `uri` and `secret`.

use std::path::Path;

use getrandom::SysRng;
use mfakit_core::{
    AccountName, Algorithm, Base32Note, Issuer, MovingFactor, OtpAuthNote, OtpAuthUri, Secret,
    Strength,
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    args::{SecretCommand, UriBuildArgs, UriCommand},
    console::Console,
    exit::{Failure, chain},
    helpers::otp::{self, Generator},
    input, text,
};

pub(crate) fn uri(command: &UriCommand, console: &mut Console<'_>) -> Result<(), Failure> {
    match command {
        UriCommand::Parse { file, show_secret } => parse(file.as_deref(), *show_secret, console),
        UriCommand::Build(args) => build(args, console),
    }
}

pub(crate) fn secret(args: &SecretCommand, console: &mut Console<'_>) -> Result<(), Failure> {
    let secret = new_secret(args.secret.algorithm)?.to_base32();
    console.answer(&json!({ "secret": secret.as_str() }), &secret)
}

fn new_secret(algorithm: Algorithm) -> Result<Secret, Failure> {
    Secret::generate(algorithm, &mut SysRng)
        .map_err(|_| Failure::Engine("the operating system gave no randomness".to_owned()))
}

fn build(args: &UriBuildArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    let issuer = Issuer::new(&args.issuer).map_err(Failure::input)?;
    let account = AccountName::new(&args.account).map_err(Failure::input)?;
    let generator = if args.new_secret {
        let parameters = &args.key.parameters;
        let secret = new_secret(parameters.algorithm.unwrap_or(Algorithm::Sha1))?;
        otp::of_secret(secret, parameters)?
    } else {
        otp::generator(&args.key, console)?
    };
    let uri = match generator {
        Generator::Totp(totp) => OtpAuthUri::totp(&issuer, &account, &totp),
        Generator::Hotp(hotp, counter) => OtpAuthUri::hotp(&issuer, &account, &hotp, counter),
    };
    let text = uri.to_uri();
    console.answer(&json!({ "uri": text.as_str() }), &text)
}

/// The first line of a file, or of standard input where none is named.
pub(crate) fn read(
    file: Option<&Path>,
    what: &str,
    console: &mut Console<'_>,
) -> Result<Zeroizing<String>, Failure> {
    match file {
        Some(path) => input::from_file(path, what, console),
        None => input::line(what, console),
    }
}

fn parse(file: Option<&Path>, show_secret: bool, console: &mut Console<'_>) -> Result<(), Failure> {
    let text = read(file, "URI", console)?;
    let uri = OtpAuthUri::parse(&text).map_err(Failure::input)?;
    let (kind, moving) = match uri.moving_factor() {
        MovingFactor::Time { period } => ("totp", ("period", u64::from(period))),
        MovingFactor::Counter { counter } => ("hotp", ("counter", counter)),
    };
    let secret = Secret::import(uri.expose_secret());
    let usable = match kind {
        "totp" => uri.to_totp().map(drop),
        _ => uri.to_hotp().map(drop),
    };
    let usable = usable.map_err(|error| chain(&error));
    let strength = secret.as_ref().ok().map(|it| it.strength().name());
    if console.json() {
        let mut value = json!({
            "type": kind,
            "issuer": uri.issuer(),
            "account": uri.account(),
            "algorithm": uri.algorithm().name(),
            "digits": uri.digits(),
            "secret_bytes": uri.expose_secret().len(),
            "secret_strength": strength,
            "supported": usable.is_ok(),
            "notes": uri.notes().iter().map(|note| note.name()).collect::<Vec<_>>(),
            "kept_aside": uri.kept_aside().map(|(name, value)| json!([name, value])).collect::<Vec<_>>(),
        });
        if let Value::Object(fields) = &mut value {
            fields.insert(moving.0.to_owned(), moving.1.into());
            if let (true, Ok(secret)) = (show_secret, &secret) {
                fields.insert("secret".to_owned(), secret.to_base32().as_str().into());
            }
        }
        return console.object(&value);
    }
    let field = |name: &str, value: &str| format!("{name:<11}{}", text::shown(value));
    console.line(&field("type", kind))?;
    console.line(&field("issuer", uri.issuer().unwrap_or("none")))?;
    console.line(&field("account", uri.account()))?;
    console.line(&field("algorithm", uri.algorithm().name()))?;
    console.line(&field("digits", &uri.digits().to_string()))?;
    console.line(&field(moving.0, &moving.1.to_string()))?;
    let length = uri.expose_secret().len();
    let weak = match secret.as_ref().map(Secret::strength) {
        Ok(Strength::Strong) => "",
        Ok(Strength::Weak) => ", shorter than it should be",
        Err(_) => ", of a length that is not taken",
    };
    console.line(&field("secret", &format!("{length} bytes{weak}")))?;
    if let (true, Ok(secret)) = (show_secret, &secret) {
        console.line(&field("", &secret.to_base32()))?;
    }
    for (name, value) in uri.kept_aside() {
        console.line(&field("also", &format!("{name}={value}")))?;
    }
    for note in uri.notes() {
        console.line(&field("note", noted(*note)))?;
    }
    if let Err(why) = usable {
        console.line(&field(
            "note",
            &format!("no codes are made of it here: {why}"),
        ))?;
    }
    Ok(())
}

/// What a note says to people; programs have its name.
const fn noted(note: OtpAuthNote) -> &'static str {
    match note {
        OtpAuthNote::SurroundingWhiteSpace => "white space around it was left out",
        OtpAuthNote::LetterCase => "scheme, type or a parameter was not in lower case",
        OtpAuthNote::RawCharacter => "a character was not percent-encoded, and taken as it stands",
        OtpAuthNote::MissingLabel => "there is no label",
        OtpAuthNote::IssuerMismatch => "the label names another issuer; the parameter counts",
        OtpAuthNote::EmptyIssuer => "the issuer is empty, and taken as none",
        OtpAuthNote::PlusAsSpace => "a plus sign was taken as a space",
        OtpAuthNote::AlgorithmSpelling => {
            "the algorithm is spelled otherwise than the format has it"
        }
        OtpAuthNote::LeadingZeros => "a number has leading zeros",
        OtpAuthNote::EmptyParameter => "there is nothing between two `&`, or after the last",
        OtpAuthNote::RepeatedParameter => "a parameter is there twice, with one value",
        OtpAuthNote::UnknownParameter => "a parameter is not of the format",
        OtpAuthNote::UnusedParameter => "a period of `hotp` or a counter of `totp` means nothing",
        OtpAuthNote::MissingCounter => "there is no counter, and 0 was taken",
        OtpAuthNote::Secret(Base32Note::LowerCase) => "the secret is in lower case",
        OtpAuthNote::Secret(Base32Note::Separators) => "the secret has spaces or dashes in it",
        OtpAuthNote::Secret(Base32Note::Padding) => "the secret ends in `=`",
        OtpAuthNote::Secret(Base32Note::LeftoverBits) => {
            "the last symbol of the secret has bits that are not used"
        }
        _ => "something else was tolerated",
    }
}
