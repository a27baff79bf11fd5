//! Limits of a plan. Each has its reason beside it and a test at its edge.

/// Longest text of a plan in bytes: a thousand touchpoints with four described properties each.
pub const PLAN_MAX_BYTES: usize = 256 * 1_024;
/// Deepest nesting of maps and lists in a plan's text, the outermost being 1. A list within a list within a list comes to nine;
/// readers of YAML recurse, and a hundred thousand brackets would overflow their stack.
pub const DEPTH_MAX: usize = 32;
/// Most nodes that the aliases of a plan's text (`*name`) may stand for together: a plan of the longest text has fewer written
/// out, and a few lines of aliases of aliases would ask for gigabytes.
pub const ALIASED_MAX: usize = 10_000;
/// Most lists within one another that a plan may describe; the model's own are one deep.
pub const LISTS_MAX: usize = 8;
/// Most patterns of a plan. With [`PATTERN_MAX_BYTES`] it bounds what a plan takes in memory to 32 MiB.
pub const PATTERNS_MAX: usize = 500;
/// Most bytes that one pattern may take once it is compiled: `.{999}` still fits.
pub const PATTERN_MAX_BYTES: usize = 64 * 1_024;
/// Most touchpoints against a plan that findings keep one by one; all are counted. More than this nobody reads.
pub const AGAINST_MAX: usize = 1_000;
/// Most things that are said against one touchpoint: two hundred items without a price have one cause.
pub const VIOLATIONS_MAX: usize = 100;
/// Most allowed values that a message lists; who looks for more has the plan.
pub const VALUES_SHOWN_MAX: usize = 20;
/// Most names of unplanned touchpoints that are told apart: names are the visitors' to choose, and memory is ours.
pub const UNPLANNED_MAX: usize = 1_000;
