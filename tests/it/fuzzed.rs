//! The entry points of the fuzz targets over the inputs that are kept: sound ones, and each on which one failed before.

#[path = "../../fuzz/src/lib.rs"]
mod entry_points;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use entry_points::ENTRY_POINTS;

/// Far more than any kept input takes in a debug build on a busy machine, and far less than one that grew out of bounds.
const LONGEST: Duration = Duration::from_secs(20);

#[test]
fn what_is_kept_of_fuzzing_holds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let mut directories: Vec<String> =
        fs::read_dir(&seeds).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    directories.sort();
    let mut names = ENTRY_POINTS.map(|(name, _)| name);
    names.sort();
    assert_eq!(directories, names, "each entry point has its inputs");
    for (name, entry_point) in ENTRY_POINTS {
        let mut inputs = 0;
        for file in fs::read_dir(seeds.join(name)).unwrap() {
            let file = file.unwrap().path();
            println!("{}", file.display());
            let began = Instant::now();
            entry_point(&fs::read(&file).unwrap());
            assert!(began.elapsed() < LONGEST, "{} took {:?}", file.display(), began.elapsed());
            inputs += 1;
        }
        assert!(inputs >= 3, "{name} has {inputs} inputs");
    }
}
