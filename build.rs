//! Has cargo look at the tables of translations: they are read by a macro, of which cargo knows nothing.

fn main() {
    println!("cargo:rerun-if-changed=locales");
}
