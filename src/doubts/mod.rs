//! "This is wrong." What a person, or a clerk at their word, says against a field of the identity or a marriage or birth
//! record stands beside the fact as *under investigation* until it is decided. Each doubt has a day by which it is to be
//! answered, and a refusal its reason (PIPL art. 46, 50). A record is decided upon by the node that answers for it: a
//! doubt raised elsewhere goes there, and what it decides goes to every locality that received the record.
//!
//! What is said is a word of a list and never free text: it travels, and stands beside somebody's marriage. Tenancies
//! are disputed in words of one's own, in [`tenancies`](crate::tenancies).

mod raise;
mod resolve;
mod store;
mod told;

use chrono::{DateTime, NaiveDate, Utc};
pub use raise::{About, NewDoubt, raise, raise_own};
pub use resolve::{Decision, Resolution, resolve};
use serde::Serialize;
pub use told::{Outcome, Told, find_open_of_record, find_told, note_doubted, note_resolved};
use uuid::Uuid;

use crate::access::{Action, Bilingual};
use crate::error::{Error, Result};
use crate::values::{NodeCode, text_enum};
use crate::work::Work;

/// Working days within which a doubt is answered, unless the node's settings say otherwise. The law says "in time"
/// (PIPL art. 46, 50) and names no number; fifteen is the service level of inquiries between localities.
pub const DAYS_TO_ANSWER: u16 = 15;

/// Doubts of one list at most.
const MOST: i64 = 500;

text_enum! {
    /// What is in doubt.
    pub enum Fact {
        /// A field of somebody's identity.
        Identity => "identity",
        /// A marriage or birth record.
        CivilRecord => "civil-record",
    }
}

text_enum! {
    /// A field of an identity.
    pub enum IdentityField {
        /// Name.
        Name => "name",
        /// Sex.
        Sex => "sex",
        /// Day of birth.
        BirthDate => "birth_date",
        /// Place of the household register.
        Origin => "origin",
        /// The document on record.
        Document => "document",
        /// Telephone.
        Phone => "phone",
    }
}

text_enum! {
    /// Why something is in doubt.
    pub enum DoubtReason {
        /// It is about somebody else.
        WrongPerson => "wrong-person",
        /// A name is wrong.
        WrongName => "wrong-name",
        /// A day is wrong.
        WrongDay => "wrong-day",
        /// A place is wrong.
        WrongPlace => "wrong-place",
        /// The certificate or document is another.
        WrongCertificate => "wrong-certificate",
        /// It was so and no longer is.
        NoLongerSo => "no-longer-so",
        /// It never was so.
        NeverWas => "never-was",
    }
}

text_enum! {
    /// Why what is recorded stays as it is.
    pub enum RefusalReason {
        /// The register that made the record says the same.
        RegisterAgrees => "register-agrees",
        /// The document or certificate, seen again, says the same.
        DocumentAgrees => "document-agrees",
        /// Nothing was shown that says otherwise.
        NothingShown => "nothing-shown",
        /// It is not about the person who doubts it.
        NotAboutThem => "not-about-them",
    }
}

text_enum! {
    /// Where a doubt stands.
    pub enum DoubtState {
        /// 办理中: it is decided here.
        Open => "open",
        /// 已转: another node answers for the record and decides.
        Forwarded => "forwarded",
        /// 已更正
        Corrected => "corrected",
        /// 不予更正, with the reason.
        Refused => "refused",
    }
}

/// A doubt.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Doubt {
    /// Id, the same at every node.
    pub id: Uuid,
    /// What kind of fact it is about.
    pub fact: Fact,
    /// The person or the record.
    pub about_id: Uuid,
    /// The field of the identity.
    pub field: Option<IdentityField>,
    /// The version that is in doubt.
    pub version: i32,
    /// Why.
    pub reason: DoubtReason,
    /// The person who doubts it, where their file is here.
    pub resident_id: Option<Uuid>,
    /// When it was said.
    pub raised_at: DateTime<Utc>,
    /// The node that decides.
    pub decided_by_node: NodeCode,
    /// The node that told of it.
    pub from_peer: Option<NodeCode>,
    /// The day by which it is to be answered.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub state: DoubtState,
    /// Why nothing was corrected.
    pub refusal: Option<RefusalReason>,
    /// The version that corrects it.
    pub corrected_to: Option<i32>,
    /// When it was decided.
    pub closed_at: Option<DateTime<Utc>>,
    /// Working days by which it is overdue; 0 while it is not.
    #[sqlx(skip)]
    pub overdue_days: i64,
    /// Where one can complain about a refusal.
    #[sqlx(skip)]
    pub complaints: Option<Bilingual>,
}

impl Doubt {
    /// Whether it is not decided yet.
    pub fn is_open(&self) -> bool {
        matches!(self.state, DoubtState::Open | DoubtState::Forwarded)
    }

    /// With what follows from the day and the state.
    fn seen(mut self, work: &Work) -> Self {
        if self.is_open() {
            self.overdue_days = work.node().calendar.working_days_between(self.due_on, work.today()).max(0);
        }
        if self.state == DoubtState::Refused {
            self.complaints = Some(Bilingual {
                zh: "对答复不服，可以向上一级主管部门投诉、举报，也可以依法向人民法院提起诉讼（《个人信息保护法》第五十条、第六十五条）。".into(),
                en: "You may complain to the next higher authority, and you may go to court (Personal Information Protection Law, art. 50, 65).".into(),
            });
        }
        self
    }
}

/// The doubts of the person who asks, newest first.
pub async fn list_own(work: &mut Work) -> Result<Vec<Doubt>> {
    work.permit(Action::ReadOwnRecord)?;
    let own = work.actor().subject.ok_or(Error::NotFound("resident"))?;
    let rows = store::of_person(work, own).await?;
    Ok(rows.into_iter().map(|doubt| doubt.seen(work)).collect())
}

/// What is in doubt in the actor's scope and not decided yet, the first due first.
pub async fn list_open(work: &mut Work) -> Result<Vec<Doubt>> {
    work.permit(Action::ReadDoubts)?;
    let rows = store::open_in_scope(work, MOST).await?;
    Ok(rows.into_iter().map(|doubt| doubt.seen(work)).collect())
}

/// One doubt of the person who asks.
pub async fn get_own(work: &mut Work, id: Uuid) -> Result<Doubt> {
    list_own(work).await?.into_iter().find(|doubt| doubt.id == id).ok_or(Error::NotFound("doubt"))
}

/// One doubt in the actor's scope.
pub async fn get(work: &mut Work, id: Uuid) -> Result<Doubt> {
    work.permit(Action::ReadDoubts)?;
    find_in_scope(work, id).await
}

async fn find_in_scope(work: &mut Work, id: Uuid) -> Result<Doubt> {
    let doubt = store::find_in_scope(work, id).await?.ok_or(Error::NotFound("doubt"))?;
    Ok(doubt.seen(work))
}

/// Forgets who doubted. What was doubted and how it was decided are words of a list, and stay with the record, which may
/// be somebody else's too.
pub(crate) async fn forget(work: &mut Work, resident: Uuid) -> Result<()> {
    work.permit(Action::Forget)?;
    store::forget(work, resident).await
}
