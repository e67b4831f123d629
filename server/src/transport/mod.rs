//! How frames travel. A transport turns what arrives into calls of a
//! [`Dialect`](crate::dialect::Dialect), sends what waits in the connection's queue, and keeps the
//! deadlines. The only place that names WebSocket types.

mod burst;
pub mod ending;
mod gate;
mod head;
pub mod opening;
pub mod polling;
mod pump;
pub mod websocket;
