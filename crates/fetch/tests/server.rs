//! Downloads against a server of our own: what arrives whole is kept, anything else leaves what was there.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gradus_data::registry::Remote;
use gradus_fetch::{FetchError, Fetched, Fetcher, Progress};
use sha2::{Digest, Sha256};

const CONTENT: &[u8] = &[b'x'; 300_000];

/// A published file with `CONTENT` in it.
fn published(file: &'static str) -> &'static [Remote] {
    let sum: String = Sha256::digest(CONTENT).iter().map(|byte| format!("{byte:02x}")).collect();
    vec![Remote { file, url: "http://127.0.0.1:9/none", sha256: sum.leak(), bytes: CONTENT.len() as u64 }].leak()
}

/// A server that answers each request with what `answer` makes of its path and number; how often it was asked.
fn serve(answer: impl Fn(&str, usize, &mut TcpStream) + Send + Sync + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let (count, answer) = (asked.clone(), Arc::new(answer));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, number, answer) = (stream.unwrap(), count.fetch_add(1, Ordering::SeqCst), answer.clone());
            thread::spawn(move || {
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                    request.push(byte[0]);
                }
                let request = String::from_utf8(request).unwrap();
                answer(request.split(' ').nth(1).unwrap(), number, &mut stream);
            });
        }
    });
    (address, asked)
}

fn head(stream: &mut TcpStream, status: &str, headers: &str) {
    stream.write_all(format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n").as_bytes()).unwrap();
}

fn whole(stream: &mut TcpStream) {
    head(stream, "200 OK", &format!("Content-Length: {}\r\n", CONTENT.len()));
    // The reader may have gone.
    let _ = stream.write_all(CONTENT);
}

fn fetcher(cache: &Path, mirror: &str) -> Fetcher {
    Fetcher { cache: cache.to_owned(), mirror: Some(mirror.to_owned()), patience: Duration::from_millis(400) }
}

fn silently(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn fetch(cache: &Path, mirror: &str, files: &'static [Remote]) -> Result<Vec<Fetched>, FetchError> {
    fetcher(cache, mirror).fetch(files, &mut silently)
}

/// What stands in the folder, apart from the lock.
fn left(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != ".fetching").collect();
    names.sort();
    names
}

/// The one line that this answer leads to; an earlier file must stay, and nothing else.
fn refused(answer: impl Fn(&str, usize, &mut TcpStream) + Send + Sync + 'static) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (address, _) = serve(answer);
    fs::write(folder.path().join("file"), "an earlier one").unwrap();
    let line = fetch(folder.path(), &address, published("file")).unwrap_err().to_string();
    assert_eq!(left(folder.path()), ["file"], "{line}");
    assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"an earlier one");
    assert!(!line.contains('\n'), "{line}");
    line.replace(&address, "SERVER")
}

#[test]
fn a_file_arrives_whole_and_is_not_fetched_twice() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("not there yet");
    let (address, asked) = serve(|path, _, stream| {
        assert_eq!(path, "/set/file");
        whole(stream);
    });
    let files = published("set/file");
    let mut seen = Vec::new();
    let mut watch = |progress| {
        seen.push(progress);
        ControlFlow::Continue(())
    };
    let path = cache.join("set/file");
    let fetched = fetcher(&cache, &format!("{address}/")).fetch(files, &mut watch).unwrap();
    assert_eq!(fetched, [Fetched { path: path.clone(), bytes: 300_000, was_there: false }]);
    assert_eq!(fs::read(&path).unwrap(), CONTENT);
    assert_eq!(left(&cache.join("set")), ["file"]);
    assert_eq!(seen.last(), Some(&Progress::Loading { file: "set/file", done: 300_000, total: 300_000 }));

    assert!(fetch(&cache, &address, files).unwrap()[0].was_there);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // The right size is not enough.
    fs::write(&path, vec![b'y'; CONTENT.len()]).unwrap();
    assert!(!fetch(&cache, &address, files).unwrap()[0].was_there);
    assert_eq!(fs::read(&path).unwrap(), CONTENT);
}

#[test]
fn a_file_without_an_announced_length_and_behind_a_redirect_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let (address, _) = serve(|path, _, stream| match path {
        "/file" => head(stream, "302 Found", "Location: /elsewhere\r\nContent-Length: 0\r\n"),
        _ => {
            head(stream, "200 OK", "");
            stream.write_all(CONTENT).unwrap();
        }
    });
    fetch(folder.path(), &address, published("file")).unwrap();
    assert_eq!(fs::read(folder.path().join("file")).unwrap(), CONTENT);
}

#[test]
fn what_is_cut_off() {
    let line = refused(|_, _, stream| {
        head(stream, "200 OK", "Content-Length: 300000\r\n");
        stream.write_all(&CONTENT[..1000]).unwrap();
    });
    assert_eq!(line, "SERVER/file broke off after 1000 of 300000 bytes; nothing was changed: try again");
    // Without a length the end looks like an end.
    let line = refused(|_, _, stream| {
        head(stream, "200 OK", "");
        stream.write_all(&CONTENT[..1000]).unwrap();
    });
    assert_eq!(line, "SERVER/file broke off after 1000 of 300000 bytes; nothing was changed: try again");
    let line = refused(|_, _, _| {});
    assert!(line.contains("broke off after 0 of 300000 bytes") || line.contains("cannot be"), "{line}");
    let line = refused(|_, _, stream| stream.write_all(b"not http at all\r\n\r\n").unwrap());
    assert!(line.starts_with("SERVER/file cannot be fetched: "), "{line}");
}

