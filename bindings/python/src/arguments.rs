//! What calls take, checked where it comes in: numbers, names, bytes, ids, texts.

use core::{fmt, marker::PhantomData};

use mfakit::{AccountId, Algorithm, Digits, Period};
use mfakit_core::{ErrorCorrection, ResyncWindow, TimeStep, Window};
use pyo3::{
    Borrowed,
    exceptions::PyTypeError,
    intern,
    prelude::*,
    types::{PyBool, PyByteArray, PyBytes, PyInt, PyString, PyTuple},
};
use zeroize::Zeroizing;

use crate::{errors::invalid, secret::Secret, text::Typed};

/// A whole number that is no `bool` and fits.
pub(crate) struct Whole<T>(pub(crate) T);

impl<'py, T> FromPyObject<'_, 'py> for Whole<T>
where
    T: TryFrom<u64> + Bounded,
{
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if !object.is_instance_of::<PyInt>() || object.is_instance_of::<PyBool>() {
            return Err(PyTypeError::new_err("a whole number is an `int`"));
        }
        let fits = object
            .extract::<u64>()
            .ok()
            .and_then(|it| T::try_from(it).ok());
        fits.map(Self).ok_or_else(|| {
            let message = format!("the number is not between 0 and {}", T::LARGEST);
            invalid(object.py(), message)
        })
    }
}

/// What a whole number may be at most.
pub(crate) trait Bounded {
    const LARGEST: u64;
}

macro_rules! bounded {
    ($($number:ty)*) => {$(
        impl Bounded for $number {
            const LARGEST: u64 = <$number>::MAX as u64;
        }
    )*};
}
bounded!(u8 u16 u32 u64);

/// A state by its stable name, or by the member of the enum that equals it.
pub(crate) struct Named<T>(pub(crate) T);

/// What is known by a stable name.
pub(crate) trait State: Sized + Copy + 'static {
    /// The word for an error.
    const WHAT: &'static str;
    /// All of them, with their names.
    fn all() -> impl Iterator<Item = (&'static str, Self)>;
}

impl<'py, T: State> FromPyObject<'_, 'py> for Named<T> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let text = object
            .cast::<PyString>()
            .map_err(|_| PyTypeError::new_err(format!("{} is a `str` or a member", T::WHAT)))?;
        let text = text.to_string_lossy();
        let found = T::all().find(|(name, _)| *name == text);
        found.map(|(_, state)| Self(state)).ok_or_else(|| {
            let names: Vec<_> = T::all().map(|(name, _)| format!("`{name}`")).collect();
            invalid(
                object.py(),
                format!("{} is one of {}", T::WHAT, names.join(", ")),
            )
        })
    }
}

macro_rules! states {
    ($($type:ty, $what:literal, $name:ident;)*) => {$(
        impl State for $type {
            const WHAT: &'static str = $what;
            fn all() -> impl Iterator<Item = (&'static str, Self)> {
                Self::ALL.iter().map(|it| (it.$name(), *it))
            }
        }
    )*};
}
states! {
    Algorithm, "an algorithm", key_uri_name;
    mfakit::AccountState, "a state", name;
    mfakit::Demand, "a demand", name;
    mfakit::ExternalMeans, "a means", name;
    mfakit::Profile, "a profile", name;
    mfakit::Setting, "a setting", name;
}

impl State for mfakit::Requirement {
    const WHAT: &'static str = "a requirement";
    fn all() -> impl Iterator<Item = (&'static str, Self)> {
        [Self::Off, Self::Optional, Self::Required]
            .into_iter()
            .map(|it| (it.name(), it))
    }
}

impl State for ErrorCorrection {
    const WHAT: &'static str = "an error correction";
    fn all() -> impl Iterator<Item = (&'static str, Self)> {
        [
            ("low", Self::Low),
            ("medium", Self::Medium),
            ("quartile", Self::Quartile),
            ("high", Self::High),
        ]
        .into_iter()
    }
}

/// Bytes, wiped when they are dropped.
pub(crate) struct Bytes(pub(crate) Zeroizing<Vec<u8>>);

impl<'py> FromPyObject<'_, 'py> for Bytes {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Self(Zeroizing::new(bytes.as_bytes().to_vec())));
        }
        if let Ok(bytes) = object.cast::<PyByteArray>() {
            return Ok(Self(Zeroizing::new(bytes.to_vec())));
        }
        Err(PyTypeError::new_err("bytes are `bytes` or a `bytearray`"))
    }
}

/// What a token is bound to: bytes, or a text that stands for its UTF-8.
pub(crate) struct Binding(pub(crate) Vec<u8>);

impl<'py> FromPyObject<'_, 'py> for Binding {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.cast::<PyString>() {
            Ok(text) => text_bytes(&text).map(Self),
            Err(_) => match object.extract::<Bytes>() {
                Ok(bytes) => Ok(Self(bytes.0.to_vec())),
                Err(_) => Err(PyTypeError::new_err("a binding is `bytes` or a `str`")),
            },
        }
    }
}

