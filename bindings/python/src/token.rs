//! Tokens: what an application keeps or hands out, with a `repr` that shows nothing.

use pyo3::prelude::*;
use zeroize::Zeroizing;

macro_rules! token {
    ($name:ident) => {
        #[pyclass(frozen, module = "mfakit")]
        pub(crate) struct $name(mfakit::$name);

        impl $name {
            pub(crate) const fn new(token: mfakit::$name) -> Self {
                Self(token)
            }

            #[allow(dead_code, reason = "a device token is presented as a text alone")]
            pub(crate) fn text(&self) -> Zeroizing<String> {
                Zeroizing::new(self.0.as_str().to_owned())
            }
        }

        #[pymethods]
        impl $name {
            fn reveal(&self) -> &str {
                self.0.as_str()
            }

            fn __repr__(&self) -> &'static str {
                concat!(stringify!($name), "(..)")
            }

            fn __reduce__(&self) -> PyResult<()> {
                crate::python::refuse_pickle(stringify!($name))
            }
        }
    };
}

token!(Assertion);
token!(DeviceToken);
token!(Ticket);
