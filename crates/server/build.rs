//! Builds again when a file is added to the built-in contracts: the macro that embeds them sees only their contents.

fn main() {
    println!("cargo::rerun-if-changed=../../contracts");
}
