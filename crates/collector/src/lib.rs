//! Takes uploaded batches over HTTP.
