//! What went wrong, as a page.

use super::shell::{Answer, Shell};
use crate::web::Problem;

#[derive(askama::Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    s: &'a Shell,
    title: String,
    detail: String,
    request_id: Option<String>,
    needs_matter: bool,
}

/// The page of a problem that no form could show.
pub(super) fn page(shell: &Shell, problem: &Problem, request_id: Option<String>) -> Answer {
    let (title, detail) = problem.words(shell.language);
    let status = problem.status();
    let request_id = request_id.filter(|_| status.is_server_error());
    let needs_matter = problem.code() == "no-matter";
    shell.show(status, &ProblemPage { s: shell, title, detail, request_id, needs_matter })
}
