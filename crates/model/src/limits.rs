//! Limits that both tracker and collector apply. Each has its reason beside it and a test at its edge.

/// Longest text of a field in bytes. It is long enough for a page title or a comment. The SDK cuts longer text at a
/// character boundary; the collector refuses it.
pub const TEXT_MAX_BYTES: usize = 1_024;
/// Longest address in bytes, which every browser and server still accepts.
pub const URL_MAX_BYTES: usize = 2_048;
/// Most items of one touchpoint: GA4's own limit.
pub const ITEMS_MAX: usize = 200;
/// Most properties of a touchpoint: twice GA4's 25, which still fits into a readable table.
pub const PROPS_MAX: usize = 50;
/// Most characters of the name of a custom touchpoint: GA4's 40 with room for prefixes.
pub const NAME_MAX_CHARS: usize = 64;
/// Longest name of a custom touchpoint or property in bytes: [`NAME_MAX_CHARS`] of the longest characters.
pub const NAME_MAX_BYTES: usize = 4 * NAME_MAX_CHARS;
/// Longest text in bytes by which a repair tells what came instead of a value: enough to recognise it.
pub const REPAIR_MAX_BYTES: usize = 128;
/// Longest site id in bytes; the id becomes a folder name.
pub const SITE_ID_MAX_BYTES: usize = 64;
/// Longest visitor id in bytes.
pub const VISITOR_ID_MAX_BYTES: usize = 128;
/// Longest customer id in bytes: e-mail addresses and UUIDs with prefixes fit.
pub const CUSTOMER_ID_MAX_BYTES: usize = 256;
/// Most events in one batch: more than one request of the SDK carries, so that an imported batch fits too.
pub const BATCH_EVENTS_MAX: usize = 1_000;
/// Largest size of a decoded batch in bytes. A batch contains each text once and refers to it any number of times, so
/// without this limit a small body could expand to gigabytes. A full batch of long addresses stays below it.
pub const UNFOLDED_MAX_BYTES: usize = 8 * 1_024 * 1_024;
/// Largest body the collector reads, encoded: five of the SDK's largest batches.
pub const BODY_MAX_BYTES: usize = 256 * 1_024;
/// Largest batch the SDK sends by `fetch`: below the 64 KiB that all keepalive bodies of a page share.
pub const FETCH_MAX_BYTES: usize = 48 * 1_024;
/// Largest piece the SDK hands to `sendBeacon`: four fit into the shared 64 KiB.
pub const BEACON_MAX_BYTES: usize = 16 * 1_024;
/// Most bytes that one writer's outbox keeps in `localStorage`: a twentieth of what the shop's origin may store.
pub const OUTBOX_MAX_BYTES: usize = 256 * 1_024;
/// Most events that one writer's outbox keeps while the collector does not answer: a visit of hours, and what fits
/// [`OUTBOX_MAX_BYTES`].
pub const OUTBOX_MAX_EVENTS: usize = 2_000;
/// Longest time that an event waits in an outbox, in milliseconds: a day less than the 7 days after which Safari
/// deletes storage written by scripts.
pub const OUTBOX_MAX_AGE_MS: i64 = 6 * 24 * 3_600_000;
/// How far a visitor's clock may be ahead of the collector's, in milliseconds; later events go to the dead-letter
/// table. A day covers every time zone mistake.
pub const CLOCK_AHEAD_MAX_MS: i64 = 24 * 3_600_000;
/// How old an event may be when the collector accepts it, in milliseconds. An outbox gives up after days, and a server
/// may send up to a year of past events. The limit excludes clocks that were never set and show 1970, because each
/// month has its own files.
pub const CLOCK_BEHIND_MAX_MS: i64 = 366 * 24 * 3_600_000;
/// Largest absolute value of a whole-number field: 2⁵³−1, which a JavaScript number still represents exactly.
pub const INT_MAX: i64 = 9_007_199_254_740_991;
