//! A web portal of a small organization, with passwords and a second factor.
//!
//! It shows what an application that links mfakit looks like: its own people, passwords, sessions and pages, and no
//! rule of the second factor. Every answer of the engine is matched where it arrives and becomes a page.
//!
//! - `access` says who may do what; `guard` finds out who asks, before any handler runs.
//! - `routes` holds a short handler per form; `page` and `templates/` what a person sees.
//! - `database`, `people`, `session` are the portal's own tables; the engine keeps its own file.

#![forbid(unsafe_code)]

extern crate alloc;

mod access;
mod audit_file;
mod audit_filter;
mod database;
mod device;
mod failure;
mod form;
mod guard;
mod headers;
mod install;
mod mail;
mod notice;
mod options;
mod page;
mod password;
mod people;
mod portal;
mod routes;
mod serve;
mod services;
mod session;
mod site;
mod when;

pub use crate::install::{HELLO, REDEEM};
pub use crate::options::{Options, OptionsError, USAGE};
pub use crate::password::FirstPassword;
pub use crate::portal::{Portal, StartError, Started};
pub use crate::serve::serve;
pub use crate::site::{Origin, OriginError};
