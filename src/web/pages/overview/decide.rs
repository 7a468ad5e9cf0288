//! A supervisor's decisions: confidential accesses, budgets.

use serde::Deserialize;
use uuid::Uuid;

use super::super::{Answer, Entry, Form, Page, Said, Supervisors};
use super::view;
use crate::access::CaseRef;
use crate::access::budgets::{self, RaiseBudget, RaiseReason};
use crate::oversight::{self, RefusalReason};
use crate::web::{Path, Problem};

pub(super) async fn approve(page: Supervisors, Path(id): Path<Uuid>) -> Answer {
    let approved = async {
        let mut work = page.work().await?;
        oversight::approve(&mut work, id).await?;
        Ok::<_, Problem>(work.commit().await?)
    };
    decided(&page, approved.await, Entry::default(), "access-approved").await
}

/// Why it is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refuse {
    because: RefusalReason,
}

pub(super) async fn refuse(page: Supervisors, Path(id): Path<Uuid>, form: Form<Refuse>) -> Answer {
    let refused = async {
        let because = form.said?.because;
        let mut work = page.work().await?;
        oversight::refuse(&mut work, id, because).await?;
        Ok::<_, Problem>(work.commit().await?)
    };
    decided(&page, refused.await, form.entry, "access-refused").await
}

async fn decided(page: &Page, result: Result<(), Problem>, entry: Entry, code: &str) -> Answer {
    match result {
        Ok(()) => page.go("/overview", Said::done(code)),
        Err(problem) => {
            let deciding = entry.faulted(problem, page.shell.language)?;
            let view = view(page, Entry::default(), deciding).await?;
            page.show_again(&view)
        }
    }
}

/// Whose budget, by how much, why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raise {
    officer: Uuid,
    by: i32,
    because: RaiseReason,
    case: CaseRef,
}

pub(super) async fn raise(page: Supervisors, form: Form<Raise>) -> Answer {
    let raised = async {
        let Raise { officer, by, because, case } = form.said?;
        let mut work = page.work().await?;
        budgets::raise(&mut work, officer, RaiseBudget { by, because, case }).await?;
        Ok::<_, Problem>(work.commit().await?)
    };
    match raised.await {
        Ok(()) => page.go("/overview", Said::done("budget-raised")),
        Err(problem) => {
            let budget = form.entry.faulted(problem, page.shell.language)?;
            let view = view(&page, budget, Entry::default()).await?;
            page.show_again(&view)
        }
    }
}
