//! The assets are the ones their README says, and are shipped with their licence.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

#[test]
fn every_asset_has_the_hash_that_its_readme_gives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let mut listed: Vec<String> = Vec::new();
    for row in readme.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row
            .split('|')
            .map(|cell| cell.trim().trim_matches('`'))
            .collect();
        let (name, expected) = (cells[1], cells[3]);
        let hash = Sha256::digest(fs::read(folder.join(name)).unwrap());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, expected, "{name}");
        listed.push(name.to_owned());
    }
    let mut present: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    present.sort();
    listed.sort();
    assert_eq!(present, listed, "every file in the folder is accounted for");
    assert!(
        listed.iter().any(|name| name == "LICENSE") && listed.iter().any(|name| name == "NOTICE")
    );
}
