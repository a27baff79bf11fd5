//! The thread that appends to the log, with group commit: it writes all waiting records, syncs once, and answers all
//! callers.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::{mpsc, oneshot};

use super::segment::{self, Position, SEGMENT_HEAD_BYTES};
use super::{record, recover};
use crate::error::{Error, ErrorKind, Result};

/// Most bytes of one group. A sync takes about 4 ms for 4 KiB as well as for 1 MiB; beyond 4 MiB the first callers of a
/// group would wait for the disk's bandwidth instead.
const GROUP_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Most appends that wait for the thread. Each waits for at most two groups; a longer queue would only hide that the
/// disk is too slow.
const QUEUE_MAX: usize = 1_024;

/// Options of the log.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// Bytes after which a segment is closed. Only whole segments are removed after compaction.
    pub segment_bytes: u64,
    /// Free bytes of the disk below which appends are refused, so that compaction can still work and free space.
    pub min_free_bytes: u64,
    /// The function that syncs a file; tests replace it to simulate a failing disk.
    #[doc(hidden)]
    pub sync: fn(&File) -> io::Result<()>,
    /// The function that returns the free bytes of a folder's disk; tests replace it to simulate a disk that fills up.
    #[doc(hidden)]
    pub free_bytes: fn(&Path) -> Result<u64>,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            segment_bytes: 16 * 1024 * 1024,
            min_free_bytes: 64 * 1024 * 1024,
            sync: File::sync_data,
            free_bytes: crate::status::free_bytes,
        }
    }
}

/// A handle for appending. Clones are cheap; the thread ends when the last one is dropped.
#[derive(Clone, Debug)]
pub(crate) struct LogHandle {
    commands: mpsc::Sender<Command>,
    durable: Arc<AtomicI64>,
}

#[derive(Debug)]
enum Command {
    Append {
        payloads: Vec<Vec<u8>>,
        done: oneshot::Sender<Result<Position>>,
    },
    Roll {
        min_bytes: u64,
        done: oneshot::Sender<Result<()>>,
    },
    Stop {
        done: oneshot::Sender<Result<()>>,
    },
}

impl LogHandle {
    /// Appends records together. Resolves once they are on disk, with the position after them.
    pub(crate) async fn append(&self, payloads: Vec<Vec<u8>>) -> Result<Position> {
        let (done, answer) = oneshot::channel();
        self.send(Command::Append { payloads, done }).await?;
        answer.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Stopped)))
    }

    /// Ends the thread once all earlier appends are written.
    pub(crate) async fn stop(&self) -> Result<()> {
        let (done, answer) = oneshot::channel();
        self.send(Command::Stop { done }).await?;
        answer.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Stopped)))
    }

    /// Closes the current segment if it has at least `min_bytes`, so that it can be removed after compaction.
    pub(crate) async fn roll(&self, min_bytes: u64) -> Result<()> {
        let (done, answer) = oneshot::channel();
        self.send(Command::Roll { min_bytes, done }).await?;
        answer.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Stopped)))
    }

    /// The position up to which everything is on disk.
    pub(crate) fn durable(&self) -> Position {
        Position::from_number(self.durable.load(Ordering::Acquire))
    }

    async fn send(&self, command: Command) -> Result<()> {
        self.commands
            .send(command)
            .await
            .map_err(|_| Error::new(ErrorKind::Stopped))
    }
}

/// Opens the log at `log` and starts its thread. Records before `compacted` are in the table, and dead letters before
/// `dead` in the dead-letter table. `lock` is held until the thread ends, so that no other process writes while this
/// one still could.
pub(crate) fn start(
    log: PathBuf,
    compacted: Position,
    dead: Position,
    lock: Arc<File>,
    options: LogOptions,
) -> Result<LogHandle> {
    let recovered = recover::open(&log, compacted, dead)?;
    let mut writer = Writer {
        options,
        file: recovered.file,
        number: recovered.number,
        end: recovered.end,
        poisoned: None,
        log,
    };
    let path = writer.path();
    writer
        .cut()
        .map_err(|err| Error::io("open the log segment", &path, err))?;
    let durable = Arc::new(AtomicI64::new(writer.position().to_number()));
    let (commands, queue) = mpsc::channel(QUEUE_MAX);
    let handle = LogHandle {
        commands,
        durable: durable.clone(),
    };
    std::thread::Builder::new()
        .name("wayside-log".to_owned())
        .spawn(move || {
            let done = writer.run(queue, &durable);
            drop((writer, lock));
            if let Some(done) = done {
                // A caller that has stopped waiting needs no answer.
                let _ = done.send(Ok(()));
            }
        })
        .map_err(|err| Error::io("start the thread that writes", &path, err))?;
    Ok(handle)
}