/// The host's id of an account. A `str` stands for its UTF-8; bytes that are none are written with the escapes of
/// PEP 383, so that every id has one text and every such text one id.
pub(crate) struct Account(pub(crate) AccountId);

impl<'py> FromPyObject<'_, 'py> for Account {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let bytes = match object.cast::<PyString>() {
            Ok(text) => text_bytes(&text)?,
            Err(_) => match object.extract::<Bytes>() {
                Ok(bytes) => bytes.0.to_vec(),
                Err(_) => return Err(PyTypeError::new_err("an account id is a `str` or `bytes`")),
            },
        };
        AccountId::new(bytes)
            .map(Self)
            .map_err(|error| invalid(object.py(), error))
    }
}

/// The text of an account id, as [`Account`] reads it.
pub(crate) fn account_text<'py>(
    py: Python<'py>,
    account: &AccountId,
) -> PyResult<Bound<'py, PyAny>> {
    match core::str::from_utf8(account.as_bytes()) {
        Ok(text) => Ok(PyString::new(py, text).into_any()),
        Err(_) => PyBytes::new(py, account.as_bytes()).call_method1(
            intern!(py, "decode"),
            (intern!(py, "utf-8"), intern!(py, "surrogateescape")),
        ),
    }
}

fn text_bytes(text: &Bound<'_, PyString>) -> PyResult<Vec<u8>> {
    let py = text.py();
    if let Ok(text) = text.to_cow() {
        return Ok(text.as_bytes().to_vec());
    }
    let escapes = (intern!(py, "utf-8"), intern!(py, "surrogateescape"));
    let unfit = |_| invalid(py, "the text holds a surrogate that stands for no byte");
    let bytes = text
        .call_method1(intern!(py, "encode"), escapes)
        .map_err(unfit)?;
    // Bytes that are UTF-8 have a text without escapes: two texts must not be one id.
    let back = bytes.call_method1(intern!(py, "decode"), escapes)?;
    if !back.eq(text)? {
        return Err(invalid(
            py,
            "the text escapes bytes that are UTF-8, and would be another text's id",
        ));
    }
    Ok(bytes.cast::<PyBytes>()?.as_bytes().to_vec())
}

/// A text with bounds of the library's own: a label, a name, a reason.
pub(crate) struct Bounds<T>(pub(crate) T);

/// What makes such a text.
pub(crate) trait BoundedText: Sized {
    fn read(text: &str) -> Result<Self, impl fmt::Display>;
}

macro_rules! bounded_texts {
    ($($type:ty)*) => {$(
        impl BoundedText for $type {
            fn read(text: &str) -> Result<Self, impl fmt::Display> {
                Self::new(text)
            }
        }
    )*};
}
bounded_texts!(mfakit::AccountName mfakit::Actor mfakit::Issuer mfakit::Label mfakit::TenantId);

impl BoundedText for mfakit::AuthenticatorId {
    fn read(text: &str) -> Result<Self, impl fmt::Display> {
        text.parse::<Self>()
    }
}

impl BoundedText for mfakit::ActivationHandle {
    fn read(text: &str) -> Result<Self, impl fmt::Display> {
        Self::parse(text)
    }
}

impl BoundedText for mfakit::DeviceId {
    fn read(text: &str) -> Result<Self, impl fmt::Display> {
        Self::parse(text).ok_or("there is no such device id")
    }
}

impl<'py, T: BoundedText> FromPyObject<'_, 'py> for Bounds<T> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let text = object
            .cast::<PyString>()
            .map_err(|_| PyTypeError::new_err("a text or an id is a `str`"))?;
        // What is no Unicode text is none of these either.
        let text = text
            .to_cow()
            .map_err(|_| invalid(object.py(), "the text holds a lone surrogate"))?;
        T::read(&text)
            .map(Self)
            .map_err(|error| invalid(object.py(), error))
    }
}

/// Who does what an administrator may do: the record `Administrator`.
pub(crate) struct By(pub(crate) mfakit::Administrator);

impl<'py> FromPyObject<'_, 'py> for By {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        let class = crate::python::results(py)?.getattr(intern!(py, "Administrator"))?;
        if !object.is_instance(&class)? {
            return Err(PyTypeError::new_err("`by` is an `Administrator`"));
        }
        let text = |name| -> PyResult<String> {
            let text = object.getattr(name)?;
            let text = text
                .cast::<PyString>()
                .map_err(|_| PyTypeError::new_err("an administrator is named by texts"))?;
            Ok(text.to_string_lossy().into_owned())
        };
        let (actor, reason) = (text(intern!(py, "actor"))?, text(intern!(py, "reason"))?);
        mfakit::Administrator::new(&actor, &reason)
            .map(Self)
            .map_err(|error| invalid(py, error))
    }
}

/// Whose events: the record `AuditSubject`.
pub(crate) struct Subject(pub(crate) mfakit::AuditSubject);

