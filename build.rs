//! Has cargo look at the tables of translations: they are read by a macro, of which cargo knows nothing. And has the
//! linker note in the page's module what refers to what, by which `finishing/` takes it apart.

fn main() {
    println!("cargo:rerun-if-changed=locales");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        println!("cargo:rustc-link-arg-bin=duologue=--emit-relocs");
    }
}
