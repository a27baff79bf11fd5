//! The files of one run as a source of DataFusion's plans, with declared order and partitioning.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::common::Statistics;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source::DataSource;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayFormatType, Partitioning, PhysicalExpr};
use futures::StreamExt;

use super::exec::journey_order;
use super::files::{Wanted, batches};
use super::ids::Ids;

/// One file of each bucket, sorted by customer and time.
#[derive(Clone, Debug)]
pub(super) struct RunFiles {
    /// The path of each bucket's file; `None` for a bucket without one.
    pub(super) paths: Vec<Option<PathBuf>>,
    pub(super) wanted: Wanted,
}

impl RunFiles {
    /// The ids of a bucket's file, if it has one.
    pub(super) fn ids(&self, partition: usize) -> Result<Option<Ids>> {
        let path = self.paths[partition].clone();
        path.map(|path| Ids::of_file(path, &self.wanted)).transpose()
    }
}

impl DataSource for RunFiles {
    fn open(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = match &self.paths[partition] {
            Some(path) => batches(path.clone(), self.wanted.clone()).boxed(),
            None => futures::stream::empty().boxed(),
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.wanted.schema.clone(),
            rows,
        )))
    }

    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.paths.iter().flatten().count();
        let columns = self.wanted.schema.fields().iter();
        let columns: Vec<&str> = columns.map(|column| column.name().as_str()).collect();
        write!(
            f,
            "buckets={}, files={files}, columns=[{}]",
            self.paths.len(),
            columns.join(", ")
        )
    }

    fn output_partitioning(&self) -> Partitioning {
        match Column::new_with_schema("customer", &self.wanted.schema) {
            Ok(customer) => Partitioning::Hash(vec![Arc::new(customer)], self.paths.len()),
            Err(_) => Partitioning::UnknownPartitioning(self.paths.len()),
        }
    }

    fn eq_properties(&self) -> EquivalenceProperties {
        let mut properties = EquivalenceProperties::new(self.wanted.schema.clone());
        properties.add_orderings(journey_order(&self.wanted.schema));
        properties
    }

    fn partition_statistics(&self, _: Option<usize>) -> Result<Arc<Statistics>> {
        Ok(Arc::new(Statistics::new_unknown(&self.wanted.schema)))
    }

    fn with_fetch(&self, _: Option<usize>) -> Option<Arc<dyn DataSource>> {
        None
    }

    fn fetch(&self) -> Option<usize> {
        None
    }

    fn try_swapping_with_projection(&self, _: &ProjectionExprs) -> Result<Option<Arc<dyn DataSource>>> {
        Ok(None)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
}
