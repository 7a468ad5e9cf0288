//! What a person is told: each change to where they are registered, what became of what they withdrew, what will be
//! erased. A notice is written in the transaction of what it tells of and read in the person's own account; a text
//! message says only that there is one. Who reached nobody either way stands on a list for the next visit.

pub mod delivery;
mod store;
mod words;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;
pub use words::Facts;

use crate::access::{Action, Bilingual};
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::values::{Page, PageRequest, text_enum};
use crate::work::Work;

text_enum! {
    /// What a person is told of.
    pub enum NoticeKind {
        /// They were registered as living in a dwelling.
        MovedIn => "moved-in",
        /// They were registered as having left one.
        MovedOut => "moved-out",
        /// Both in one step.
        Transferred => "transferred",
        /// What is registered was corrected.
        Corrected => "corrected",
        /// A registration was undone.
        Undone => "undone",
        /// A leaving was taken back.
        MoveOutUndone => "move-out-undone",
        /// Somebody else said something about where they live; nothing was changed.
        StatedByOther => "stated-by-other",
        /// What they said against a registration was answered.
        DisputeSettled => "dispute-settled",
        /// A consent about them was withdrawn here.
        ConsentWithdrawn => "consent-withdrawn",
        /// A guardian's consent is about to lapse.
        ConsentLapsing => "consent-lapsing",
        /// A consent on which a peer sent something about them was withdrawn there.
        ConsentWithdrawnElsewhere => "consent-withdrawn-elsewhere",
        /// A confidential look at their data is open now.
        AccessOpened => "access-opened",
        /// Their sealed data will be erased.
        DeletionComing => "deletion-coming",
    }
}

impl NoticeKind {
    fn can_be_disputed(self) -> bool {
        use NoticeKind::*;
        matches!(self, MovedIn | MovedOut | Transferred | Corrected | Undone | MoveOutUndone | StatedByOther)
    }
}

text_enum! {
    /// How a notice reached the person besides their own account.
    pub enum Delivery {
        /// A text message is to be sent, where that is switched on.
        Waiting => "waiting",
        /// One was handed over.
        Sent => "sent",
        /// There is no telephone on record.
        NoPhone => "no-phone",
        /// None is sent: the person is protected, and whoever holds the telephone is not known.
        Withheld => "withheld",
        /// It was tried for days.
        GivenUp => "given-up",
        /// Somebody of the office told them.
        InPerson => "in-person",
    }
}

/// A notice as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Row {
    id: Uuid,
    resident_id: Uuid,
    kind: NoticeKind,
    about_id: Option<Uuid>,
    details: String,
    told_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
    delivery: Delivery,
    attempts: i32,
}

/// A notice as the person reads it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Notice {
    /// Id.
    pub id: Uuid,
    /// What it tells of.
    pub kind: NoticeKind,
    /// The tenancy, consent or other thing it is about.
    pub about_id: Option<Uuid>,
    /// What it says.
    pub text: Bilingual,
    /// Since when it can be read.
    pub told_at: DateTime<Utc>,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
    /// How it reached the person besides.
    pub delivery: Delivery,
}

/// A page of one's own notices.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OwnNotices {
    /// How many are not read, on all pages.
    pub unread: i64,
    /// The notices, the newest first.
    pub items: Vec<Notice>,
    /// Where the next page begins; absent on the last page.
    pub next: Option<String>,
}

/// A notice that reached nobody: to be told at the next visit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Untold {
    /// The notice.
    #[serde(flatten)]
    pub notice: Notice,
    /// Who is to be told.
    pub resident_id: Uuid,
}

impl Row {
    fn shown(self) -> Result<Notice> {
        let facts: Facts = serde_json::from_str(&self.details).map_err(Error::internal)?;
        let Self { id, kind, about_id, told_at, read_at, delivery, .. } = self;
        Ok(Notice { id, kind, about_id, text: words::of(kind, &facts), told_at, read_at, delivery })
    }
}

/// Tells a person of something, in the transaction in which it happened; whoever does that asked the permit and wrote the
/// journal. `about` is the thing's id.
pub async fn tell(work: &mut Work, resident: Uuid, kind: NoticeKind, about: Uuid, facts: &Facts) -> Result<()> {
    let details = serde_json::to_string(facts).map_err(Error::internal)?;
    store::insert(work, resident, kind, about, &details).await
}

/// What the acting person was told, newest first.
pub async fn own(work: &mut Work, page: &PageRequest) -> Result<OwnNotices> {
    let own = own_id(work)?;
    let rows = store::of(work, own, page).await?;
    let unread = store::unread(work, own).await?;
    let Page { items, next } = page.page(rows, |row| row.id);
    Ok(OwnNotices { unread, items: items.into_iter().map(Row::shown).collect::<Result<_>>()?, next })
}

/// Notes that the acting person read a notice; reading it again changes nothing.
pub async fn mark_read(work: &mut Work, id: Uuid) -> Result<Notice> {
    let own = own_id(work)?;
    store::mark_read(work, own, id).await?;
    store::find_own(work, own, id).await?.ok_or(Error::NotFound("notice"))?.shown()
}

fn own_id(work: &Work) -> Result<Uuid> {
    work.permit(Action::ReadOwnRecord)?;
    work.actor().subject.ok_or(Error::NotFound("notice"))
}

/// Notices to people of the actor's scope who have no account and got no text message, oldest first: they are told at the
/// next visit. What waits to be sent counts as not told.
pub async fn untold(work: &mut Work, page: &PageRequest) -> Result<Page<Untold>> {
    work.permit(Action::RegisterResidents)?;
    let rows = store::untold(work, page).await?;
    let Page { items, next } = page.page(rows, |row| row.id);
    let shown = |row: Row| {
        let resident_id = row.resident_id;
        Ok(Untold { notice: row.shown()?, resident_id })
    };
    Ok(Page { items: items.into_iter().map(shown).collect::<Result<_>>()?, next })
}

/// Notes that somebody of the office told the person; noted again it changes nothing.
///
/// # Errors
/// `NotFound("notice")` for one that is not on the actor's list.
pub async fn mark_told(work: &mut Work, id: Uuid) -> Result<()> {
    work.permit(Action::RegisterResidents)?;
    let row = store::find_listed(work, id).await?.ok_or(Error::NotFound("notice"))?;
    if row.delivery == Delivery::InPerson {
        return Ok(());
    }
    store::settle(work, id, Delivery::InPerson).await?;
    let details = json!({ "notice": id, "kind": row.kind });
    journal::append(work, Event { kind: "notice.told", subjects: &[row.resident_id], details }).await.map(drop)
}

/// Forgets what a person was told: nobody can read it any more, and it says when they moved and what they agreed to.
pub(crate) async fn forget(work: &mut Work, resident: Uuid) -> Result<()> {
    work.permit(Action::Forget)?;
    store::forget(work, resident).await
}
