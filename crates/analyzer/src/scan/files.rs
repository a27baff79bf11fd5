//! Reading of data files through the store, which verifies every byte.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::exec_datafusion_err;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::error::Result;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use wayside_store::CheckedFile;

/// A factory of readers for DataFusion. Each file has its path among its extensions.
#[derive(Debug)]
pub(super) struct CheckedFiles;

impl ParquetFileReaderFactory for CheckedFiles {
    fn create_reader(
        &self,
        _partition: usize,
        file: PartitionedFile,
        _metadata_size_hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let path = file.extensions.get::<PathBuf>().cloned();
        let path = path.ok_or_else(|| exec_datafusion_err!("{} was planned without its path", file.path()))?;
        Ok(Box::new(Reader { path, opened: None }))
    }
}

/// A reader of one data file on the threads for blocking work.
struct Reader {
    path: PathBuf,
    opened: Option<CheckedFile>,
}

impl Reader {
    /// Runs `read` with the file, which is opened at the first call.
    async fn with<T: Send + 'static>(
        &mut self,
        read: impl FnOnce(&CheckedFile) -> Result<T, wayside_store::Error> + Send + 'static,
    ) -> Result<T, ParquetError> {
        let (path, opened) = (self.path.clone(), self.opened.clone());
        let work = move || {
            let file = opened.map_or_else(|| CheckedFile::open(&path), Ok)?;
            let done = read(&file)?;
            Ok((file, done))
        };
        let done: Result<_, wayside_store::Error> = tokio::task::spawn_blocking(work)
            .await
            .map_err(|err| ParquetError::External(err.into()))?;
        let (file, done) = done.map_err(|err| ParquetError::External(err.into()))?;
        self.opened = Some(file);
        Ok(done)
    }
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        self.with(move |file| file.read(range)).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>, ParquetError>> {
        self.with(move |file| ranges.into_iter().map(|range| file.read(range)).collect())
            .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        self.with(|file| Ok(Arc::clone(file.metadata()))).boxed()
    }
}
