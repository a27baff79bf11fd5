//! Starting other programs.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use wait4::{ResourceUsage, Wait4};

/// Prints one line about the current step and its reason.
pub(crate) fn say(topic: &str, text: &str) {
    eprintln!("{topic:>9}  {text}");
}

/// A program with its arguments. Its output goes to the terminal unless the caller reads it.
pub(crate) struct Tool {
    command: Command,
    line: String,
    hint: Option<&'static str>,
}

impl Tool {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let name = Path::new(program)
            .file_name()
            .unwrap_or(program)
            .to_string_lossy()
            .into_owned();
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        // Variables that `cargo run` sets for xtask. Build scripts of dependencies watch some of these, and with them
        // set a cargo below would compile DataFusion anew each time: https://github.com/briansmith/ring/issues/2454
        for (name, _) in std::env::vars_os() {
            let is_of_this_package = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
                .iter()
                .any(|start| name.to_string_lossy().starts_with(start));
            if is_of_this_package {
                command.env_remove(name);
            }
        }
        Self {
            command,
            line: name,
            hint: None,
        }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.line.push(' ');
        self.line.push_str(&arg.as_ref().to_string_lossy());
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(self, args: I) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Adds advice for the error message if the program fails.
    pub(crate) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Runs it to its end and fails unless it succeeds.
    pub(crate) fn run(mut self) -> Result<()> {
        let status = self
            .command
            .status()
            .with_context(|| format!("`{}` could not be started", self.line))?;
        self.outcome(status)
    }

    /// Runs it to its end and shows its output only if it fails.
    pub(crate) fn run_quietly(mut self) -> Result<()> {
        let output = self
            .command
            .output()
            .with_context(|| format!("`{}` could not be started", self.line))?;
        if !output.status.success() {
            io::stderr().write_all(&output.stdout)?;
            io::stderr().write_all(&output.stderr)?;
        }
        self.outcome(output.status)
    }

    /// Runs it like [`Tool::run`], and adds the lines of its standard output and standard error to `lines`.
    pub(crate) fn tee(mut self, lines: &mut Vec<String>) -> Result<()> {
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{}` could not be started", self.line))?;
        let (send, receive) = mpsc::channel();
        let output = child
            .stdout
            .take()
            .map(|pipe| forward(pipe, io::stdout(), send.clone()));
        let errors = child.stderr.take().map(|pipe| forward(pipe, io::stderr(), send));
        lines.extend(receive);
        for thread in [output, errors].into_iter().flatten() {
            // If a reader panics, only lines for the tally are lost; the result stays correct.
            let _ = thread.join();
        }
        let status = child
            .wait()
            .with_context(|| format!("`{}` could not be waited for", self.line))?;
        self.outcome(status)
    }

    /// Starts it. The caller reads its standard output.
    pub(crate) fn start(mut self) -> Result<Child> {
        self.command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{}` could not be started", self.line))
    }

    fn outcome(&self, status: ExitStatus) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        let hint = self.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        bail!("`{}` ended with {status}{hint}", self.line)
    }

    /// Runs it to its end and returns its standard output.
    pub(crate) fn output(mut self) -> Result<String> {
        let output = self
            .command
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("`{}` could not be started", self.line))?;
        self.outcome(output.status)?;
        String::from_utf8(output.stdout).with_context(|| format!("`{}` wrote text that is not UTF-8", self.line))
    }

    /// Runs it and returns its output with the processor time and memory that it used.
    pub(crate) fn measured(mut self) -> Result<(String, ResourceUsage)> {
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{}` could not be started", self.line))?;
        let mut text = String::new();
        if let Some(mut output) = child.stdout.take() {
            output.read_to_string(&mut text)?;
        }
        let ended = child
            .wait4()
            .with_context(|| format!("`{}` could not be waited for", self.line))?;
        self.outcome(ended.status)?;
        Ok((text, ended.rusage))
    }

    /// Whether it can be started and succeeds. Its output is discarded.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Runs it quietly for at most `limit`. If it fails, its standard error is the message.
    pub(crate) fn attempt(mut self, limit: Duration) -> Result<()> {
        let mut child = self
            .command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{}` could not be started", self.line))?;
        let mut stderr = child.stderr.take().context("the child has no standard error")?;
        let reader = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text)
        });
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if begun.elapsed() > limit {
                child.kill()?;
                child.wait()?;
                bail!("`{}` was stopped after {} s", self.line, limit.as_secs());
            }
            wait_a_little();
        };
        if status.success() {
            return Ok(());
        }
        let text = reader.join().ok().and_then(Result::ok).unwrap_or_default();
        let last = text
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("no message")
            .trim();
        bail!("`{}` ended with {status}: {last}", self.line)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the standard library cannot wait for a child with a time limit"
)]
fn wait_a_little() {
    thread::sleep(Duration::from_millis(50));
}

/// Copies a child's lines to `to` and to the channel as they arrive.
fn forward<R, W>(from: R, mut to: W, lines: Sender<String>) -> JoinHandle<()>
where
    R: Read + Send + 'static,
    W: Write + Send + 'static,
{
    thread::spawn(move || {
        let mut reader = BufReader::new(from);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            // A closed terminal must not stop the child: its pipe has to be read to the end.
            let _ = to.write_all(&line);
            let _ = lines.send(String::from_utf8_lossy(&line).trim_end().to_owned());
            line.clear();
        }
    })
}

/// The first of these programs that is on the `PATH` or is an existing absolute path.
pub(crate) fn find_program<'a>(names: &[&'a str]) -> Option<&'a str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    names.iter().copied().find(|name| {
        Path::new(name).is_absolute() && Path::new(name).exists()
            || std::env::split_paths(&path).any(|dir| dir.join(name).is_file())
    })
}
