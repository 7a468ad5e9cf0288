//! The whole node through its public doors, in process: no port, no sleep, a clock the test moves.

mod harness;

mod access;
mod architecture;
mod journal;
mod openapi;
mod reports;
mod street;
mod tenancies;
mod web;
