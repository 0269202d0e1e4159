//! All tests of the core that need no inside knowledge, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and read files and settings"
)]

mod api;
mod attacks;
mod bounds;
#[cfg(feature = "columns")]
mod columns;
mod decisions;
mod edges;
mod forgeries;
#[cfg(feature = "columns")]
mod journeys;
mod laws;
mod ledger;
mod links;
mod naive_links;
#[cfg(feature = "columns")]
mod refused;
mod reports;
mod repository;
#[cfg(feature = "columns")]
mod settled;
mod specification;
#[cfg(feature = "columns")]
mod tables;
mod vectors;
mod waterfall;
mod webhooks;
mod wycheproof;
