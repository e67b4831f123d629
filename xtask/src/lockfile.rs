//! The one question that a chore has for Cargo.lock: which version of a crate is it?

/// The version of a package in the text of a Cargo.lock. The first one, where there are several.
pub(crate) fn version_of(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    lock.split("[[package]]")
        .find(|entry| entry.lines().any(|line| line == name))?
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.2.3\"\n\n\
        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.128\"\ndependencies = [\n \"cfg-if\",\n]\n";

    #[test]
    fn the_version_of_exactly_that_package() {
        assert_eq!(version_of(LOCK, "wasm-bindgen").as_deref(), Some("0.2.128"));
        assert_eq!(version_of(LOCK, "wasm-bindgen-macro").as_deref(), Some("1.2.3"));
        assert_eq!(version_of(LOCK, "cfg-if"), None);
    }
}
