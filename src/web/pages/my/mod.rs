//! A resident's pages, made for a phone and for once a year: what is new, what is on record and where it is from, who
//! looked, where they live, what they doubt, what they agreed to, taking along and forgetting, protection. Of other
//! people they show nothing.

mod consents;
mod doubts;
mod looks;
mod protection;
mod record;
mod take;
mod tenancies;

use axum::Router;
use axum::routing;
use uuid::Uuid;

use super::form::Form;
use super::said::Said;
use super::shell::{Answer, Residents, Shell};
use crate::notices::{self, NoticeKind, OwnNotices};
use crate::values::PageRequest;
use crate::web::{Door, Path, Query};

/// Notices on the first page.
const AT_ONCE: u16 = 10;

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/my", routing::get(show))
        .route("/my/notices/{id}/read", routing::post(mark_read))
        .merge(record::routes())
        .merge(looks::routes())
        .merge(tenancies::routes())
        .merge(doubts::routes())
        .merge(consents::routes())
        .merge(take::routes())
        .merge(protection::routes())
}

/// A form that says nothing but that its button was pressed.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(askama::Template)]
#[template(path = "my.html")]
struct HomePage<'a> {
    s: &'a Shell,
    notices: OwnNotices,
    /// What can be done: address, and key of the words; the key with `-hint` says more.
    ways: [(&'static str, &'static str); 7],
}

impl HomePage<'_> {
    /// The page on which what a notice tells of is seen.
    fn about(&self, notice: &notices::Notice) -> Option<String> {
        use NoticeKind::*;
        let of = |room: &str| notice.about_id.map(|id| format!("/my/{room}/{id}"));
        match notice.kind {
            MovedIn | MovedOut | Transferred | Corrected | Undone | MoveOutUndone | StatedByOther | DisputeSettled => {
                Some("/my/tenancies".to_owned())
            }
            ConsentWithdrawn | ConsentLapsing => of("consents"),
            ConsentWithdrawnElsewhere => Some("/my/record".to_owned()),
            AccessOpened => Some("/my/looks".to_owned()),
            DeletionComing => Some("/my/download".to_owned()),
        }
    }
}

async fn show(page: Residents, Query(wanted): Query<PageRequest>) -> Answer {
    let mut work = page.read().await?;
    let wanted = PageRequest { limit: wanted.limit.or(Some(AT_ONCE)), ..wanted };
    let notices = notices::own(&mut work, &wanted).await?;
    let ways = [
        ("/my/record", "my-record"),
        ("/my/looks", "my-looks"),
        ("/my/tenancies", "my-tenancies"),
        ("/my/doubts", "my-doubts"),
        ("/my/consents", "my-consents"),
        ("/my/download", "my-download"),
        ("/my/protection", "my-protection"),
    ];
    page.show(&HomePage { s: &page.shell, notices, ways })
}

async fn mark_read(page: Residents, Path(id): Path<Uuid>, form: Form<Nothing>) -> Answer {
    form.said?;
    let mut work = page.work().await?;
    notices::mark_read(&mut work, id).await?;
    work.commit().await?;
    page.go("/my", Said::done("my-notice-read"))
}

/// A word of a list whose codes have dots and underscores; the code itself where there is no word.
fn word(s: &Shell, list: &str, code: &str) -> String {
    let key = format!("{list}-{}", code.replace(['.', '_'], "-"));
    Some(s.t(&key)).filter(|text| *text != key).unwrap_or_else(|| code.to_owned())
}