struct Writer {
    log: PathBuf,
    options: LogOptions,
    file: File,
    number: u32,
    /// The position of the next record. Everything before it is written, and durable unless `poisoned`.
    end: u64,
    poisoned: Option<String>,
}

type Waiting = Vec<(usize, oneshot::Sender<Result<Position>>)>;

impl Writer {
    /// Processes commands until it is stopped or all handles are dropped. Returns the sender that waits for the stop.
    fn run(&mut self, mut queue: mpsc::Receiver<Command>, durable: &AtomicI64) -> Option<oneshot::Sender<Result<()>>> {
        while let Some(command) = queue.blocking_recv() {
            let mut bytes = Vec::new();
            let mut waiting: Waiting = Vec::new();
            let mut next = Some(command);
            while let Some(command) = next.take() {
                match command {
                    Command::Append { payloads, done } => {
                        for payload in &payloads {
                            record::put(payload, &mut bytes);
                        }
                        waiting.push((bytes.len(), done));
                    }
                    Command::Roll { min_bytes, done } => {
                        self.commit(&mut bytes, &mut waiting, durable);
                        let rolled = self.roll_if(min_bytes);
                        durable.store(self.position().to_number(), Ordering::Release);
                        // A caller that has stopped waiting needs no answer.
                        let _ = done.send(rolled);
                    }
                    Command::Stop { done } => {
                        self.commit(&mut bytes, &mut waiting, durable);
                        return Some(done);
                    }
                }
                if bytes.len() < GROUP_MAX_BYTES {
                    next = queue.try_recv().ok();
                }
            }
            self.commit(&mut bytes, &mut waiting, durable);
        }
        None
    }

    /// Writes and syncs `bytes`, then answers the callers that wait for them.
    fn commit(&mut self, bytes: &mut Vec<u8>, waiting: &mut Waiting, durable: &AtomicI64) {
        if waiting.is_empty() {
            return;
        }
        let written = self.write(bytes);
        if written.is_ok() {
            durable.store(self.position().to_number(), Ordering::Release);
        }
        let begin = self.position().offset as usize - if written.is_ok() { bytes.len() } else { 0 };
        for (behind, done) in waiting.drain(..) {
            let answer = written.clone().map(|()| Position {
                segment: self.number,
                offset: (begin + behind) as u32,
            });
            // A caller that has stopped waiting needs no answer.
            let _ = done.send(answer);
        }
        bytes.clear();
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if let Some(reason) = &self.poisoned {
            return Err(Error::new(ErrorKind::Poisoned {
                path: self.log.clone(),
                reason: reason.clone(),
            }));
        }
        self.check_space(bytes.len() as u64)?;
        if self.end + bytes.len() as u64 > self.options.segment_bytes {
            self.roll_if(SEGMENT_HEAD_BYTES as u64 + 1)?;
        }
        if let Err(err) = self.file.write_all(bytes) {
            // Nothing of it is acknowledged. The written part is cut off, so that the next append starts at the end of
            // a record.
            if let Err(err) = self.cut() {
                self.poison(format!("a failed write could not be undone ({err})"));
            }
            return Err(Error::io("write the log segment", &self.path(), err));
        }
        // A failed sync is never retried: the system may have dropped the pages, and a second sync would wrongly
        // succeed.
        if let Err(err) = (self.options.sync)(&self.file) {
            self.poison(format!("the disk refused to make a write durable ({err})"));
            return Err(Error::io("make durable the log segment", &self.path(), err));
        }
        self.end += bytes.len() as u64;
        Ok(())
    }

    fn cut(&mut self) -> io::Result<()> {
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end)).map(|_| ())
    }

    fn roll_if(&mut self, min_bytes: u64) -> Result<()> {
        if self.poisoned.is_some() || self.end < min_bytes.max(SEGMENT_HEAD_BYTES as u64 + 1) {
            return Ok(());
        }
        self.file = segment::create(&self.log, self.number + 1)?;
        self.number += 1;
        self.end = SEGMENT_HEAD_BYTES as u64;
        Ok(())
    }

    fn check_space(&self, wanted: u64) -> Result<()> {
        let free = (self.options.free_bytes)(&self.log)?;
        if free < self.options.min_free_bytes.saturating_add(wanted) {
            return Err(Error::new(ErrorKind::DiskFull {
                path: self.path(),
                detail: format!("{free} bytes free, {} are kept in reserve", self.options.min_free_bytes),
            }));
        }
        Ok(())
    }

    fn poison(&mut self, reason: String) {
        tracing::error!(log = %self.log.display(), reason, "the log accepts no more events until wayside is restarted");
        self.poisoned = Some(reason);
    }

    fn path(&self) -> PathBuf {
        segment::path(&self.log, self.number)
    }

    fn position(&self) -> Position {
        Position {
            segment: self.number,
            offset: u32::try_from(self.end).unwrap_or(u32::MAX),
        }
    }
}
