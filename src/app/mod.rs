//! The page's state and what moves it. Plain structs hold the rules and are tested natively; signals
//! carry them to the components.

pub mod conversations;
mod driver;
pub mod relay_address;
pub mod route;
mod state;
pub mod words;

pub use driver::Driver;
pub use state::App;
