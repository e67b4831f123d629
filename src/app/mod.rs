//! The page's state and what moves it. Plain structs hold the rules and are tested natively; signals
//! carry them to the components.

pub mod acquaintance;
pub mod acting;
pub mod affairs;
pub mod attention;
pub mod choice;
pub mod conversations;
pub mod drafts;
pub mod driver;
pub mod language;
pub mod ledger;
pub mod links;
pub mod list;
pub mod markup;
pub mod moves;
pub mod moving;
pub mod newcomer;
pub mod numbers;
pub mod panel;
pub mod peers;
pub mod presence;
pub mod reading;
pub mod record;
pub mod relay_address;
mod reports;
pub mod route;
pub mod rules;
pub mod search;
pub mod setting;
pub mod settings;
mod state;
pub mod timeline;
pub mod trust_words;
mod versions;
pub mod words;
mod writing;

pub use driver::{Driver, Report};
pub use state::App;
