//! DataFusion adds nothing to the plan of the scan, because everything it could add is declared to be there.

use std::sync::Arc;

use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::ensure_requirements::EnsureRequirements;
use datafusion::physical_optimizer::sanity_checker::SanityCheckPlan;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, displayable};

use wayside_store::table::BUCKETS;

use super::{Fixture, rows_of};
use crate::report::{ReportRequest, definition};
use crate::scan::{Engine, MEMORY_DEFAULT_BYTES, Scope};

/// As many buckets as a table has, some of them with a file or two.
fn fixture() -> Fixture {
    let mut fixture = Fixture::new(BUCKETS);
    fixture.add_file(0, rows_of("a 1 page_view {\"url\":\"https://x/\"}"), 10);
    fixture.add_file(0, rows_of("b 1 page_view {\"url\":\"https://x/\"}"), 10);
    fixture.add_file(1, rows_of("c 1 page_view {\"url\":\"https://x/\"}"), 10);
    fixture
}

fn plan(fixture: &Fixture) -> Arc<dyn ExecutionPlan> {
    let engine = engine(fixture);
    let report = definition("kpis").unwrap().make(&ReportRequest::new("kpis")).unwrap();
    Arc::new(
        engine
            .plan(&fixture.snapshot, Arc::new([report]), Scope::default())
            .unwrap(),
    )
}

fn engine(fixture: &Fixture) -> Engine {
    Engine::new(&fixture.snapshot, MEMORY_DEFAULT_BYTES).unwrap()
}

fn shown(plan: &Arc<dyn ExecutionPlan>) -> String {
    displayable(plan.as_ref()).indent(false).to_string()
}

#[test]
fn no_sort_and_no_shuffle_is_needed() {
    let fixture = fixture();
    let plan = plan(&fixture);
    let state = engine(&fixture).context().state();
    let config = state.config_options();
    let mut optimized = plan.clone();
    let rules: [&dyn PhysicalOptimizerRule; 2] = [&EnsureRequirements::new(), &SanityCheckPlan::new()];
    for rule in rules {
        optimized = rule.optimize(optimized, config).unwrap();
    }
    let text = shown(&optimized);
    assert_eq!(text, shown(&plan));
    for unwanted in ["Sort", "Repartition", "Coalesce"] {
        assert!(!text.replace("sort_order", "").contains(unwanted), "{text}");
    }
    assert_eq!(text.matches("DataSourceExec").count(), 2, "{text}");
}

#[test]
fn inputs_declare_their_order_and_their_partitioning_by_customer() {
    let fixture = fixture();
    let plan = plan(&fixture);
    assert_eq!(plan.output_partitioning().partition_count(), usize::from(BUCKETS));
    for input in plan.children() {
        let order = input.output_ordering().map(ToString::to_string).unwrap_or_default();
        assert_eq!(order, "customer@0 ASC NULLS LAST, time@1 ASC NULLS LAST");
        assert_eq!(input.output_partitioning().to_string(), "Hash([customer@0], 16)");
    }
}

#[test]
fn only_needed_columns_are_read() {
    let fixture = fixture();
    let plan = plan(&fixture);
    let columns = plan.children()[0].schema();
    assert!(columns.index_of("score").is_ok(), "satisfaction needs scores");
    assert!(columns.index_of("items").is_err(), "no key figure needs items");
    assert!(columns.index_of("received_at").is_err());
    assert!(
        columns.index_of("writer").is_err(),
        "ids are read for rows of the same time"
    );
}

/// A customer beyond the memory limit is an error that names the scan, and not a crash.
#[test]
fn memory_is_limited() {
    let fixture = fixture();
    let report = definition("kpis").unwrap().make(&ReportRequest::new("kpis")).unwrap();
    let query = crate::Query {
        memory_bytes: 100,
        ..crate::Query::default()
    };
    let reports: Arc<[_]> = Arc::new([report]);
    let error = super::block_on(crate::run::run_over(&fixture.snapshot, &reports, &query)).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("JourneyExec[bucket"), "{source}");
    assert!(!error.is_request());
}
