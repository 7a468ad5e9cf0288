//! Inquiries: the board by due day, one inquiry's life, and the answers to those received.

mod ask;
mod words;

use std::collections::BTreeMap;

use axum::extract::State;
use axum::{Router, routing};
use serde::Deserialize;
use uuid::Uuid;

use super::clock::Clock;
use super::form::{Entry, Form};
use super::{Answer, Clerks, Officers, Page, Said, Shell};
use crate::exchange::answers::{self, AnswerInquiry};
use crate::exchange::inquiries::{self, Direction, Inquiry, OpenedInquiry, State as Standing};
use crate::exchange::peers;
use crate::exchange::tellings::{self, Telling};
use crate::residents;
use crate::values::{NodeCode, PageRequest};
use crate::web::{Door, Path, Problem, Query};
use crate::work::Work;

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/inquiries", routing::get(board))
        .route("/inquiries/new", routing::get(ask::show).post(ask::send))
        .route("/inquiries/{id}", routing::get(show))
        .route("/inquiries/{id}/open", routing::post(open))
        .route("/inquiries/{id}/answer", routing::post(answer))
        .route("/inquiries/{id}/sync", routing::post(sync))
}

/// Which inquiries are wanted.
#[derive(Deserialize)]
struct Wanted {
    direction: Option<Direction>,
    state: Option<Standing>,
    after: Option<Uuid>,
}

/// An inquiry as the board shows it.
struct Row {
    inquiry: Inquiry,
    peer: String,
    /// The person here, masked.
    who: Option<String>,
    clock: Clock,
    purpose: String,
}

#[derive(askama::Template)]
#[template(path = "inquiries.html")]
struct Board<'a> {
    s: &'a Shell,
    direction: Direction,
    /// Overdue, within three working days, later.
    columns: [(&'static str, Vec<Row>); 3],
    answered: Option<Vec<Row>>,
    next: Option<String>,
    is_empty: bool,
}

async fn board(page: Officers, Query(wanted): Query<Wanted>) -> Answer {
    let direction = wanted.direction.unwrap_or(Direction::Received);
    let request = PageRequest { after: wanted.after, limit: None };
    let mut work = page.read().await?;
    let answered = wanted.state == Some(Standing::Answered);
    let found = match answered {
        true => inquiries::list(&mut work, direction, Standing::Answered, &request).await?,
        false => inquiries::waiting(&mut work, direction, &request).await?,
    };
    let is_empty = found.items.is_empty();
    let rows = rows(&page, &mut work, found.items).await?;
    let query = format!("&direction={direction}{}", if answered { "&state=answered" } else { "" });
    let next = found.next.map(|next| next + &query);
    let mut columns = ["inquiries-overdue", "inquiries-soon", "inquiries-later"].map(|key| (key, Vec::new()));
    let answered = if answered {
        Some(rows)
    } else {
        rows.into_iter().for_each(|row| columns[row.clock.column()].1.push(row));
        None
    };
    page.show(&Board { s: &page.shell, direction, columns, answered, next, is_empty })
}

async fn rows(page: &Page, work: &mut Work, found: Vec<Inquiry>) -> Result<Vec<Row>, Problem> {
    let peers = peer_names(work).await?;
    let mut rows = Vec::with_capacity(found.len());
    for inquiry in found {
        rows.push(row(page, work, &peers, inquiry).await?);
    }
    Ok(rows)
}

async fn row(
    page: &Page,
    work: &mut Work,
    peers: &BTreeMap<NodeCode, String>,
    inquiry: Inquiry,
) -> Result<Row, Problem> {
    let who = match inquiry.resident_id {
        Some(id) => residents::find(work, id).await?.map(|resident| resident.name.masked()),
        None => None,
    };
    let peer = peers.get(&inquiry.peer).cloned().unwrap_or_else(|| inquiry.peer.to_string());
    Ok(Row { clock: Clock::of(page, inquiry.due_on), purpose: purpose(page, &inquiry.purpose), inquiry, peer, who })
}

/// The peers' names by their codes.
async fn peer_names(work: &mut Work) -> Result<BTreeMap<NodeCode, String>, Problem> {
    let peers = peers::list(work).await?;
    Ok(peers.into_iter().map(|peer| (peer.code, peer.name.to_string())).collect())
}

/// A purpose in words; a peer's own code where our list does not have it.
fn purpose(page: &Page, code: &str) -> String {
    let lists = &page.app().node().purposes.purposes;
    let known = lists.iter().find(|purpose| purpose.code.as_str() == code);
    known.map_or_else(|| code.to_owned(), |purpose| page.shell.either(&purpose.text))
}

#[derive(askama::Template)]
#[template(path = "inquiry.html")]
struct OneInquiry<'a> {
    s: &'a Shell,
    row: Row,
    basis: String,
    /// The message that left: its question, or our answer to it.
    told: Vec<Telling>,
    opened: Option<Opened>,
    answering: Entry,
    may_answer: bool,
}

