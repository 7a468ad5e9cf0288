//! The whole node through its public doors, in process: no port, no sleep, a clock the test moves.

// A test that cannot go on has failed: that is what these are for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)] // a vocabulary for every story; no one story speaks all of it
mod harness;

mod access;
mod account_pages;
mod admin_pages;
mod architecture;
mod audit_pages;
mod boards_pages;
mod breach;
mod cases;
mod civil_records;
mod cli;
mod committees;
mod consents;
mod divisions;
mod doubts;
mod dwellings;
mod endpoints;
mod exchange;
mod exports;
mod hand;
mod hostile;
mod journal;
mod kills;
mod landlords;
mod let_pages;
mod localities;
mod my_pages;
mod notices;
mod openapi;
mod outsider;
mod oversight;
mod own;
mod page_routes;
mod page_texts;
mod pages;
mod proofs;
mod protection;
mod protection_exchange;
mod reports;
mod residents;
mod retention;
mod rights;
mod sign_in;
mod statements;
mod statistics;
mod stories;
mod street;
mod tenancies;
mod verifier;
mod web;
mod wire;
mod witness;
