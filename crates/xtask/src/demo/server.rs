//! `wayside serve` as a child process.

use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::mpsc::{Receiver, Sender};
use std::thread;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::run::{Tool, say};

/// An event that the demo waits for.
pub(crate) enum Event {
    /// A line of the server's output.
    Line(String),
    /// The server has ended.
    Ended,
    /// Ctrl-C, or a stop by the caller.
    Stop,
}

/// A running server, which is stopped on drop.
pub(crate) struct Server {
    child: Child,
}

impl Server {
    /// Starts it. The lines of its output are sent as events.
    pub(crate) fn start(tool: Tool, events: Sender<Event>) -> Result<Self> {
        say("demo", "starting wayside serve");
        let mut child = tool.start()?;
        let output = child.stdout.take().context("the server has no standard output")?;
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if events.send(Event::Line(line)).is_err() {
                    return;
                }
            }
            let _ = events.send(Event::Ended);
        });
        Ok(Self { child })
    }

    /// Waits for the line `listening on http://…` and returns the address.
    pub(crate) fn wait_until_it_listens(&mut self, inbox: &Receiver<Event>) -> Result<String> {
        loop {
            match inbox.recv().context("the server's output ended")? {
                Event::Line(line) => {
                    println!("{line}");
                    if let Some((_, rest)) = line.split_once("listening on ") {
                        let address = rest.split_whitespace().next().unwrap_or_default();
                        return Ok(address.trim_end_matches('/').to_owned());
                    }
                }
                Event::Ended => bail!("wayside serve ended before it listened; its message is above"),
                Event::Stop => bail!("stopped"),
            }
        }
    }

    /// Prints its output until Ctrl-C or until it ends.
    pub(crate) fn serve(mut self, inbox: &Receiver<Event>) -> Result<()> {
        loop {
            match inbox.recv().context("the server's output ended")? {
                Event::Line(line) => println!("{line}"),
                Event::Ended => bail!("wayside serve has ended; its message is above"),
                Event::Stop => return self.stop(),
            }
        }
    }

    /// Stops it and waits for its last write.
    pub(crate) fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            kill_process(Pid::from_child(&self.child), Signal::TERM).context("cannot end the server")?;
        }
        self.child.wait().context("cannot wait for the server's end")?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An earlier error is the one to report.
        let _ = self.stop();
    }
}