impl<'py> FromPyObject<'_, 'py> for Subject {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        let class = crate::python::results(py)?.getattr(intern!(py, "AuditSubject"))?;
        if !object.is_instance(&class)? {
            return Err(PyTypeError::new_err("a subject is an `AuditSubject`"));
        }
        let kind = object.getattr(intern!(py, "kind"))?;
        let id = object.getattr(intern!(py, "id"))?;
        let kind = kind.extract::<Typed>()?;
        let subject = match kind.0.as_str() {
            "account" => mfakit::AuditSubject::Account(id.extract::<Account>()?.0),
            "passwords" => mfakit::AuditSubject::Passwords(id.extract::<Account>()?.0),
            "activation" => mfakit::AuditSubject::Activation(id.extract::<Bounds<_>>()?.0),
            "policy" => mfakit::AuditSubject::Policy,
            _ => {
                return Err(invalid(
                    py,
                    "a subject is `account`, `passwords`, `activation` or `policy`",
                ));
            }
        };
        Ok(Self(subject))
    }
}

/// A shared secret: the object, or a text in Base32.
pub(crate) struct SecretOf(pub(crate) mfakit::Secret);

impl<'py> FromPyObject<'_, 'py> for SecretOf {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(secret) = object.cast::<Secret>() {
            return Ok(Self(secret.get().0.duplicate()));
        }
        let text = object
            .extract::<Typed>()
            .map_err(|_| PyTypeError::new_err("a secret is a `Secret`, or a `str` in Base32"))?;
        mfakit::Secret::from_base32(&text.0)
            .map(Self)
            .map_err(|error| invalid(object.py(), error))
    }
}

/// How many digits a code has.
#[derive(Clone, Copy)]
pub(crate) struct DigitsOf(pub(crate) Digits);

impl DigitsOf {
    pub(crate) const SIX: Self = Self(Digits::SIX);
}

impl<'py> FromPyObject<'_, 'py> for DigitsOf {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let digits = object.extract::<Whole<u8>>()?;
        Digits::new(digits.0)
            .map(Self)
            .map_err(|error| invalid(object.py(), error))
    }
}

/// The time-step size in seconds.
#[derive(Clone, Copy)]
pub(crate) struct PeriodOf(pub(crate) Period);

impl PeriodOf {
    pub(crate) const THIRTY: Self = Self(Period::THIRTY);
}

impl<'py> FromPyObject<'_, 'py> for PeriodOf {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let seconds = object.extract::<Whole<u16>>()?;
        Period::new(seconds.0)
            .map(Self)
            .map_err(|error| invalid(object.py(), error))
    }
}

/// Time steps before and after the current one: a number for both, or a pair.
#[derive(Clone, Copy)]
pub(crate) struct WindowOf(pub(crate) Window);

impl<'py> FromPyObject<'_, 'py> for WindowOf {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        let (past, future) = match object.cast::<PyTuple>() {
            Ok(pair) => {
                if pair.len() != 2 {
                    return Err(invalid(py, "a window is a number, or a pair of numbers"));
                }
                let past = pair.get_item(0)?.extract::<Whole<u8>>()?;
                let future = pair.get_item(1)?.extract::<Whole<u8>>()?;
                (past.0, future.0)
            }
            Err(_) => {
                let both = object.extract::<Whole<u8>>()?.0;
                (both, both)
            }
        };
        Window::new(past, future)
            .map(Self)
            .map_err(|error| invalid(py, error))
    }
}

/// A time step that was accepted before.
pub(crate) struct Step(pub(crate) TimeStep);

impl<'py> FromPyObject<'_, 'py> for Step {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let step = object.extract::<Whole<u64>>()?;
        Ok(Self(TimeStep::new(step.0)))
    }
}

/// The window in which two consecutive codes are looked for.
pub(crate) fn resync_window(py: Python<'_>, window: Option<Whole<u16>>) -> PyResult<ResyncWindow> {
    match window {
        Some(window) => ResyncWindow::new(window.0).map_err(|error| invalid(py, error)),
        None => Ok(ResyncWindow::DEFAULT),
    }
}

/// The longest page of a list, unless another is asked for.
pub(crate) const PAGE: Whole<u32> = Whole(50);

/// Several of something, in a sequence of Python's that is no text.
pub(crate) struct Several<T>(pub(crate) Vec<T>, PhantomData<T>);

impl<'py, T> FromPyObject<'_, 'py> for Several<T>
where
    T: for<'a> FromPyObject<'a, 'py, Error = PyErr>,
{
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>() {
            return Err(PyTypeError::new_err("several are a sequence of them"));
        }
        let mut all = Vec::new();
        for item in object.try_iter()? {
            // More than any call takes; the library refuses it.
            if all.len() > MOST {
                break;
            }
            all.push(item?.extract::<T>()?);
        }
        Ok(Self(all, PhantomData))
    }
}

/// One more than this is more than any call takes.
const MOST: usize = 1_000;
