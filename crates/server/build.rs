//! Builds again when a file is added to the built-in contracts: the macro that embeds them sees only their contents. And
//! tells the linker of the released program to keep one copy of functions that came out alike, as what is mapped of a
//! program is memory of its process: where rustc's own linker is at work, which knows how.

fn main() {
    println!("cargo::rerun-if-changed=../../contracts");
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, wanted: &str| std::env::var_os(name).is_some_and(|value| value == wanted);
    if is("PROFILE", "release")
        && is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
    {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}
