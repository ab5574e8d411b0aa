//! A wrong file gives one line: what is wrong, where, and what to do.

use gradus_data::{DataError, Lines, Source, Table, Text, registry};
use std::fs;
use std::path::Path;

fn message<T>(result: Result<T, DataError>) -> String {
    let text = result.err().expect("it was accepted").to_string();
    assert!(!text.contains('\n'), "more than one line: {text}");
    text
}

/// The message for a list with this content, with `FILE` for the path.
fn list(content: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.txt");
    fs::write(&path, content).unwrap();
    message(Lines::open(&Source::file(&path))).replace(path.to_str().unwrap(), "FILE")
}

#[test]
fn contents_that_are_no_list() {
    for (content, expected) in [
        (&b""[..], "FILE is empty; it should hold one thing a line, such as a name"),
        (b"\xef\xbb\xbf", "FILE is empty; it should hold one thing a line, such as a name"),
        (b"\n  \r\n\t\n", "FILE holds only blank lines (3 of them); it should hold one thing a line, such as a name"),
        (
            b"a",
            "FILE holds a single kind of character, `a`; to learn anything it takes at least 2 different ones, and \
             better hundreds of lines",
        ),
        (
            b"zz\nz\n\nzzz",
            "FILE holds a single kind of character, `z`; to learn anything it takes at least 2 different ones, and \
             better hundreds of lines",
        ),
        (
            b"anna\nren\xe9e\n",
            "FILE: byte 4 of line 2 is 0xe9, which is not UTF-8 text; save the file as UTF-8 (for example: iconv -f \
             latin1 -t utf-8)",
        ),
        (
            b"\xff\xfea\0n\0",
            "FILE: byte 1 of line 1 is 0xff, which is not UTF-8 text; save the file as UTF-8 (for example: iconv -f \
             utf-16 -t utf-8)",
        ),
        (
            b"\x1f\x8b\x08\0cut",
            "FILE begins as a gzip file but cannot be unpacked: it is cut off or damaged; copy it again",
        ),
    ] {
        assert_eq!(list(content), expected);
    }
    assert_eq!(
        list("ab".repeat(5_000_000).as_bytes()),
        "FILE: line 1 is 10,000,000 characters long: this is running text, not one thing a line (the limit is \
         100,000 characters); break it into lines"
    );
}

#[test]
fn places_that_are_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let open = |path: &Path| message(Lines::open(&Source::file(path))).replace(path.to_str().unwrap(), "FILE");
    assert_eq!(
        open(&path("none.txt")),
        "FILE: there is no such file; check the path, or name a data set (gradus data list)"
    );
    assert_eq!(open(folder.path()), "FILE is a folder; name a file in it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let not_a_file =
            "FILE is not a regular file but a pipe or a device; copy its contents into a file and name that";
        assert_eq!(open(Path::new("/dev/zero")), not_a_file);
        let fifo = path("pipe");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        if made.is_ok_and(|status| status.success()) {
            assert_eq!(open(&fifo), not_a_file);
        }
        std::os::unix::fs::symlink(path("nowhere"), path("dangling")).unwrap();
        assert!(open(&path("dangling")).starts_with("FILE: there is no such file"));
        // The superuser may read anything, so this is tried only where the system refuses.
        let secret = path("secret");
        fs::write(&secret, "anna\nbea\n").unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(&secret).is_err() {
            assert_eq!(
                open(&secret),
                "FILE may not be read: permission denied; allow it (chmod u+r) or name another file"
            );
        }
    }
}

#[test]
fn names_that_are_unknown_or_not_here_yet() {
    let cache = tempfile::tempdir().unwrap();
    let find = |name: &str| message(Source::find_in(name, cache.path()));
    let known = "the data sets are given-names, surnames, iris, digits, tastes, names, shakespeare, mnist, \
                 moons, circles, xor, spiral, blobs, plane, ring";
    assert_eq!(
        find("given-name"),
        format!("`given-name` is neither a data set nor a file (did you mean `given-names`?); {known}")
    );
    assert_eq!(find("mushrooms"), format!("`mushrooms` is neither a data set nor a file; {known}"));
    let place = cache.path().join("names.txt");
    let shown = place.display();
    assert_eq!(
        find("names"),
        format!("names is not on this machine yet; run `gradus data fetch names` (it belongs at {shown})")
    );
    fs::write(&place, "emma\nolivia\n").unwrap();
    assert_eq!(
        find("names"),
        format!("{shown} is not the published names: 12 bytes, not 228145; run `gradus data fetch names` again")
    );
}

#[test]
fn a_fetched_set_is_found_in_the_cache() {
    let cache = tempfile::tempdir().unwrap();
    let set = registry::find("names").unwrap();
    let registry::Origin::Fetched([remote]) = set.origin else { panic!("names are built in, or several files") };
    let (file, bytes) = (remote.file, remote.bytes);
    let mut text = "emma\n".repeat(bytes as usize / 5);
    text.push_str(&"a".repeat(bytes as usize - text.len()));
    fs::write(cache.path().join(file), text).unwrap();
    let source = Source::find_in("names", cache.path()).unwrap();
    assert_eq!((source.label().as_ref(), source.data_set()), ("names", Some(set)));
    assert!(Lines::open(&source).unwrap().contains("emma"));
}

#[test]
fn sets_of_another_kind() {
    let iris = Source::find("iris").unwrap();
    assert_eq!(
        message(Lines::open(&iris)),
        "iris is a table of measurements, and a list with one thing a line is wanted here; name another (gradus data \
         list)"
    );
    assert!(Text::open(&Source::find("surnames").unwrap()).is_err());
    assert!(Table::open(&Source::find("surnames").unwrap()).is_err());
}

#[test]
fn built_in_sets_are_whole() {
    let count = |name: &str| {
        let list = Lines::open(&Source::find(name).unwrap()).unwrap();
        assert_eq!((list.blank(), list.duplicates()), (0, 0), "{name}");
        assert_eq!(list.vocabulary().to_string(), ".abcdefghijklmnopqrstuvwxyz");
        (list.len(), list.lengths())
    };
    assert_eq!(count("given-names"), (5_163, (2, 11)));
    assert_eq!(count("surnames"), (88_799, (2, 13)));
    for set in registry::all() {
        assert!(!set.description.is_empty() && !set.source.is_empty() && !set.licence.is_empty());
    }
    let text = Text::open(&Source::text("mine", "x"));
    assert!(message(text).starts_with("mine holds a single kind of character, `x`"));
}
