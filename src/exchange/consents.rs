//! What people agree may be sent, given and withdrawn. The exchange knows the recipients by name, what waits for them and
//! what they have; a withdrawal therefore answers at once what it stopped and who is told.

use chrono::{DateTime, Days, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::messages::Kind;
use super::{outbox, peers, store};
use crate::access::{Action, Bilingual, PurposeCode, Role};
use crate::app::App;
use crate::civil_records;
use crate::error::{Error, Result};
use crate::journal::{self, Event};
use crate::localities;
use crate::notices::{self, Facts, NoticeKind};
use crate::residents::consents::{self, check_giver};
use crate::residents::{self, Consent, GivenAs, Resident, TextVersion};
use crate::values::{DivisionCode, NodeCode};
use crate::work::Work;

/// How long before a guardian's consent lapses it is told.
const TOLD_BEFORE: Days = Days::new(30);

/// What somebody is shown before they consent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Preview {
    /// What it would be a consent to.
    pub purpose: PurposeCode,
    /// The node that would receive the data.
    pub recipient: NodeCode,
    /// Its name.
    pub recipient_name: String,
    /// The edition of the text, to be named when giving.
    pub text_version: TextVersion,
    /// The text, with both names in it.
    pub text: Bilingual,
}

/// A consent to give.
#[derive(Debug)]
pub struct GiveConsent {
    /// Whose data it is about.
    pub resident_id: Uuid,
    /// Who gives it: the person, or for a child under fourteen a guardian, who is registered too.
    pub given_by: Uuid,
    /// A clerk's word that this is the child's guardian, where no birth record here says so.
    pub guardian_stated: bool,
    /// What for.
    pub purpose: PurposeCode,
    /// The code of the node that may receive the data.
    pub recipient: NodeCode,
    /// Which edition of the text was shown.
    pub text_version: TextVersion,
}

/// A message that was sent on a consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct Sent {
    /// To whom.
    pub recipient: NodeCode,
    /// The message.
    pub message: Uuid,
    /// Its kind.
    pub kind: Kind,
    /// The notice, record or inquiry it is about.
    pub about_id: Uuid,
    /// When it was written.
    pub sent_at: DateTime<Utc>,
    /// When the recipient confirmed it; absent while that is not known.
    pub received_at: Option<DateTime<Utc>>,
    /// When the recipient was written that the consent is withdrawn.
    pub withdrawal_told_at: Option<DateTime<Utc>>,
}

/// Messages that waited and were taken back.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TakenBack {
    /// For whom they were.
    pub recipient: NodeCode,
    /// Their kind.
    pub kind: Kind,
    /// How many.
    pub count: usize,
}

/// A consent with the very words that were agreed to and what was sent on it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AgreedConsent {
    /// The consent.
    #[serde(flatten)]
    pub consent: Consent,
    /// The words, with both names in them; absent for a consent from before they were kept.
    pub text: Option<Bilingual>,
    /// What was sent on it, or waits to be.
    pub sent: Vec<Sent>,
}

/// What a withdrawal did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Withdrawal {
    /// The consent, withdrawn.
    #[serde(flatten)]
    pub consent: Consent,
    /// What had not left yet and does not leave any more.
    pub taken_back: Vec<TakenBack>,
    /// What had left before. Its recipients are told with the next sync and erase it.
    pub sent: Vec<Sent>,
}

/// The text for a purpose with the recipient's name in it.
///
/// # Errors
/// `Invalid("purpose", "no-consent-text")`; `Invalid("recipient", "unknown-recipient")` for one nobody can name.
pub async fn preview(work: &mut Work, purpose: PurposeCode, recipient: NodeCode) -> Result<Preview> {
    work.permit(Action::KeepConsents)?;
    let recipient_name = name_of(work, &recipient).await?;
    let text = work.node().consent_texts.current(&purpose, work.today())?;
    let (text_version, text) = (text.version.clone(), text.between(work.node().name.as_str(), &recipient_name));
    Ok(Preview { purpose, recipient, recipient_name, text_version, text })
}

/// Gives a consent: the person, a guardian by their own log-in, or a clerk on their statement.
///
/// # Errors
/// `Invalid` for an unknown purpose, one without a text, an edition that is not the present one, and a recipient nobody can
/// name; for `given_by` with `guardian-needed` (under fourteen), `only-the-person-consents` (from fourteen on, or of
/// unknown birth), `guardian-not-of-age`, `guardian-not-on-record` (no birth record here says so, and no clerk);
/// `Refused("consent-on-record")` while one for the same purpose and recipient stands.
pub async fn give_consent(work: &mut Work, new: GiveConsent) -> Result<Consent> {
    work.permit(Action::KeepConsents)?;
    let (person, given_as) = giver(work, &new).await?;
    if !work.node().purposes.purposes.iter().any(|purpose| purpose.code == new.purpose) {
        return Err(Error::invalid("purpose", "unknown-purpose"));
    }
    work.node().consent_texts.shown(&new.purpose, &new.text_version, work.today())?;
    let shown = preview(work, new.purpose, new.recipient).await?;
    let consent = Consent {
        id: work.new_id(),
        resident_id: person.id,
        given_by: new.given_by,
        given_as,
        purpose: shown.purpose,
        recipient: shown.recipient,
        recipient_name: Some(shown.recipient_name),
        text_version: shown.text_version,
        given_at: work.now(),
        lapses_on: None,
        withdrawn_at: None,
        replaced_by: None,
    };
    consents::keep(work, &consent, &shown.text).await?;
    residents::get_consent(work, consent.id).await
}

