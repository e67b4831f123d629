//! How the databases of messages are called: one for each relay and person.

use duologue_protocol::UserId;

const PREFIX: &str = "duologue ";

/// The database of `user`'s messages on `relay`. No address has a space in it, so no two pairs have one name.
pub(super) fn database(relay: &str, user: &UserId) -> String {
    format!("{PREFIX}{relay} {user}")
}

/// Whether a database holds messages of `user`, on whatever relay.
pub(super) fn is_of(database: &str, user: &UserId) -> bool {
    let pair = database.strip_prefix(PREFIX).and_then(|pair| pair.split_once(' '));
    pair.is_some_and(|(_, owner)| owner == user.as_str())
}

/// Whether a database holds messages at all.
pub(super) fn is_ours(database: &str) -> bool {
    database.starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_its_owners_and_of_nobody_whose_name_ends_alike() {
        let [ann, mary_ann] = ["ann", "mary ann"].map(|name| UserId::parse(name).unwrap());
        let name = database("wss://chat.example.org", &mary_ann);
        assert_eq!(name, "duologue wss://chat.example.org mary ann");
        assert!(is_of(&name, &mary_ann));
        assert!(!is_of(&name, &ann));
        assert!(is_of(&database("ws://127.0.0.1:9000", &ann), &ann));
        assert!(!is_of("duologue-keys", &ann));
        assert!(!is_of("duologue ann", &ann));
    }
}
