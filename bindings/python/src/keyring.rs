//! The keyring: the keys with which documents and tokens are sealed.

use std::path::PathBuf;

use getrandom::SysRng;
use mfakit::{KeyId, Keyring as Core, KeyringChangeError, KeyringError, keyring_file};
use pyo3::{
    prelude::*,
    types::{PyString, PyTuple, PyType},
};

use crate::{
    arguments::Whole,
    errors::{keyring as keyring_error, unavailable},
    text::Typed,
};

#[pyclass(frozen, module = "mfakit")]
pub(crate) struct Keyring(Core);

impl Keyring {
    /// A copy for an engine.
    pub(crate) fn duplicate(&self, py: Python<'_>) -> PyResult<Core> {
        // Written out and read again, since a keyring can't be copied: each copy of the keys is asked for.
        Core::parse(&self.0.danger_export()).map_err(|error| read_error(py, error))
    }
}

#[pymethods]
impl Keyring {
    #[classmethod]
    fn generate(_class: &Bound<'_, PyType>, py: Python<'_>) -> PyResult<Self> {
        Core::generate(&mut SysRng)
            .map(Self)
            .map_err(|_| unavailable(py, mfakit::Unavailable::Randomness))
    }

    #[classmethod]
    #[pyo3(signature = (text, /))]
    fn parse(_class: &Bound<'_, PyType>, py: Python<'_>, text: Typed) -> PyResult<Self> {
        Core::parse(&text.0)
            .map(Self)
            .map_err(|error| read_error(py, error))
    }

    #[classmethod]
    #[pyo3(signature = (path, /))]
    fn open(_class: &Bound<'_, PyType>, py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        file(py, || keyring_file::open(path))
    }

    #[classmethod]
    #[pyo3(signature = (path, /))]
    fn open_or_create(_class: &Bound<'_, PyType>, py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        file(py, || keyring_file::open_or_create(path))
    }

    #[classmethod]
    #[pyo3(signature = (path, /))]
    fn add_key_to_file(
        _class: &Bound<'_, PyType>,
        py: Python<'_>,
        path: PathBuf,
    ) -> PyResult<(Self, u32)> {
        let added = py.detach(|| keyring_file::add_key(path));
        let (ring, key) = added.map_err(|error| file_error(py, error))?;
        Ok((Self(ring), key.number()))
    }

    #[classmethod]
    #[pyo3(signature = (path, key, /))]
    fn activate_key_in_file(
        _class: &Bound<'_, PyType>,
        py: Python<'_>,
        path: PathBuf,
        key: Whole<u32>,
    ) -> PyResult<Self> {
        file(py, || keyring_file::activate_key(path, KeyId::new(key.0)))
    }

    #[classmethod]
    #[pyo3(signature = (path, key, /))]
    fn retire_key_in_file(
        _class: &Bound<'_, PyType>,
        py: Python<'_>,
        path: PathBuf,
        key: Whole<u32>,
    ) -> PyResult<Self> {
        file(py, || keyring_file::retire_key(path, KeyId::new(key.0)))
    }

    fn with_new_key(&self, py: Python<'_>) -> PyResult<(Self, u32)> {
        let mut ring = self.duplicate(py)?;
        let key = ring
            .add_key(&mut SysRng)
            .map_err(|error| change_error(py, error))?;
        Ok((Self(ring), key.number()))
    }

    #[pyo3(signature = (key, /))]
    fn with_active_key(&self, py: Python<'_>, key: Whole<u32>) -> PyResult<Self> {
        let mut ring = self.duplicate(py)?;
        ring.activate(KeyId::new(key.0))
            .map_err(|error| change_error(py, error))?;
        Ok(Self(ring))
    }

    #[pyo3(signature = (key, /))]
    fn without_key(&self, py: Python<'_>, key: Whole<u32>) -> PyResult<Self> {
        let mut ring = self.duplicate(py)?;
        ring.retire(KeyId::new(key.0))
            .map_err(|error| change_error(py, error))?;
        Ok(Self(ring))
    }

    fn danger_export<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        PyString::new(py, &self.0.danger_export())
    }

    #[getter]
    fn active(&self) -> u32 {
        self.0.active().number()
    }

    #[getter]
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let keys: Vec<_> = self.0.ids().map(KeyId::number).collect();
        PyTuple::new(py, keys)
    }

    fn __repr__(&self) -> String {
        format!("Keyring({} keys)", self.0.ids().count())
    }

    fn __reduce__(&self) -> PyResult<()> {
        crate::python::refuse_pickle("Keyring")
    }
}

fn file(
    py: Python<'_>,
    work: impl FnOnce() -> Result<Core, keyring_file::KeyringFileError> + Send,
) -> PyResult<Keyring> {
    py.detach(work)
        .map(Keyring)
        .map_err(|error| file_error(py, error))
}

fn read_error(py: Python<'_>, error: KeyringError) -> PyErr {
    let code = match error {
        KeyringError::Line { .. } => "keyring_line",
        KeyringError::NoActiveKey => "keyring_no_active_key",
        KeyringError::NewerFormat => "keyring_of_newer_format",
        _ => "keyring",
    };
    keyring_error(py, code, error)
}

fn change_error(py: Python<'_>, error: KeyringChangeError) -> PyErr {
    let code = match error {
        KeyringChangeError::Full => "keyring_full",
        KeyringChangeError::UnknownKey(_) => "keyring_unknown_key",
        KeyringChangeError::Active(_) => "keyring_active_key",
        KeyringChangeError::Randomness => "no_randomness",
        _ => "keyring",
    };
    keyring_error(py, code, error)
}

fn file_error(py: Python<'_>, error: keyring_file::KeyringFileError) -> PyErr {
    use keyring_file::KeyringFileError as E;
    match error {
        E::Io(error) => error.into(),
        E::Keyring(error) => read_error(py, error),
        E::Change(error) => change_error(py, error),
        other => {
            let code = match &other {
                E::ReadableByOthers => "keyring_readable_by_others",
                E::TooLong => "keyring_too_long",
                E::ChangeUnderWay => "keyring_change_under_way",
                E::Randomness => "no_randomness",
                _ => "keyring",
            };
            keyring_error(py, code, other)
        }
    }
}
