//! Limits that tracker and collector both keep. Each has its reason beside it and a test at its edge.

/// Longest text of a field in bytes. Long enough for a page title or a comment; longer text is cut at a character by the
/// SDK and refused by the collector.
pub const TEXT_MAX_BYTES: usize = 1_024;
/// Longest address in bytes: what every browser and server still accepts.
pub const URL_MAX_BYTES: usize = 2_048;
/// Most items of one touchpoint: GA4's own limit.
pub const ITEMS_MAX: usize = 200;
/// Most properties of a custom touchpoint: twice GA4's 25, and still a readable table.
pub const PROPS_MAX: usize = 50;
/// Longest name of a custom touchpoint or property in bytes: GA4's 40, with room for prefixes.
pub const NAME_MAX_BYTES: usize = 64;
/// Longest site id in bytes: it becomes a folder name.
pub const SITE_ID_MAX_BYTES: usize = 64;
/// Longest visitor id in bytes.
pub const VISITOR_ID_MAX_BYTES: usize = 128;
/// Longest customer id in bytes: e-mail addresses and UUIDs with prefixes fit.
pub const CUSTOMER_ID_MAX_BYTES: usize = 256;
/// Most events in one batch: twice what an outbox holds, so that an imported batch fits too.
pub const BATCH_EVENTS_MAX: usize = 1_000;
/// Most bytes a batch may unfold to when it is decoded: its text is written once and named often, so that a small body
/// could ask for gigabytes. A full batch of long addresses stays below it.
pub const UNFOLDED_MAX_BYTES: usize = 8 * 1_024 * 1_024;
/// Largest body the collector reads, encoded: five of the SDK's largest batches.
pub const BODY_MAX_BYTES: usize = 256 * 1_024;
/// Largest batch the SDK sends by `fetch`: below the 64 KiB that all keepalive bodies of a page share.
pub const FETCH_MAX_BYTES: usize = 48 * 1_024;
/// Largest piece the SDK hands to `sendBeacon`: four fit into the shared 64 KiB.
pub const BEACON_MAX_BYTES: usize = 16 * 1_024;
/// Most bytes one writer's outbox keeps in `localStorage`: a twentieth of what the shop's origin may store.
pub const OUTBOX_MAX_BYTES: usize = 256 * 1_024;
/// Most events one writer's outbox keeps.
pub const OUTBOX_MAX_EVENTS: usize = 500;
/// Longest an event waits in an outbox: a day less than the 7 days after which Safari deletes script storage.
pub const OUTBOX_MAX_AGE_MS: i64 = 6 * 24 * 3_600_000;
/// How far a visitor's clock may run ahead of the collector's before its events go to the dead-letter table: a day
/// covers every time zone mistake.
pub const CLOCK_AHEAD_MAX_MS: i64 = 24 * 3_600_000;
/// How long ago an event may have happened when the collector takes it: a page's outbox gives up after days, and who sends
/// a year's events later may do so. A clock that was never set says 1970, and each month makes files of its own.
pub const CLOCK_BEHIND_MAX_MS: i64 = 366 * 24 * 3_600_000;
/// Largest whole number a field carries, ±: what a JavaScript number holds exactly.
pub const INT_MAX: i64 = 9_007_199_254_740_991;
