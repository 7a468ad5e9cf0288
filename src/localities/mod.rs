//! The ground the registry stands on: every division of the country down to the committee, which of them a
//! node serves, and the working-day calendar its deadlines are counted in.
//!
//! The room is pure: what it knows is shipped inside the program (`data/divisions`, `data/calendar`) and nothing
//! of it is loaded before it is asked for. Only [`pack`], which prepares the shipped data, touches files.

pub mod calendar;
pub mod divisions;
pub mod pack;
mod packed;
mod search;
pub mod territory;

pub use calendar::{Calendar, DayKind, Due};
pub use divisions::{Division, Level, exists, full_name};
pub use search::search;
pub use territory::{NoRoute, Territory, route};
