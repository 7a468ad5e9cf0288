//! Looking at the localities: their state as their boards show it, and whether they agree in the end.

use std::time::Duration;

use uuid::Uuid;

use super::tell::Teller;
use super::world::World;
use crate::civil_records;
use crate::cli::{Failure, Result};
use crate::exchange::cases;
use crate::journal::{self, Verdict};
use crate::values::PageRequest;

/// How long the schedule may take before the demonstration gives up.
const PATIENCE: Duration = Duration::from_secs(90);

/// The state of both sides, as their boards show it.
pub async fn states(world: &World, at_home: Uuid, resident: Option<Uuid>, teller: &Teller) -> Result<()> {
    teller.chapter("两地状态", "The state of both localities")?;
    for (one, other, person) in
        [(&world.residence, &world.origin, resident), (&world.origin, &world.residence, Some(at_home))]
    {
        let peer = one.peer(other).await?;
        let records = match person {
            Some(person) => {
                let mut work = one.work_of("clerk").await?;
                civil_records::list_of_resident(&mut work, person).await?.len()
            }
            None => 0,
        };
        let (known, sent, received, backlog) = (person.is_some(), peer.sent, peer.received, peer.backlog);
        teller.say(
            format!(
                "{}：李桂兰的档案{}，记录 {records} 条；发往 {} {sent} 条（待发 {backlog}），收到 {received} 条",
                one.name,
                if known { "有" } else { "无" },
                other.name
            ),
            format!(
                "{}: her file: {}, records: {records}; sent to {}: {sent} (backlog {backlog}), received: {received}",
                one.name,
                if known { "yes" } else { "no" },
                other.name
            ),
        )?;
    }
    Ok(())
}

/// Waits until every stream is level and both digests agree, then checks journals and cases.
pub async fn agree(world: &World, teller: &Teller) -> Result<()> {
    teller.chapter("两地一致吗", "Do they agree")?;
    let mut pairs = vec![(&world.residence, &world.origin), (&world.origin, &world.residence)];
    if let Some(third) = &world.third {
        pairs.extend([(&world.residence, third), (third, &world.residence)]);
    }
    until("all streams are level", || async {
        for (one, other) in &pairs {
            let (here, there) = (one.peer(other).await?, other.peer(one).await?);
            if here.backlog != 0 || here.sent != there.received || here.agreed_through != here.sent {
                return Ok(false);
            }
        }
        Ok(true)
    })
    .await?;
    for one in [Some(&world.residence), Some(&world.origin), world.third.as_ref()].into_iter().flatten() {
        one.app().seal_journal().await?;
        let mut work = one.app().system_work().await?;
        let Verdict::Sound { entries, .. } = journal::verify(&mut work).await? else {
            return Err(Failure::new(format!("the journal of {} does not verify", one.name)));
        };
        drop(work);
        let mut work = one.work_of("clerk").await?;
        let open = cases::list(&mut work, cases::State::Open, &PageRequest::default()).await?.items.len();
        if open > 0 {
            return Err(Failure::new(format!("{} has {open} open cases", one.name)));
        }
        teller.say(
            format!("{}：日志 {entries} 条，哈希链完整；没有待处理的消息", one.name),
            format!("{}: {entries} journal entries, the hash chain holds; no message waits for anybody", one.name),
        )?;
    }
    teller.say("一致：每条消息都已到达且只生效一次", "They agree: every message arrived and took effect once")
}

/// Waits until something happened, or gives up.
pub async fn until<F: Future<Output = Result<bool>>>(what: &str, mut happened: impl FnMut() -> F) -> Result<()> {
    let wait = async {
        while !happened().await? {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| Err(Failure::new(format!("waited {} s in vain until {what}", PATIENCE.as_secs()))))
}
