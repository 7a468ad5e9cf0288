//! Consents: the texts, what one would agree to, giving, reading again word for word, withdrawing.

use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Locality;
use crate::access::PurposeCode;
use crate::exchange::consents::{self, AgreedConsent, GiveConsent, Preview, Withdrawal};
use crate::residents::{self, Consent, ConsentText, TextVersion};
use crate::values::NodeCode;
use crate::web::{Body, Caller, Door, Path, Problem, Problems, Query};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(list_consent_texts))
        .routes(routes!(preview_consent))
        .routes(routes!(list_consents, give_consent))
        .routes(routes!(list_own_consents))
        .routes(routes!(get_consent))
        .routes(routes!(withdraw_consent))
}

/// All texts that are or were shown before somebody consents, in all their editions.
#[utoipa::path(get, path = "/consent-texts", tag = "consents",
    responses((status = 200, body = Vec<ConsentText>), Problems))]
async fn list_consent_texts(caller: Caller) -> Json<Vec<ConsentText>> {
    Json(caller.app().node().consent_texts.all().to_vec())
}

/// A consent that is being considered.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Considered {
    /// What for.
    #[param(value_type = String)]
    purpose: PurposeCode,
    /// The code of the node that would receive the data.
    #[param(value_type = String)]
    recipient: NodeCode,
}

/// What one would agree to, with the recipient's name; nothing is given yet.
#[utoipa::path(get, path = "/consent-texts/preview", tag = "consents", params(Locality, Considered),
    responses((status = 200, body = Preview), Problems))]
async fn preview_consent(caller: Caller, Query(considered): Query<Considered>) -> Result<Json<Preview>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(consents::preview(&mut work, considered.purpose, considered.recipient).await?))
}

/// All consents of a person, given and withdrawn, the newest first.
#[utoipa::path(get, path = "/residents/{id}/consents", tag = "consents", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<Consent>), Problems))]
async fn list_consents(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Vec<Consent>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(residents::list_consents(&mut work, id).await?))
}

/// A consent to note.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConsent {
    /// Who gives it: the person, or for a child under fourteen a guardian.
    given_by: Uuid,
    /// A clerk's word that this is the child's guardian, where no birth record here says so; kept as such.
    #[serde(default)]
    guardian_stated: bool,
    /// What for.
    purpose: PurposeCode,
    /// The code of the node that may receive the data.
    recipient: NodeCode,
    /// Which edition of the text was shown.
    text_version: TextVersion,
}

/// Note that a person, or the guardian of a child under fourteen, consents.
#[utoipa::path(post, path = "/residents/{id}/consents", tag = "consents", request_body = NewConsent,
    params(Locality, ("id" = Uuid, Path)), responses((status = 201, body = Consent), Problems))]
async fn give_consent(
    caller: Caller,
    Path(resident_id): Path<Uuid>,
    Body(new, _): Body<NewConsent>,
) -> Result<(StatusCode, Json<Consent>), Problem> {
    let NewConsent { given_by, guardian_stated, purpose, recipient, text_version } = new;
    let new = GiveConsent { resident_id, given_by, guardian_stated, purpose, recipient, text_version };
    let mut work = caller.work().await?;
    let consent = consents::give_consent(&mut work, new).await?;
    work.commit().await?;
    Ok((StatusCode::CREATED, Json(consent)))
}

/// The consents about me, and those I gave for somebody in my care; the newest first.
#[utoipa::path(get, path = "/me/consents", tag = "me", params(Locality),
    responses((status = 200, body = Vec<Consent>), Problems))]
async fn list_own_consents(caller: Caller) -> Result<Json<Vec<Consent>>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(residents::own_consents(&mut work).await?))
}

/// A consent with the very words that were agreed to, what was sent on it, and who was told of its end.
#[utoipa::path(get, path = "/consents/{id}", tag = "consents", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = AgreedConsent), Problems))]
async fn get_consent(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<AgreedConsent>, Problem> {
    let mut work = caller.read().await?;
    Ok(Json(consents::get_agreed(&mut work, id).await?))
}

/// Withdraw a consent: what waits is taken back, and whoever received something is told.
#[utoipa::path(post, path = "/consents/{id}/withdrawal", tag = "consents", params(Locality, ("id" = Uuid, Path)),
    responses((status = 200, body = Withdrawal), Problems))]
async fn withdraw_consent(caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Withdrawal>, Problem> {
    let mut work = caller.work().await?;
    let withdrawal = consents::withdraw_consent(&mut work, id).await?;
    work.commit().await?;
    Ok(Json(withdrawal))
}
