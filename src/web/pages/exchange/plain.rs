//! What the exchange's codes mean, in plain words.

use super::super::{Page, Shell};
use crate::exchange::peers::{Mode, Peer, Schedule, State};

/// Schedules that have a name: its key, and the pattern.
pub(in super::super) const USUAL: [(&str, &str); 5] = [
    ("schedule-ten-minutes", "0 */10 * * * *"),
    ("schedule-half-hour", "0 */30 * * * *"),
    ("schedule-hour", "0 0 * * * *"),
    ("schedule-morning-evening", "0 0 7,19 * * *"),
    ("schedule-night", "0 30 1 * * *"),
];

/// How the exchange with a peer goes.
pub(in super::super) struct Health {
    /// The badge's kind.
    pub kind: &'static str,
    /// The badge's words.
    pub words: String,
    /// When it last succeeded.
    pub last_success: String,
    /// When and why it last failed.
    pub last_failure: Option<(String, String)>,
    /// When it is tried next.
    pub next_run: String,
    /// The schedule in words.
    pub schedule: String,
}

impl Health {
    /// How the exchange with this peer goes, as of now.
    pub fn of(page: &Page, peer: &Peer) -> Self {
        let s = &page.shell;
        let (kind, words) = match peer {
            Peer { journal_alarm: Some(_), .. } => ("bad", s.t("peer-journal-alarm")),
            Peer { state: State::Suspended, .. } => ("plain", s.t("peer-suspended")),
            Peer { failures: 1.., .. } => ("bad", s.t1("peer-failing", "n", peer.failures)),
            Peer { last_success_at: None, .. } => ("waiting", s.t("peer-never")),
            _ => ("good", s.t("peer-well")),
        };
        let failed = peer.last_failure_at.as_ref().zip(peer.last_failure.as_deref());
        Self {
            kind,
            words,
            last_success: peer.last_success_at.as_ref().map_or_else(|| s.t("peer-not-yet"), |at| s.instant(at)),
            last_failure: failed.map(|(at, code)| (s.instant(at), failure(s, code))),
            next_run: next_run(page, peer),
            schedule: schedule(s, &peer.schedule),
        }
    }
}

fn next_run(page: &Page, peer: &Peer) -> String {
    let (s, now) = (&page.shell, page.app().node().clock.now());
    match (peer.state, peer.mode) {
        (State::Suspended, _) => s.t("peer-no-run-suspended"),
        (_, Mode::Passive) => s.t("peer-no-run-passive"),
        // The schedule leaves it alone until then.
        _ => {
            let from = peer.retry_at.filter(|retry| *retry > now).unwrap_or(now);
            peer.schedule.next_after(from).map_or_else(|| s.t("peer-not-yet"), |at| s.instant(&at))
        }
    }
}

/// A schedule by its name, or else its pattern.
pub(in super::super) fn schedule(s: &Shell, schedule: &Schedule) -> String {
    let usual = USUAL.iter().find(|(_, pattern)| *pattern == schedule.as_str());
    usual.map_or_else(|| schedule.to_string(), |(key, _)| s.t(key))
}

/// Why a sync failed.
pub(in super::super) fn failure(s: &Shell, code: &str) -> String {
    let known = first_text(s, &[format!("sync-failure-{code}")]);
    known.unwrap_or_else(|| match code.split_once('-') {
        Some(("refused", reason)) => s.t1("sync-failure-refused", "reason", reason_text(s, reason)),
        Some(("answer", reason)) => s.t1("sync-failure-answer", "reason", reason_text(s, reason)),
        Some(("status", status)) => s.t1("sync-failure-status", "status", status.to_owned()),
        _ => reason_text(s, code),
    })
}

/// Why a message waits, or was refused.
pub(in super::super) fn reason_text(s: &Shell, code: &str) -> String {
    first_text(s, &[format!("case-reason-{code}"), format!("refused-{code}")]).unwrap_or_else(|| code.to_owned())
}

/// The first of these keys that has a text.
pub(in super::super) fn first_text(s: &Shell, keys: &[String]) -> Option<String> {
    keys.iter().map(|key| (key, s.t(key))).find(|(key, text)| text != *key).map(|(_, text)| text)
}
