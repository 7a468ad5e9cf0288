//! Where the person lives and lived, who says so, and what they themselves say: that they live there, left, never did;
//! or that something is not so.

use axum::Router;
use axum::routing;
use uuid::Uuid;

use super::super::form::{Entry, Form};
use super::super::said::Said;
use super::super::shell::{Answer, Residents, Shell};
use crate::dwellings::{self, Address};
use crate::error::{Error, Result};
use crate::tenancies::{self, NewDispute, Says, StateOwn, Statement, Tenancy};
use crate::web::{Door, Path};
use crate::work::Work;

pub(super) fn routes() -> Router<Door> {
    Router::new()
        .route("/my/tenancies", routing::get(list))
        .route("/my/tenancies/{id}", routing::get(show))
        .route("/my/tenancies/{id}/statements", routing::post(state))
        .route("/my/tenancies/{id}/dispute", routing::post(dispute))
}

/// A tenancy, and where it is.
struct Lived {
    tenancy: Tenancy,
    place: Option<Address>,
}

impl Lived {
    /// What each side says, by the side's code.
    fn sides(&self) -> Vec<(&'static str, &Statement)> {
        let sides = &self.tenancy.sides;
        let said = [("resident", &sides.resident), ("landlord", &sides.landlord), ("committee", &sides.committee)];
        said.into_iter().filter_map(|(side, said)| Some((side, said.as_ref()?))).collect()
    }

    fn is_disputed(&self) -> bool {
        self.tenancy.disputed_at.is_some() && self.tenancy.settled_at.is_none()
    }
}

#[derive(askama::Template)]
#[template(path = "my_tenancies.html")]
struct TenanciesPage<'a> {
    s: &'a Shell,
    lived: Vec<Lived>,
}

/// The newest first.
async fn load(work: &mut Work) -> Result<Vec<Lived>> {
    let mut lived = Vec::new();
    for tenancy in tenancies::own(work).await?.into_iter().rev() {
        lived.push(Lived { place: dwellings::address(work, tenancy.dwelling_id).await?, tenancy });
    }
    Ok(lived)
}

async fn list(page: Residents) -> Answer {
    let mut work = page.read().await?;
    page.show(&TenanciesPage { s: &page.shell, lived: load(&mut work).await? })
}

#[derive(askama::Template)]
#[template(path = "my_tenancy.html")]
struct TenancyPage<'a> {
    s: &'a Shell,
    lived: Lived,
    says: Vec<(String, String)>,
    until_today: String,
    stating: Entry,
    disputing: Entry,
}

impl<'a> TenancyPage<'a> {
    async fn load(page: &'a Residents, id: Uuid, stating: Entry, disputing: Entry) -> Result<Self> {
        let mut work = page.read().await?;
        let lived = load(&mut work).await?.into_iter().find(|lived| lived.tenancy.id == id);
        let lived = lived.ok_or(Error::NotFound("tenancy"))?;
        let s = &page.shell;
        let says = Says::ALL.iter().map(|says| (says.to_string(), s.w("my-says", says))).collect();
        Ok(Self { s, lived, says, until_today: format!("max='{}'", s.today), stating, disputing })
    }
}

async fn show(page: Residents, Path(id): Path<Uuid>) -> Answer {
    page.show(&TenancyPage::load(&page, id, Entry::default(), Entry::default()).await?)
}

async fn state(page: Residents, Path(id): Path<Uuid>, form: Form<StateOwn>) -> Answer {
    let stated = match form.said {
        Ok(said) => say(&page, id, said).await,
        Err(error) => Err(error),
    };
    match stated {
        Ok(tenancy) if tenancy.sides.differ() => page.go("/my/tenancies", Said::done("my-stated-otherwise")),
        Ok(_) => page.go("/my/tenancies", Said::done("my-stated")),
        Err(error) => {
            let stating = form.entry.faulted(error, page.shell.language)?;
            page.show_again(&TenancyPage::load(&page, id, stating, Entry::default()).await?)
        }
    }
}

async fn say(page: &Residents, id: Uuid, said: StateOwn) -> Result<Tenancy> {
    let mut work = page.work().await?;
    let tenancy = tenancies::state_own(&mut work, id, said).await?;
    work.commit().await?;
    Ok(tenancy)
}

async fn dispute(page: Residents, Path(id): Path<Uuid>, form: Form<NewDispute>) -> Answer {
    let disputed = match form.said {
        Ok(new) => object(&page, id, new).await,
        Err(error) => Err(error),
    };
    match disputed {
        Ok(()) => page.go("/my/tenancies", Said::done("my-disputed")),
        Err(error) => {
            let disputing = form.entry.faulted(error, page.shell.language)?;
            page.show_again(&TenancyPage::load(&page, id, Entry::default(), disputing).await?)
        }
    }
}

async fn object(page: &Residents, id: Uuid, new: NewDispute) -> Result<()> {
    let mut work = page.work().await?;
    tenancies::dispute(&mut work, id, new).await?;
    work.commit().await
}
