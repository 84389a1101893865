//! Files that cannot be read, and places that cannot be written.

use std::fs;

use serde_json::json;

use crate::place::{Place, Wav};

#[test]
fn what_is_not_a_text_file_is_refused_by_its_name() {
    let place = Place::new();
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    place.write("photo.png", png);
    place.write("photo.txt", png);
    place.write("letter.epub", b"PK\x03\x04");
    place.write("empty.txt", b"");
    fs::create_dir(place.file("folder")).unwrap();
    let before = place.left_behind();
    for (name, code, words) in [
        ("photo.png", 6, "not a document that Peal reads"),
        ("photo.txt", 6, "not a document that Peal reads"),
        ("letter.epub", 6, "damaged"),
        ("folder", 6, "This is a folder"),
        ("gone.txt", 6, "cannot be read"),
        ("empty.txt", 7, "no text in it"),
    ] {
        let outcome = place
            .peal(&["speak", "-f", name, "-o", "out.wav"])
            .outcome()
            .failed(code, words);
        assert!(outcome.messages().contains(name), "{}", outcome.messages());
    }
    place
        .peal(&["speak", "-f", "-", "-o", "out.wav"])
        .input(png)
        .outcome()
        .failed(6, "not a document that Peal reads");
    assert_eq!(place.left_behind(), before);
}

#[test]
fn a_hundred_megabytes_are_read_and_not_one_byte_more() {
    let place = Place::new();
    let mut text = vec![b' '; 100_000_000];
    text[..6].copy_from_slice(b"Hello.");
    place
        .peal(&["speak", "-o", "out.wav"])
        .input(text.clone())
        .outcome()
        .done();
    assert!(Wav::open(&place.file("out.wav")).seconds() < 3.0);
    fs::remove_file(place.file("out.wav")).unwrap();

    text.push(b' ');
    place.write("large.txt", &text);
    place
        .peal(&["speak", "-o", "out.wav"])
        .input(text)
        .outcome()
        .failed(6, "too large");
    place
        .peal(&["speak", "-f", "large.txt", "-o", "out.wav"])
        .outcome()
        .failed(6, "too large");
    assert_eq!(place.left_behind(), ["large.txt"]);
}

#[test]
fn a_place_that_cannot_be_written_is_named_and_left_as_it_was() {
    let place = Place::new();
    fs::create_dir(place.file("folder")).unwrap();
    place.write("file", b"");
    for target in ["none/out.wav", "folder", "file/out.wav"] {
        let outcome = place
            .peal(&["speak", "Hello.", "-o", target, "--verbose"])
            .outcome();
        assert_eq!(outcome.code(), Some(6), "{target}: {}", outcome.messages());
        let sentence = format!("peal: {target}: The file could not be written.");
        assert!(
            outcome.messages().starts_with(&sentence),
            "{}",
            outcome.messages()
        );
    }
    assert_eq!(place.left_behind(), ["file", "folder"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_refuses_files_even_from_root_is_told_apart() {
    let place = Place::new();
    let outcome = place
        .peal(&["speak", "Hello.", "-o", "/sys/peal.wav", "--json"])
        .outcome();
    assert_eq!(outcome.code(), Some(6));
    let error = &outcome.json()["error"];
    assert_eq!(error["code"], json!("folderDenied"));
    let details = error["details"].as_str().unwrap();
    assert!(details.contains("/sys/peal.wav"), "{details}");
    assert!(!outcome.messages().contains("os error"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_a_device_stays_a_device() {
    use std::os::unix::fs::FileTypeExt;
    let place = Place::new();
    place
        .peal(&["speak", "Hello.", "-o", "/dev/full"])
        .outcome()
        .failed(6, "The disk is full");
    place
        .shell("\"$PEAL\" speak Hello. -o - > /dev/full")
        .outcome()
        .failed(6, "The disk is full");
    place
        .shell("\"$PEAL\" voices > /dev/full 2>&1; test $? = 6")
        .outcome()
        .done();
    place
        .peal(&["speak", "Hello.", "-o", "/dev/null"])
        .outcome()
        .done();
    for device in ["/dev/null", "/dev/full"] {
        let kind = fs::metadata(device).unwrap().file_type();
        assert!(kind.is_char_device(), "{device} was replaced");
    }
    assert_eq!(place.left_behind(), [""; 0]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_not_grow_is_not_left_half_written() {
    let place = Place::new();
    place.write("out.wav", b"older");
    place
        .shell("ulimit -f 8; exec \"$PEAL\" speak 'One, two, three, four, five.' -o out.wav")
        .outcome()
        .failed(6, "The file could not be written");
    assert_eq!(fs::read(place.file("out.wav")).unwrap(), b"older");
    assert_eq!(place.left_behind(), ["out.wav"]);
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_unicode_is_written_and_said_as_it_is() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let outcome = place
        .shell("\"$PEAL\" speak Hello. -o \"$(printf 'caf\\351.wav')\"")
        .outcome();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.messages());
    assert_eq!(outcome.0.stdout, b"caf\xe9.wav\n");
    assert!(
        place
            .work()
            .join(OsStr::from_bytes(b"caf\xe9.wav"))
            .is_file()
    );
}

#[test]
fn where_peals_own_folder_cannot_be_written_that_is_what_is_named() {
    let place = Place::new();
    place.write("text.txt", b"Words.");
    let own = place.write("own", b"no folder");
    let own = own.to_str().unwrap();
    let outcome = place
        .peal(&["narrate", "text.txt", "-o", "out"])
        .env("PEAL_HOME", own)
        .outcome();
    outcome.failed(6, "PEAL_HOME");
}
