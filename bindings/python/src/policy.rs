//! A tenant's policy.

use mfakit::{Policy as Core, Profile, Requirement, Setting};
use pyo3::{
    prelude::*,
    types::{PyDict, PyString},
};

use crate::{
    arguments::{Bounds, Named, Whole},
    errors::invalid,
    python::member,
};

#[pyclass(frozen, eq, module = "mfakit")]
#[derive(PartialEq, Eq)]
pub(crate) struct Policy(pub(crate) Core);

#[pymethods]
impl Policy {
    #[new]
    #[pyo3(signature = (issuer, *, requirement = Named(Requirement::Required), profile = Named(Profile::Default), **settings), text_signature = "(issuer, *, requirement='required', profile='default', **settings)")]
    fn new(
        py: Python<'_>,
        issuer: Bounds<mfakit::Issuer>,
        requirement: Named<Requirement>,
        profile: Named<Profile>,
        settings: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let policy = Core::profile(profile.0, issuer.0).with_requirement(requirement.0);
        changed(py, policy, settings).map(Self)
    }

    #[pyo3(signature = (*, issuer = None, requirement = None, **settings))]
    fn replace(
        &self,
        py: Python<'_>,
        issuer: Option<Bounds<mfakit::Issuer>>,
        requirement: Option<Named<Requirement>>,
        settings: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let mut policy = self.0.clone();
        if let Some(issuer) = issuer {
            policy = policy.with_issuer(issuer.0);
        }
        if let Some(requirement) = requirement {
            policy = policy.with_requirement(requirement.0);
        }
        changed(py, policy, settings).map(Self)
    }

    #[getter]
    fn issuer(&self) -> &str {
        self.0.issuer().as_str()
    }

    #[getter]
    fn requirement<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        member(py, "Requirement", self.0.requirement().name())
    }

    #[getter]
    fn profile<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        member(py, "Profile", self.0.based_on().name())
    }

    fn settings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        for setting in Setting::ALL {
            all.set_item(setting.name(), self.0.get(*setting))?;
        }
        Ok(all)
    }

    fn __getitem__(&self, setting: Named<Setting>) -> u32 {
        self.0.get(setting.0)
    }

    fn __repr__(&self) -> String {
        let mut text = format!(
            "Policy(issuer={:?}, requirement='{}', profile='{}'",
            self.0.issuer().as_str(),
            self.0.requirement().name(),
            self.0.based_on().name()
        );
        let base = Core::profile(self.0.based_on(), self.0.issuer().clone());
        for setting in Setting::ALL {
            if self.0.get(*setting) != base.get(*setting) {
                text.push_str(&format!(", {}={}", setting.name(), self.0.get(*setting)));
            }
        }
        text.push(')');
        text
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(pyo3::exceptions::PyTypeError::new_err(
            "a Policy knows which one it was read from and is not pickled; read it again",
        ))
    }
}

/// The settings there are: the name, with the default and the smallest and largest value.
#[pyfunction]
pub(crate) fn settings(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let all = PyDict::new(py);
    for setting in Setting::ALL {
        let (min, max) = setting.range();
        all.set_item(setting.name(), (setting.default_value(), min, max))?;
    }
    Ok(all)
}

/// The policy with all these settings, of which the order does not matter: the rules are for all together.
fn changed(
    py: Python<'_>,
    mut policy: Core,
    settings: Option<&Bound<'_, PyDict>>,
) -> PyResult<Core> {
    let mut left = Vec::new();
    for (name, value) in settings.into_iter().flatten() {
        let setting = name.cast::<PyString>()?.extract::<Named<Setting>>()?.0;
        left.push((setting, value.extract::<Whole<u32>>()?.0));
    }
    // One may be allowed only after another: each that is allowed is taken, as long as there is one.
    while !left.is_empty() {
        let before = left.len();
        let mut fault = None;
        left.retain(
            |(setting, value)| match policy.clone().with(*setting, *value) {
                Ok(next) => {
                    policy = next;
                    false
                }
                Err(error) => {
                    fault = Some(error);
                    true
                }
            },
        );
        if left.len() == before
            && let Some(error) = fault
        {
            return Err(invalid(py, error));
        }
    }
    Ok(policy)
}
