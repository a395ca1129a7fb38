//! What stands behind the `?` of a URL.

use alloc::{borrow::Cow, vec::Vec};

use percent_encoding::percent_decode_str;

use crate::StoreUrlError;

/// The name of a parameter, and who reads it.
pub(crate) enum Name {
    Ours(&'static str),
    Drivers(&'static str),
}

/// The parameters of a query. A name that is not known may be a part of a password, and is not repeated.
pub(crate) fn parameters<'a>(
    query: &'a str,
    ours: &[&'static str],
    drivers: &[&'static str],
) -> Result<Vec<(Name, &'a str)>, StoreUrlError> {
    let named = |(name, value)| {
        let one_of = |names: &[&'static str]| names.iter().copied().find(|one| *one == name);
        let name = one_of(ours).map(Name::Ours);
        let name = name.or_else(|| one_of(drivers).map(Name::Drivers));
        name.map(|name| (name, value))
    };
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            part.split_once('=')
                .and_then(named)
                .ok_or(StoreUrlError::UnknownParameter)
        })
        .collect()
}

/// The value of a parameter, without its percent-encoding.
pub(crate) fn text<'a>(name: &'static str, value: &'a str) -> Result<Cow<'a, str>, StoreUrlError> {
    let takes = "text in UTF-8";
    percent_decode_str(value)
        .decode_utf8()
        .map_err(|_| StoreUrlError::Parameter { name, takes })
}

/// The value of a parameter that is on or off.
pub(crate) fn flag(name: &'static str, value: &str) -> Result<bool, StoreUrlError> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(StoreUrlError::Parameter {
            name,
            takes: "`true` or `false`",
        }),
    }
}
