//! Migrations are embedded when the program is built: a changed one has to rebuild it.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
