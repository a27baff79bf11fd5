//! Durable, atomic writes: after a power cut, the old or the new content is there, never a mixture.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path as FsPath, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyMode, CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};

/// Makes the names in a folder durable; the bytes of a new file are useless if its name can still be lost.
pub(crate) fn sync_dir(dir: &FsPath) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Creates `dir` and its missing parents durably.
pub(crate) fn create_dir_all(dir: &FsPath) -> io::Result<()> {
    let missing: Vec<_> = dir.ancestors().take_while(|dir| !dir.exists()).collect();
    fs::create_dir_all(dir)?;
    for made in missing {
        if let Some(parent) = made.parent() {
            sync_dir(if parent.as_os_str().is_empty() {
                FsPath::new(".")
            } else {
                parent
            })?;
        }
    }
    Ok(())
}

/// Writes a file atomically: under a temporary name, synced, then renamed, and the folder synced.
///
/// If `replace` is false, it fails with [`io::ErrorKind::AlreadyExists`] if the name is taken.
pub(crate) fn write_file<'a>(
    path: &FsPath,
    parts: impl IntoIterator<Item = &'a [u8]>,
    replace: bool,
) -> io::Result<()> {
    let dir = path.parent().unwrap_or(FsPath::new("."));
    create_dir_all(dir)?;
    let temporary = temporary_beside(path);
    let write = || -> io::Result<()> {
        let mut file = File::create_new(&temporary)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.sync_all()?;
        if replace {
            fs::rename(&temporary, path)?;
        } else {
            // A link fails if the name is taken; a rename would replace the file.
            fs::hard_link(&temporary, path)?;
        }
        Ok(())
    };
    let written = write();
    if !(replace && written.is_ok()) {
        // The first error is reported. A temporary file that is left behind is removed with other unreferenced files.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_dir(dir)
}

/// Writes a new file atomically: after a power cut it exists with all of `content`, or not at all.
///
/// # Errors
///
/// Fails with [`io::ErrorKind::AlreadyExists`] if there is a file of that name, and with other kinds if it cannot be
/// written.
pub fn create_file(path: &FsPath, content: &[u8]) -> io::Result<()> {
    write_file(path, [content], false)
}

/// Whether a file name is a temporary one of [`write_file`].
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with('.') && name.contains(TEMPORARY)
}

const TEMPORARY: &str = ".wayside-tmp-";

fn temporary_beside(path: &FsPath) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{name}{TEMPORARY}{}-{count}", std::process::id()))
}

/// The local file system as an object store with durable writes.
///
/// `object_store` 0.13 does not sync its writes, so after a power cut a commit of the Delta log may exist but be empty.
/// Reading and listing use its own implementation.
#[derive(Debug)]
pub(crate) struct DurableFileSystem {
    inner: LocalFileSystem,
}

impl DurableFileSystem {
    /// A store of the whole file system.
    pub(crate) fn whole() -> Self {
        Self {
            inner: LocalFileSystem::new(),
        }
    }

    /// A store of one folder.
    pub(crate) fn below(root: &FsPath) -> Result<Self> {
        Ok(Self {
            inner: LocalFileSystem::new_with_prefix(root)?,
        })
    }
}

impl fmt::Display for DurableFileSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DurableFileSystem({})", self.inner)
    }
}

#[async_trait::async_trait]
impl ObjectStore for DurableFileSystem {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let replace = match options.mode {
            PutMode::Overwrite => true,
            PutMode::Create => false,
            PutMode::Update(_) => return self.inner.put_opts(location, payload, options).await,
        };
        let path = self.inner.path_to_filesystem(location)?;
        let write = move || write_file(&path, payload.iter().map(AsRef::as_ref), replace);
        blocking(location, write).await?;
        Ok(PutResult {
            e_tag: None,
            version: None,
        })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(DurableUpload {
            inner: self.inner.put_multipart_opts(location, options).await?,
            location: location.clone(),
            path: self.inner.path_to_filesystem(location)?,
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let replace = matches!(options.mode, CopyMode::Overwrite);
        let source = self.inner.path_to_filesystem(from)?;
        let target = self.inner.path_to_filesystem(to)?;
        let copy = move || write_file(&target, [fs::read(source)?.as_slice()], replace);
        blocking(to, copy).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        let target = self.inner.path_to_filesystem(to)?;
        self.inner.rename_opts(from, to, options).await?;
        let sync = move || sync_dir(target.parent().unwrap_or(FsPath::new(".")));
        blocking(to, sync).await
    }
}

/// A large file written in parts, synced when it is complete.
#[derive(Debug)]
struct DurableUpload {
    inner: Box<dyn MultipartUpload>,
    location: Path,
    path: PathBuf,
}

#[async_trait::async_trait]
impl MultipartUpload for DurableUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.inner.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let result = self.inner.complete().await?;
        let path = self.path.clone();
        let sync = move || {
            File::open(&path)?.sync_all()?;
            sync_dir(path.parent().unwrap_or(FsPath::new(".")))
        };
        blocking(&self.location, sync).await?;
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}

async fn blocking(location: &Path, work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<()> {
    let path = location.to_string();
    let done = tokio::task::spawn_blocking(work).await.map_err(io::Error::other);
    done.flatten().map_err(|err| match err.kind() {
        io::ErrorKind::AlreadyExists => object_store::Error::AlreadyExists {
            path,
            source: err.into(),
        },
        io::ErrorKind::NotFound => object_store::Error::NotFound {
            path,
            source: err.into(),
        },
        _ => object_store::Error::Generic {
            store: "DurableFileSystem",
            source: err.into(),
        },
    })
}
