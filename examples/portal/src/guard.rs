//! Who asks: found out before any handler runs, so that none can forget to.
//!
//! A handler names the kind of visitor it serves: [`Visit`] for a page, [`Post`] for a form. Whoever is of another kind is
//! led to the page where they belong, so half-signed-in is never in, on whatever route.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use http_body_util::BodyExt;
use mfakit::{Current, Demand, Presented, Standing};
use zeroize::Zeroizing;

use crate::{
    access::Permission,
    failure::Failure,
    form::Form,
    people::Person,
    portal::Portal,
    session::{Binding, Later, SessionId, Stage},
};

/// A visitor of the kind `T` looks at a page.
pub(crate) struct Visit<T>(pub(crate) T);

/// A visitor of the kind `T` sends a form that carries the token of their own session.
pub(crate) struct Post<T> {
    pub(crate) visitor: T,
    pub(crate) form: Form,
    pub(crate) headers: HeaderMap,
}

/// The fields behind the `?` of an address.
pub(crate) struct Asked(pub(crate) Form);

/// A form from a program: it has no session, so there is none that another site could use.
pub(crate) struct Call(pub(crate) Form);

/// A kind of visitor.
pub(crate) trait Kind: Sized {
    /// What the engine is asked of the session.
    const DEMAND: Demand = Demand::Session;

    /// Where a session goes that is good, and not enough.
    const CONFIRM: Place = CONFIRM_FOR_SECURITY;

    /// The visitor, if of this kind.
    fn fit(who: Who) -> Result<Self, Place>;

    /// The visitor's session.
    fn session(&self) -> &SessionId;
}

/// Nobody we know.
pub(crate) struct Stranger {
    pub(crate) id: SessionId,
    /// Whether the browser has no cookie of ours yet.
    pub(crate) is_new: bool,
}

/// The password was right, a code is wanted.
pub(crate) struct Challenged {
    pub(crate) id: SessionId,
    pub(crate) person: Person,
    pub(crate) binding: Binding,
    pub(crate) ticket: Zeroizing<String>,
}

/// Sets up a second factor: on the way in, or from inside.
pub(crate) struct SettingUp {
    pub(crate) id: SessionId,
    pub(crate) person: Person,
    pub(crate) binding: Binding,
    pub(crate) proof: Proof,
    /// How long it may be put off, if it may.
    pub(crate) later: Option<Later>,
}

/// What lets a person set up a second factor.
pub(crate) enum Proof {
    /// The ticket of a sign-in that wants it.
    Ticket(Zeroizing<String>),
    /// The assertion of somebody signed in without one.
    Assertion(Zeroizing<String>),
}

/// Signed in, and the engine says so at this moment.
pub(crate) struct SignedIn {
    pub(crate) id: SessionId,
    pub(crate) person: Person,
    pub(crate) binding: Binding,
    pub(crate) assertion: Zeroizing<String>,
    pub(crate) current: Current,
}

/// Signed in, with backup codes that are not yet confirmed as stored.
pub(crate) struct StoringCodes(pub(crate) SignedIn);

/// Signed in, and a code was typed a short while ago: what changes to one's own second factor take.
pub(crate) struct Fresh(pub(crate) SignedIn);

/// Signed in with a second factor: what administration takes. A remembered device is none.
pub(crate) struct Staff(pub(crate) SignedIn);

/// Whoever comes, with a session of any kind: for signing out, and for the install wizard.
pub(crate) struct Anyone {
    pub(crate) id: SessionId,
    /// Whether the browser has no cookie of ours yet.
    pub(crate) is_new: bool,
}

/// Who asks.
pub(crate) enum Who {
    Stranger(Stranger),
    Challenged(Challenged),
    SettingUp(SettingUp),
    StoringCodes(StoringCodes),
    SignedIn(SignedIn),
}

/// The page where a visitor belongs.
pub(crate) type Place = &'static str;

