//! The whole node through its public doors, in process: no port, no sleep, a clock the test moves.

mod harness;

mod access;
mod architecture;
mod consents;
mod divisions;
mod dwellings;
mod journal;
mod landlords;
mod openapi;
mod residents;
mod web;
