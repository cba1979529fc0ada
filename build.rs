//! The migrations are part of the program: a changed or added one is compiled in by the next build.

fn main() {
    println!("cargo:rerun-if-changed=src/journal/migrations");
}