impl Who {
    /// Finds out by cookie, row, and the engine's word.
    async fn find<T: Kind>(parts: &Parts, portal: &Portal) -> Result<Self, Failure> {
        let Some(id) = portal.site().session(&parts.headers) else {
            let id = SessionId::generate()?;
            return Ok(Self::Stranger(Stranger { id, is_new: true }));
        };
        let Some(session) = portal.sessions().find(&id, portal.now()).await? else {
            return Ok(Self::Stranger(Stranger { id, is_new: false }));
        };
        let (person, binding) = (session.person, session.binding);
        let assertion = match session.stage {
            Stage::Challenge(ticket) => {
                return Ok(Self::Challenged(Challenged {
                    id,
                    person,
                    binding,
                    ticket,
                }));
            }
            Stage::Setup(ticket, later) => {
                return Ok(Self::SettingUp(SettingUp {
                    id,
                    person,
                    binding,
                    proof: Proof::Ticket(ticket),
                    later,
                }));
            }
            Stage::In(assertion) => assertion,
        };
        let presented = binding.present(&assertion);
        let mfa = portal.mfa();
        match mfa.check_assertion_for(presented, T::DEMAND).await? {
            Standing::Current(current) if current.account == person.account() => {
                portal.people().remember(&person, current.mark).await?;
                let pending = current.backup_codes_to_acknowledge;
                let who = SignedIn {
                    id,
                    person,
                    binding,
                    assertion,
                    current,
                };
                Ok(if pending {
                    Self::StoringCodes(StoringCodes(who))
                } else {
                    Self::SignedIn(who)
                })
            }
            // Good, and not enough: the page behind asks for a code.
            Standing::StepUp(_) => Err(Failure::Elsewhere(T::CONFIRM)),
            // Whatever else the engine may say one day, only `Current` is in.
            _ => {
                portal.sessions().end(&id).await?;
                Err(Failure::Elsewhere(SIGN_IN_AGAIN))
            }
        }
    }

    const fn place(&self) -> Place {
        match self {
            Self::Stranger(_) => SIGN_IN,
            Self::Challenged(_) => CHALLENGE,
            Self::SettingUp(_) => SETUP,
            Self::StoringCodes(_) => BACKUP_CODES,
            Self::SignedIn(_) => HOME,
        }
    }

    fn into_id(self) -> SessionId {
        match self {
            Self::Stranger(who) => who.id,
            Self::Challenged(who) => who.id,
            Self::SettingUp(who) => who.id,
            Self::StoringCodes(StoringCodes(who)) | Self::SignedIn(who) => who.id,
        }
    }
}

impl SignedIn {
    /// The session as it is presented to the engine.
    pub(crate) fn present(&self) -> Presented<'_> {
        self.binding.present(&self.assertion)
    }

    /// Goes on only if the person's role allows it.
    pub(crate) const fn require(&self, what: Permission) -> Result<(), Failure> {
        if self.person.role.may(what) {
            Ok(())
        } else {
            Err(Failure::Forbidden)
        }
    }
}

impl SettingUp {
    /// The hidden field of the form: the page's own ticket, so that two open tabs do not mix.
    pub(crate) fn ticket(&self) -> Option<&str> {
        match &self.proof {
            Proof::Ticket(ticket) => Some(ticket),
            Proof::Assertion(_) => None,
        }
    }

    /// What is presented to the engine when a page is opened.
    pub(crate) fn present(&self) -> Presented<'_> {
        let (Proof::Ticket(token) | Proof::Assertion(token)) = &self.proof;
        self.binding.present(token)
    }

    /// What is presented to the engine when a form is sent.
    pub(crate) fn present_form<'a>(&'a self, form: &'a Form) -> Result<Presented<'a>, Failure> {
        match &self.proof {
            Proof::Ticket(_) => Ok(self.binding.present(form.one(TICKET_FIELD)?)),
            Proof::Assertion(_) => Ok(self.present()),
        }
    }
}

impl<T: Kind> FromRequestParts<Portal> for Visit<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Failure> {
        let who = Who::find::<T>(parts, portal).await?;
        T::fit(who).map(Self).map_err(Failure::Elsewhere)
    }
}

impl<T: Kind> FromRequest<Portal> for Post<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, portal: &Portal) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let body = read(body).await?;
        if !portal.site().is_own_page(&parts.headers) {
            return Err(Failure::Forged);
        }
        if !is_form(&parts) {
            return Err(Failure::Form);
        }
        let form = Form::parse(&body)?;
        let who = Who::find::<T>(&parts, portal).await?;
        let visitor = T::fit(who).map_err(Failure::Elsewhere)?;
        if !visitor.session().is_form_token(form.one(TOKEN_FIELD)?) {
            return Err(Failure::Forged);
        }
        Ok(Self {
            visitor,
            form,
            headers: parts.headers,
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(Form::parse(query.as_bytes())?))
    }
}

