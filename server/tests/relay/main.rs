//! The relay over real sockets. One binary of many modules: it links once.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "so does a test fail")]

mod addresses;
mod bad_frames;
mod bad_input;
mod broken_handshake;
mod classic;
mod cli;
mod common;
mod connections;
mod deadlines;
mod faults;
mod handshake;
mod header_floods;
mod heavy_json;
mod host;
mod identity;
mod mailbox;
mod metrics;
mod metrics_listener;
mod metrics_reader;
mod mixed;
mod pace;
mod polling;
mod polling_client;
mod presence;
mod shutdown;
mod slow_reader;
mod unread;
mod v1;
mod web;
