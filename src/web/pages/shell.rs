//! What every page has around it: who is signed in, where, in which language, what was just done, the matter at hand.

use std::ops::Deref;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE, LOCATION, SET_COOKIE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, Utc};
use fluent_templates::fluent_bundle::FluentValue;

use super::matter::Matter;
use super::news::News;
use super::said::Said;
use crate::access::Role;
use crate::clock::china_day;
use crate::error::Error;
use crate::localities::{self, Division};
use crate::values::DivisionCode;
use crate::web::{Caller, Door, Fault, Language, Problem, Transport};

/// What a page's handler answers.
pub type Answer = Result<Response, Problem>;

/// What a template needs of its surroundings; `s` in every template.
pub struct Shell {
    /// The language of the page.
    pub language: Language,
    /// The node's name.
    pub node: String,
    /// Who is signed in.
    pub visitor: Option<Visitor>,
    /// Goes into every form.
    pub csrf: String,
    /// The path of this page.
    pub path: String,
    /// What was just done.
    pub said: Option<Said>,
    /// What happened to the account since the last log-in.
    pub news: Vec<News>,
    /// What the officer is working on.
    pub matter: Option<Matter>,
    /// Today in China.
    pub today: NaiveDate,
}

/// Somebody signed in, as pages name them.
pub struct Visitor {
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// The divisions down to theirs.
    pub place: Vec<Division>,
}

impl Shell {
    /// Around a page for nobody in particular.
    pub(super) fn open(door: &Door, headers: &HeaderMap, path: &str) -> Self {
        let node = door.app.node();
        Self {
            language: Language::chosen(headers),
            node: node.name.to_string(),
            visitor: None,
            csrf: String::new(),
            path: path.to_owned(),
            said: Said::read(door.transport, headers),
            news: Vec::new(),
            matter: None,
            today: china_day(node.clock.now()),
        }
    }

    /// The text of a key.
    pub fn t(&self, key: &str) -> String {
        self.language.text(key, &[])
    }

    /// The text of a key with one value in it.
    pub fn t1<'v>(&self, key: &str, name: &'static str, value: impl Into<FluentValue<'v>>) -> String {
        self.language.text(key, &[(name, value.into())])
    }

    /// The text of a key with two values in it.
    pub fn t2<'v>(
        &self,
        key: &str,
        a: &'static str,
        first: impl Into<FluentValue<'v>>,
        b: &'static str,
        second: impl Into<FluentValue<'v>>,
    ) -> String {
        self.language.text(key, &[(a, first.into()), (b, second.into())])
    }

    /// The word for a member of a list: the key is `<list>-<code>`.
    pub fn w(&self, list: &str, code: impl std::fmt::Display) -> String {
        self.language.text(&format!("{list}-{code}"), &[])
    }

    /// The words for a field of a person's data (`marriage.married_on`), or the code where there are none.
    pub fn field(&self, code: &str) -> String {
        let key = format!("field-of-{}", code.replace(['.', '_'], "-"));
        Some(self.t(&key)).filter(|text| *text != key).unwrap_or_else(|| code.to_owned())
    }

    /// The words for a kind of message or journal entry (`tenancy.moved_in`), or the code where there are none.
    pub fn kind(&self, code: &str) -> String {
        let key = format!("kind-{}", code.replace(['.', '_'], "-"));
        Some(self.t(&key)).filter(|text| *text != key).unwrap_or_else(|| code.to_owned())
    }

    /// A text that exists in both languages.
    pub fn either(&self, text: &crate::access::Bilingual) -> String {
        match self.language {
            Language::Chinese => text.zh.clone(),
            Language::English => text.en.clone(),
        }
    }

    /// A day in running text: 2026年11月23日, 23 November 2026.
    pub fn day(&self, day: &NaiveDate) -> String {
        match self.language {
            Language::Chinese => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
            Language::English => day.format("%-d %B %Y").to_string(),
        }
    }

    /// An instant in China's time, for tables: 2026-11-23 14:05.
    pub fn instant(&self, at: &DateTime<Utc>) -> String {
        const CHINA: i32 = 8 * 3600;
        let local = FixedOffset::east_opt(CHINA).map(|china| at.with_timezone(&china).naive_local());
        local.unwrap_or_else(|| at.naive_utc()).format("%Y-%m-%d %H:%M").to_string()
    }

    /// The name of a division with those above it.
    pub fn place(&self, code: &DivisionCode) -> String {
        localities::divisions::full_name(code).unwrap_or_else(|| code.to_string())
    }

    /// The language tag of the page.
    pub fn tag(&self) -> &'static str {
        self.language.tag()
    }

    /// The other language: its tag and its own name.
    pub fn other(&self) -> (&'static str, &'static str) {
        match self.language {
            Language::Chinese => ("en", "English"),
            Language::English => ("zh-CN", "中文"),
        }
    }

    /// The address of a file, with what makes it another address when the file changes.
    pub fn asset(&self, name: &str) -> String {
        super::assets::address(name)
    }

    /// Where the role's work begins, and the rest of its pages: address and key of the name.
    pub fn menu(&self) -> &'static [(&'static str, &'static str)] {
        self.visitor.as_ref().map_or(&[], |visitor| super::menu(visitor.role))
    }

    /// Whether an entry of the menu is the page's own, or the nearest above it.
    pub fn is_here(&self, address: &str) -> bool {
        let above =
            |entry: &str| self.path == entry || self.path.strip_prefix(entry).is_some_and(|rest| rest.starts_with('/'));
        let nearest = self.menu().iter().map(|(entry, _)| *entry).filter(|entry| above(entry)).max_by_key(|e| e.len());
        nearest == Some(address)
    }

    /// Whether officers work here, who name what they look at data for.
    pub fn is_officer(&self) -> bool {
        self.visitor.as_ref().is_some_and(|visitor| visitor.role.is_officer())
    }

    /// Whether somebody of this role is signed in.
    pub fn is(&self, role: &str) -> bool {
        self.visitor.as_ref().is_some_and(|visitor| visitor.role.as_str() == role)
    }

    /// The page.
    ///
    /// # Errors
    /// `Internal` when a template fails.
    pub(super) fn show(&self, status: StatusCode, template: &impl Template) -> Answer {
        let body = template.render().map_err(Error::internal)?;
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CONTENT_LANGUAGE, HeaderValue::from_static(self.tag())),
            (VARY, HeaderValue::from_static("Cookie, Accept-Language")),
        ];
        Ok((status, headers, body).into_response())
    }
}