impl FromRequest<Portal> for Call {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &Portal) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let body = read(body).await?;
        if !is_form(&parts) {
            return Err(Failure::Form);
        }
        Ok(Self(Form::parse(&body)?))
    }
}

macro_rules! kind {
    ($kind:ident, $who:ident => $session:expr) => {
        impl Kind for $kind {
            fn fit(who: Who) -> Result<Self, Place> {
                match who {
                    Who::$kind(visitor) => Ok(visitor),
                    other => Err(other.place()),
                }
            }

            fn session(&self) -> &SessionId {
                let $who = self;
                $session
            }
        }
    };
}

kind!(Stranger, who => &who.id);
kind!(Challenged, who => &who.id);
kind!(SignedIn, who => &who.id);
kind!(StoringCodes, who => &who.0.id);

impl Kind for SettingUp {
    fn fit(who: Who) -> Result<Self, Place> {
        match who {
            Who::SettingUp(visitor) => Ok(visitor),
            Who::SignedIn(inside) if inside.current.may_set_up => Ok(inside.into()),
            other => Err(other.place()),
        }
    }

    fn session(&self) -> &SessionId {
        &self.id
    }
}

/// Whoever is in sets up by the assertion of the session; whether it is enough is the engine's to say.
impl From<SignedIn> for SettingUp {
    fn from(inside: SignedIn) -> Self {
        Self {
            id: inside.id,
            person: inside.person,
            binding: inside.binding,
            proof: Proof::Assertion(inside.assertion),
            later: None,
        }
    }
}

impl Kind for Fresh {
    const DEMAND: Demand = Demand::Fresh;

    fn fit(who: Who) -> Result<Self, Place> {
        SignedIn::fit(who).map(Self)
    }

    fn session(&self) -> &SessionId {
        &self.0.id
    }
}

impl Kind for Staff {
    const DEMAND: Demand = Demand::TwoFactor;
    const CONFIRM: Place = CONFIRM_FOR_PEOPLE;

    fn fit(who: Who) -> Result<Self, Place> {
        SignedIn::fit(who).map(Self)
    }

    fn session(&self) -> &SessionId {
        &self.0.id
    }
}

impl Kind for Anyone {
    fn fit(who: Who) -> Result<Self, Place> {
        let is_new = matches!(&who, Who::Stranger(stranger) if stranger.is_new);
        let id = who.into_id();
        Ok(Self { id, is_new })
    }

    fn session(&self) -> &SessionId {
        &self.id
    }
}

/// Reads a form's body of at most 16 KiB. A larger one is read on for a while and dropped, since a browser shows our
/// answer only after it has sent everything.
async fn read(mut body: Body) -> Result<Bytes, Failure> {
    let mut read = Zeroizing::new(Vec::new());
    let mut dropped = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Failure::Form)?.into_data() else {
            continue;
        };
        if dropped == 0 && read.len().saturating_add(data.len()) <= LONGEST_FORM {
            read.extend_from_slice(&data);
            continue;
        }
        dropped = dropped.saturating_add(data.len());
        if dropped > LONGEST_DROPPED {
            break;
        }
    }
    if dropped > 0 {
        return Err(Failure::TooLarge);
    }
    Ok(Bytes::copy_from_slice(&read))
}

fn is_form(parts: &Parts) -> bool {
    parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| {
            kind.trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}

/// The hidden field with the token of the session.
pub(crate) const TOKEN_FIELD: &str = "form_token";
/// The hidden field with the engine's ticket.
pub(crate) const TICKET_FIELD: &str = "ticket";

pub(crate) const HOME: Place = "/";
pub(crate) const SIGN_IN: Place = "/sign-in";
pub(crate) const SIGN_IN_AGAIN: Place = "/sign-in?again";
pub(crate) const CHALLENGE: Place = "/challenge";
pub(crate) const SETUP: Place = "/setup";
pub(crate) const BACKUP_CODES: Place = "/backup-codes";
pub(crate) const SECURITY: Place = "/security";
pub(crate) const PEOPLE: Place = "/people";
pub(crate) const CONFIRM_FOR_SECURITY: Place = "/confirm?for=security";
pub(crate) const CONFIRM_FOR_PEOPLE: Place = "/confirm?for=people";

/// The largest form has sixteen backup codes: well below 2 KiB.
const LONGEST_FORM: usize = 16 * 1024;
const LONGEST_DROPPED: usize = 4 * 1024 * 1024;
