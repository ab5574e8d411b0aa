//! Running the real program in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder with nothing in it, to run `gradus` in.
pub(crate) struct Place {
    /// One further down than the temporary one, so that nothing lies beside it.
    folder: PathBuf,
    _temporary: TempDir,
}

/// What a run of the program left: exit status, stdout, stderr.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("folder");
        std::fs::create_dir(&folder).unwrap();
        Place { folder, _temporary: temporary }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file into the folder.
    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// A checkpoint's bytes.
    pub(crate) fn checkpoint(&self, run: &str, step: u64) -> Vec<u8> {
        let file = format!(".gradus/runs/{run}/checkpoints/step-{step:06}.safetensors");
        std::fs::read(self.path(&file)).unwrap_or_else(|e| panic!("{file}: {e}"))
    }

    /// Everything in the folder, as paths below it.
    pub(crate) fn everything(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let below: &Path = path.strip_prefix(&self.folder).unwrap();
                found.push(below.display().to_string());
                if path.is_dir() {
                    folders.push(path);
                }
            }
        }
        found.sort();
        found
    }

    /// The program, ready to start in this folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradus"));
        command
            .args(args)
            .current_dir(&self.folder)
            .env_remove("GRADUS_HOME")
            .env("GRADUS_CACHE", self.path("cache"))
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn gradus(&self, args: &[&str]) -> Ended {
        self.command(args).output().unwrap().into()
    }

    /// Runs the program, which must succeed, and gives its stdout.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let ended = self.gradus(args);
        assert_eq!(ended.status, Some(0), "gradus {args:?}: {ended:?}");
        ended.out
    }

    /// Runs the program with `--json`, and gives the one object it must print.
    pub(crate) fn json(&self, args: &[&str]) -> serde_json::Value {
        let out = self.ok(&[args, &["--json"]].concat());
        let value: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert!(value.is_object(), "{out}");
        value
    }

    /// Runs the program, which must end with `status` and one error line, and gives that line.
    pub(crate) fn error(&self, status: i32, args: &[&str]) -> String {
        let ended = self.gradus(args);
        assert_eq!(ended.status, Some(status), "gradus {args:?}: {ended:?}");
        ended.one_error()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Ended {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// The one line that an error is; nothing but it stands on stderr, and nothing on stdout.
    pub(crate) fn one_error(&self) -> String {
        assert_eq!(self.out, "", "{self:?}");
        let lines: Vec<&str> = self.err.lines().collect();
        assert_eq!(lines.len(), 1, "{self:?}");
        let line = lines[0].strip_prefix("error: ").unwrap_or_else(|| panic!("{self:?}"));
        assert!(!line.contains("internal"), "{line}");
        line.to_string()
    }
}