/// Somebody signed in looks at a page or sends a form.
pub struct Page {
    /// Who.
    pub caller: Caller,
    /// What stands around the page.
    pub shell: Shell,
    transport: Transport,
}

impl Deref for Page {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Page {
    pub(super) async fn of(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        // A page out of place looks like one that is not there, and needs no second factor to be told so.
        let caller = Caller::from_request_parts(parts, door).await?;
        Ok(Self::around(caller, parts, door))
    }

    /// The page around somebody who is known.
    pub(super) fn around(caller: Caller, parts: &Parts, door: &Door) -> Self {
        let mut shell = Shell::open(door, &parts.headers, parts.uri.path());
        let user = caller.user();
        shell.visitor = Some(Visitor {
            name: user.name.to_string(),
            role: user.role,
            place: localities::divisions::path(&user.scope),
        });
        shell.csrf = door.transport.read(super::sign_in::CSRF_COOKIE, &parts.headers).unwrap_or_default();
        shell.news = News::read(door.transport, &parts.headers);
        shell.matter = Matter::read(door, &parts.headers, user.role);
        Self { caller, shell, transport: door.transport }
    }

    /// The page, as it is.
    ///
    /// # Errors
    /// `Internal` when a template fails.
    pub fn show(&self, template: &impl Template) -> Answer {
        self.shell.show(StatusCode::OK, template)
    }

    /// The page with a form that needs a change.
    ///
    /// # Errors
    /// `Internal` when a template fails.
    pub fn show_again(&self, template: &impl Template) -> Answer {
        self.shell.show(StatusCode::UNPROCESSABLE_ENTITY, template)
    }

    /// `Set-Cookie` for something pages remember.
    pub(super) fn remembers(&self, name: &str, text: &str, good_for: TimeDelta) -> Option<HeaderValue> {
        self.transport.set(name, text, good_for)
    }

    /// After a step that was done: on to a page, which says so.
    ///
    /// # Errors
    /// None; the type is that of every answer.
    pub fn go(&self, to: &str, said: Said) -> Answer {
        let mut response = see_other(to);
        if let Some(cookie) = said.cookie(self.transport) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// On to another page, by GET.
pub(super) fn see_other(to: &str) -> Response {
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

/// Pages of one kind of people: everybody else is told that there is no such page.
macro_rules! pages_of {
    ($($(#[$doc:meta])* $name:ident: [$($role:ident),+]),+ $(,)?) => {
        $(
            $(#[$doc])*
            pub struct $name(pub Page);
            impl Deref for $name {
                type Target = Page;
                fn deref(&self) -> &Page { &self.0 }
            }
            impl FromRequestParts<Door> for $name {
                type Rejection = Problem;
                async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
                    let page = Page::of(parts, door).await?;
                    let roles: &[Role] = &[$(Role::$role),+];
                    if roles.contains(&page.user().role) { Ok(Self(page)) } else { Err(Error::NotFound("page").into()) }
                }
            }
        )+
    };
}

pages_of! {
    /// Whoever works with people's data: clerks and supervisors.
    Officers: [Clerk, Supervisor],
    /// Those who register.
    Clerks: [Clerk],
    /// Those who look over clerks' work.
    Supervisors: [Supervisor],
    /// Landlords, employers, agents, property managers.
    Landlords: [Landlord],
    /// Residents.
    Residents: [Resident],
    /// Auditors.
    Auditors: [Auditor],
    /// Those who take a second look at looks.
    Reviewers: [Supervisor, Auditor],
    /// Who looks after peers and the node's health.
    SystemAdministrators: [SystemAdministrator],
    /// Who looks after accounts.
    SecurityAdministrators: [SecurityAdministrator],
    /// Who sees the exchange.
    Exchangers: [SystemAdministrator, Clerk, Supervisor],
    /// Everybody who is signed in.
    Everybody: [SystemAdministrator, SecurityAdministrator, Clerk, Supervisor, Landlord, Resident, Auditor],
}

/// Turns a problem into a page: what happened, and what to do next. Who is not signed in finds the log-in right there.
pub(super) async fn render(
    axum::extract::State(door): axum::extract::State<Door>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let (headers, path) = (request.headers().clone(), request.uri().path().to_owned());
    let asked = request.uri().path_and_query().map_or_else(|| path.clone(), ToString::to_string);
    let id = request.extensions().get::<crate::web::layers::RequestId>().map(|id| id.0.to_string());
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        Said::forget_shown(&door, &headers, &mut response);
        News::forget_shown(&door, &headers, &mut response);
        return response;
    };
    problem.log();
    let shell = Shell::open(&door, &headers, &path);
    let page = match problem.fault() {
        Fault::NotSignedIn => super::sign_in::instead(shell, asked, problem.status()),
        Fault::SecondFactorMissing => Ok(see_other("/account/second-factor")),
        _ => super::problem::page(&shell, &problem, id),
    };
    page.unwrap_or_else(IntoResponse::into_response)
}