#[test]
fn what_is_something_else() {
    let line = refused(|_, _, stream| {
        head(stream, "200 OK", "Content-Length: 300000\r\n");
        stream.write_all(&vec![b'y'; CONTENT.len()]).unwrap();
    });
    assert!(line.starts_with("SERVER/file is not what was published: its SHA-256 is "), "{line}");
    let line = refused(|_, _, stream| {
        head(stream, "200 OK", "Content-Length: 12\r\n");
        stream.write_all(b"please login").unwrap();
    });
    assert_eq!(
        line,
        "SERVER/file answers with 12 bytes, and 300000 were published: this is another file, or a sign-in page of \
         the network; nothing was changed"
    );
    // Without end, were it read to its end.
    let line = refused(|_, _, stream| {
        head(stream, "200 OK", "");
        while stream.write_all(CONTENT).is_ok() {}
    });
    assert!(line.starts_with("SERVER/file answers with more bytes, and 300000 were published"), "{line}");
    let line = refused(|_, _, stream| head(stream, "404 Not Found", "Content-Length: 0\r\n"));
    assert_eq!(
        line,
        "SERVER/file answered with status 404 (there is no such file); nothing was changed: try again later"
    );
    let line = refused(|_, _, stream| head(stream, "503 Busy", "Content-Length: 0\r\n"));
    assert!(line.contains("status 503 (trouble at the server)"), "{line}");
    let line = refused(|_, _, stream| head(stream, "302 Found", "Location: /file\r\nContent-Length: 0\r\n"));
    assert!(line.contains("from one address to another without an end"), "{line}");
}

#[test]
fn a_server_that_falls_silent() {
    let line = refused(|_, _, stream| {
        head(stream, "200 OK", "Content-Length: 300000\r\n");
        stream.write_all(&CONTENT[..1000]).unwrap();
        thread::sleep(Duration::from_secs(5));
    });
    assert_eq!(line, "SERVER/file fell silent after 1000 of 300000 bytes; nothing was changed: try again");
    let line = refused(|_, _, _| thread::sleep(Duration::from_secs(5)));
    assert_eq!(line, "SERVER/file fell silent after 0 of 300000 bytes; nothing was changed: try again");
}

#[test]
fn no_server_at_all() {
    let folder = tempfile::tempdir().unwrap();
    // A port that was free a moment ago.
    let address = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let line = fetch(folder.path(), &address, published("file")).unwrap_err().to_string();
    assert!(line.contains("cannot be reached") && line.contains("check the connection"), "{line}");
    let line = fetch(folder.path(), "not an address", published("file")).unwrap_err().to_string();
    assert!(line.starts_with("not an address/file cannot be "), "{line}");
    assert_eq!(left(folder.path()), [""; 0]);
}

#[test]
fn a_watcher_can_end_it_while_the_server_is_silent() {
    let folder = tempfile::tempdir().unwrap();
    let (address, _) = serve(|_, _, stream| {
        head(stream, "200 OK", "Content-Length: 300000\r\n");
        stream.write_all(&CONTENT[..1000]).unwrap();
        thread::sleep(Duration::from_secs(60));
    });
    let patient = Fetcher { patience: Duration::from_secs(60), ..fetcher(folder.path(), &address) };
    let begun = Instant::now();
    let mut stop = |_| {
        if begun.elapsed() > Duration::from_millis(300) { ControlFlow::Break(()) } else { silently(Progress::Waiting) }
    };
    let error = patient.fetch(published("file"), &mut stop).unwrap_err();
    assert!(matches!(error, FetchError::Stopped), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert_eq!(left(folder.path()), [""; 0]);
}

#[test]
fn several_at_once_fetch_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let (address, asked) = serve(|_, _, stream| {
        thread::sleep(Duration::from_millis(200));
        whole(stream);
    });
    let files = published("file");
    let fetched: Vec<Fetched> = thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(|| fetch(folder.path(), &address, files))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap().unwrap().remove(0)).collect()
    });
    assert_eq!(fetched.iter().filter(|file| !file.was_there).count(), 1);
    assert_eq!((asked.load(Ordering::SeqCst), left(folder.path())), (1, vec!["file".to_owned()]));
    assert_eq!(fs::read(folder.path().join("file")).unwrap(), CONTENT);
}

#[test]
fn a_cache_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cache"), "a file where a folder should be").unwrap();
    let (address, asked) = serve(|_, _, stream| whole(stream));
    let line = fetch(&folder.path().join("cache"), &address, published("file")).unwrap_err().to_string();
    assert!(line.contains("cannot be written") && line.contains("GRADUS_CACHE"), "{line}");
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    // A folder in the file's place: all is fetched, and cannot be put there.
    fs::create_dir_all(folder.path().join("other/file/full")).unwrap();
    let line = fetch(&folder.path().join("other"), &address, published("file")).unwrap_err().to_string();
    assert!(line.contains("cannot be written"), "{line}");
    assert_eq!(left(&folder.path().join("other")), ["file"]);
}