/// What was sealed, in words.
struct Opened {
    asked: Vec<String>,
    stated: Vec<(String, String)>,
    answer: Vec<(String, String)>,
    under_investigation: bool,
}

impl Opened {
    fn of(s: &Shell, opened: &OpenedInquiry) -> Self {
        Self {
            asked: words::wanted(s, &opened.wanted),
            stated: opened.stated.as_ref().map(|facts| words::facts(s, facts)).unwrap_or_default(),
            answer: opened.answer.as_ref().map(|given| words::answer(s, &opened.wanted, given)).unwrap_or_default(),
            under_investigation: opened.answer.as_ref().is_some_and(|given| given.under_investigation),
        }
    }
}

async fn show(page: Officers, Path(id): Path<Uuid>) -> Answer {
    let view = view(&page, id, None, Entry::default()).await?;
    page.show(&view)
}

async fn view(page: &Page, id: Uuid, opened: Option<Opened>, answering: Entry) -> Result<OneInquiry<'_>, Problem> {
    let mut work = page.read().await?;
    let inquiry = inquiries::get(&mut work, id).await?;
    let told = tellings::of_inquiry(&mut work, id).await?;
    let peers = peer_names(&mut work).await?;
    let lists = &page.app().node().purposes.bases;
    let basis = lists.iter().find(|basis| basis.code.as_str() == inquiry.basis);
    let basis = basis.map_or_else(|| inquiry.basis.clone(), |basis| page.shell.either(&basis.text));
    let clerk = page.user().role == crate::access::Role::Clerk;
    let may_answer = clerk && inquiry.direction == Direction::Received && inquiry.state == Standing::Open;
    let row = row(page, &mut work, &peers, inquiry).await?;
    Ok(OneInquiry { s: &page.shell, row, basis, told, opened, answering, may_answer })
}

/// Opens what is sealed, for the matter at hand.
async fn open(page: Officers, Path(id): Path<Uuid>) -> Answer {
    let mut work = page.work().await?;
    inquiries::get(&mut work, id).await?;
    let opened = inquiries::disclose(&mut work, id, &page.reason()?).await?;
    work.commit().await?;
    let view = view(&page, id, Some(Opened::of(&page.shell, &opened)), Entry::default()).await?;
    page.show(&view)
}

async fn answer(page: Clerks, Path(id): Path<Uuid>, form: Form<AnswerInquiry>) -> Answer {
    let done = match form.said {
        Ok(given) => answered(&page, id, given).await,
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => page.go(&format!("/inquiries/{id}"), Said::done("inquiry-answered")),
        Err(problem) => {
            let answering = form.entry.faulted(problem, page.shell.language)?;
            let view = view(&page, id, None, answering).await?;
            page.show_again(&view)
        }
    }
}

async fn answered(page: &Page, id: Uuid, given: AnswerInquiry) -> Result<(), Problem> {
    let mut work = page.work().await?;
    answers::answer(&mut work, id, given).await?;
    Ok(work.commit().await?)
}

/// Fetches the answer now instead of with the next turn of the schedule.
async fn sync(State(door): State<Door>, page: Officers, Path(id): Path<Uuid>) -> Answer {
    let mut work = page.read().await?;
    let peer = inquiries::get(&mut work, id).await?.peer;
    drop(work);
    let report = crate::exchange::sync::sync(&door.app, &peer, true).await?;
    page.go(&format!("/inquiries/{id}"), super::exchange::said(&report))
}
