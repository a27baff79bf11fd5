//! Limits of a plan. Each has its reason beside it and a test at its edge.

/// Longest text of a plan in bytes: enough for a thousand touchpoints with four described properties each.
pub const PLAN_MAX_BYTES: usize = 256 * 1_024;
/// Deepest nesting of maps and lists in a plan's text, the outermost being 1. A list in a list in a list has depth
/// nine. YAML parsers recurse, so a hundred thousand brackets would overflow their stack.
pub const DEPTH_MAX: usize = 32;
/// Most nodes to which all aliases (`*name`) of a plan's text may expand. A plan of the longest text has fewer nodes
/// written out, and a few lines with aliases of aliases could expand to gigabytes.
pub const ALIASED_MAX: usize = 10_000;
/// Deepest nesting of lists that a plan may describe; the model's own lists are not nested.
pub const LISTS_MAX: usize = 8;
/// Most patterns of a plan. Together with [`PATTERN_MAX_BYTES`] it limits the memory of a plan to 32 MiB.
pub const PATTERNS_MAX: usize = 500;
/// Largest compiled pattern in bytes: `.{999}` still fits.
pub const PATTERN_MAX_BYTES: usize = 64 * 1_024;
/// The maximum number of violating touchpoints that findings contain individually, which is more than anybody reads.
/// All are counted.
pub const AGAINST_MAX: usize = 1_000;
/// Most violations reported for one touchpoint: two hundred items without a price have a single cause.
pub const VIOLATIONS_MAX: usize = 100;
/// Most allowed values that a message lists; the plan contains the others.
pub const VALUES_SHOWN_MAX: usize = 20;
/// Most names of unplanned touchpoints that are kept: visitors can choose names, so memory needs a limit.
pub const UNPLANNED_MAX: usize = 1_000;
