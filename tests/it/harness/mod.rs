//! A node per test, on a fresh database, and people who use it.
//!
//! ```ignore
//! both_databases! {
//!     async fn a_clerk_registers_a_building(db: TestDb) {
//!         let app = TestApp::new(&db).await;
//!         let clerk = app.as_clerk().await;
//!         let building = clerk.post("/api/v1/buildings", json!({ … })).await.expect(201);
//!         clerk.get(&format!("/api/v1/buildings/{}", building["id"].as_str().unwrap())).await.expect(200);
//!         app.anon().get("/api/v1/buildings").await.refused(401, "not-signed-in");
//!     }
//! }
//! ```

mod app;
mod browser;
mod databases;
mod person;
mod postgres;
mod walker;

pub use app::{ALREADY_HASHED_PASSWORD, TestApp};
pub use browser::{chromium, opened};
pub use databases::TestDb;
pub use person::{Person, Reply};
pub use walker::Walker;

/// Turns each story into two tests, `name::sqlite` and `name::postgres`. Without PostgreSQL's server programs the
/// second says so and passes, unless `ANJU_REQUIRE_POSTGRES` is set.
macro_rules! both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: TestDb) $body:block)+) => {$(
        $(#[$meta])*
        async fn $name($db: crate::harness::TestDb) $body

        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name(crate::harness::TestDb::sqlite()).await;
            }

            #[tokio::test]
            async fn postgres() {
                if let Some(db) = crate::harness::TestDb::postgres() {
                    super::$name(db).await;
                }
            }
        }
    )+};
}
pub(crate) use both_databases;