/// Whom the consent is about, and what the giver is to them.
async fn giver(work: &mut Work, new: &GiveConsent) -> Result<(Resident, GivenAs)> {
    let today = work.today();
    if new.given_by == new.resident_id {
        let person = consents::person(work, new.resident_id).await?;
        check_giver(person.birth_date, None, today)?;
        return Ok((person, GivenAs::Person));
    }
    let is_parent = civil_records::is_parent(work, new.given_by, new.resident_id).await?;
    let by_log_in = work.actor().role == Role::Resident;
    let (person, guardian) = if by_log_in && is_parent && work.actor().subject == Some(new.given_by) {
        (consents::anywhere(work, new.resident_id).await?, consents::anywhere(work, new.given_by).await?)
    } else {
        (Some(consents::person(work, new.resident_id).await?), residents::find(work, new.given_by).await?)
    };
    let person = person.ok_or(Error::NotFound("resident"))?;
    let guardian = guardian.ok_or(Error::NotFound("guardian"))?;
    check_giver(person.birth_date, Some(guardian.birth_date), today)?;
    match (is_parent, by_log_in) {
        // A child signed in does not give a parent's consent.
        (true, true) if work.actor().subject != Some(guardian.id) => Err(Error::NotFound("guardian")),
        (true, _) => Ok((person, GivenAs::Parent)),
        (false, false) if new.guardian_stated => Ok((person, GivenAs::StatedGuardian)),
        (false, _) => Err(Error::invalid("given_by", "guardian-not-on-record")),
    }
}

/// A recipient's name: as its card says, or that of the division whose code it has.
async fn name_of(work: &mut Work, recipient: &NodeCode) -> Result<String> {
    if let Some(peer) = peers::find(work, recipient).await? {
        return Ok(peer.name.to_string());
    }
    let division: Option<DivisionCode> = recipient.as_str().parse().ok();
    division
        .and_then(|division| localities::full_name(&division))
        .ok_or_else(|| Error::invalid("recipient", "unknown-recipient"))
}

/// One consent with the words agreed to: for the person, whoever gave it, or a clerk of the person's office.
pub async fn get_agreed(work: &mut Work, id: Uuid) -> Result<AgreedConsent> {
    let consent = residents::get_consent(work, id).await?;
    let text = consents::text_of(work, id).await?;
    Ok(AgreedConsent { consent, text, sent: store::streams::sent_on_consent(work, id).await? })
}

/// Withdraws a consent, in one step and with one effect: what waits is taken back now, and whoever received something is
/// told with the next sync. The person does so, whoever gave it for them, or a clerk on their statement.
///
/// # Errors
/// `Refused("consent-withdrawn")` when it was already.
pub async fn withdraw_consent(work: &mut Work, id: Uuid) -> Result<Withdrawal> {
    let consent = residents::get_consent(work, id).await?;
    let consent = consents::end(work, consent).await?;
    let mut taken_back: Vec<TakenBack> = Vec::new();
    for (recipient, kind) in outbox::take_back(work, id).await? {
        match taken_back.iter_mut().find(|taken| taken.recipient == recipient && taken.kind == kind) {
            Some(taken) => taken.count += 1,
            None => taken_back.push(TakenBack { recipient, kind, count: 1 }),
        }
    }
    let sent = store::streams::sent_on_consent(work, id).await?;
    let stopped = taken_back.iter().map(|taken| taken.count).sum();
    let facts = Facts { sent: Some(sent.len()), stopped: Some(stopped), ..Facts::default() };
    notices::tell(work, consent.resident_id, NoticeKind::ConsentWithdrawn, consent.id, &facts).await?;
    if consent.given_by != consent.resident_id {
        notices::tell(work, consent.given_by, NoticeKind::ConsentWithdrawn, consent.id, &facts).await?;
    }
    Ok(Withdrawal { consent, taken_back, sent })
}

/// Tells of each guardian's consent that is about to lapse, once: the person, whose own is needed then, and the guardian.
/// Answers of how many.
pub async fn tell_lapsing(app: &App) -> Result<u64> {
    let mut told = 0;
    for county in &app.node().counties {
        let mut work = app.system_work_in(county).await?;
        work.permit(Action::TellPeople)?;
        let until = work.today().checked_add_days(TOLD_BEFORE).unwrap_or(work.today());
        for consent in consents::lapsing(&mut work, until).await? {
            if !consents::note_lapse_told(&mut work, consent.id).await? {
                continue;
            }
            let facts = Facts { on: consent.lapses_on, ..Facts::default() };
            let mut people = vec![consent.resident_id];
            if consents::anywhere(&mut work, consent.given_by).await?.is_some() {
                people.push(consent.given_by);
            }
            for person in &people {
                notices::tell(&mut work, *person, NoticeKind::ConsentLapsing, consent.id, &facts).await?;
            }
            let details = json!({ "consent": consent.id, "lapses_on": consent.lapses_on });
            journal::append(&mut work, Event { kind: "consent.lapse_told", subjects: &people, details }).await?;
            told += 1;
        }
        work.commit().await?;
    }
    Ok(told)
}
