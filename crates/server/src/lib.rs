//! Countersign's server: the portal's pages and the command line over the engine and the store.

pub mod agent;
pub mod app;
pub mod chance;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
mod fair_queue;
pub mod hasher;
pub mod headers;
pub mod high_water;
pub mod household;
pub mod keyring_file;
pub mod keys;
pub mod l10n;
pub mod log;
pub mod moments;
pub mod pages;
pub mod password_rules;
pub mod qr;
pub mod rotation;
pub mod same_origin;
pub mod sealer;
pub mod static_files;
pub mod web;
