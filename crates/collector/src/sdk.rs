//! The SDK's files, compressed once and cached.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{Request, State as Extract};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use wayside_model::sdk::File;

use crate::State;

/// The source of the SDK's files.
#[derive(Debug)]
pub struct Sdk {
    source: Source,
    compressed: Mutex<Compressed>,
}

/// Compressed files by name and encoding, with the checksum of their content; a rebuilt SDK replaces the old entries.
type Compressed = BTreeMap<(&'static str, &'static str), (u32, Bytes)>;

#[derive(Debug)]
enum Source {
    Folder(PathBuf),
    Embedded(fn(&str) -> Option<Cow<'static, [u8]>>),
}

const fn content_type(file: File) -> &'static str {
    match file {
        File::Bootstrap | File::Glue | File::Alone | File::Rules => "text/javascript; charset=utf-8",
        File::Wasm => "application/wasm",
    }
}

impl Sdk {
    /// The files of a folder, read at each request, so that a rebuilt SDK is served immediately.
    pub fn folder(folder: PathBuf) -> Self {
        Self::new(Source::Folder(folder))
    }

    /// The files embedded in a program, by name.
    pub fn embedded(get: fn(&str) -> Option<Cow<'static, [u8]>>) -> Self {
        Self::new(Source::Embedded(get))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            compressed: Mutex::default(),
        }
    }

    async fn read(&self, file: File) -> io::Result<Cow<'static, [u8]>> {
        match &self.source {
            Source::Folder(folder) => Ok(Cow::Owned(tokio::fs::read(folder.join(file.name())).await?)),
            Source::Embedded(get) => get(file.name()).ok_or_else(|| io::ErrorKind::NotFound.into()),
        }
    }

    /// Whether the content of this address never changes, because its version is the one in the script tag's file of
    /// this server. Another version belongs to an older page or to a server of the next release and may have other
    /// content. Browsers revalidate such addresses, and those without a version, by their ETag.
    async fn never_changes(&self, file: File, query: Option<&str>) -> bool {
        let Some(version) = version(query) else { return false };
        let asks = format!("?{version}").into_bytes();
        file != File::Bootstrap
            && self.read(File::Bootstrap).await.is_ok_and(|bootstrap| {
                let mut ends = bootstrap
                    .windows(asks.len() + 1)
                    .filter(|window| window.starts_with(&asks));
                ends.any(|window| !window.last().is_some_and(u8::is_ascii_alphanumeric))
            })
    }

    /// The file in an encoding, compressed at the first request and cached.
    fn encoded(&self, file: File, encoding: Encoding, checksum: u32, plain: &[u8]) -> io::Result<Bytes> {
        let mut kept = self.compressed.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (file.name(), encoding.name());
        match kept.get(&place) {
            Some((of, bytes)) if *of == checksum => Ok(bytes.clone()),
            _ => {
                let bytes = Bytes::from(encoding.encode(plain)?);
                kept.insert(place, (checksum, bytes.clone()));
                Ok(bytes)
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// The best encoding that the browser accepts.
    fn accepted(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
        let takes = |encoding: &Self| {
            accepted.split(',').any(|one| {
                let (name, quality) = one.split_once(';').unwrap_or((one, ""));
                name.trim() == encoding.name() && !matches!(quality.trim(), "q=0" | "q=0.0")
            })
        };
        [Self::Brotli, Self::Gzip].into_iter().find(takes)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    fn encode(self, plain: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Brotli => {
                let mut packed = Vec::new();
                // A window of 22 bits covers the whole file.
                let params = brotli::enc::BrotliEncoderParams {
                    quality: 11,
                    lgwin: 22,
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut &plain[..], &mut packed, &params)?;
                Ok(packed)
            }
            Self::Gzip => {
                let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                packed.write_all(plain)?;
                packed.finish()
            }
        }
    }
}

/// The pair `v=VERSION` of a query.
fn version(query: Option<&str>) -> Option<&str> {
    let mut said = query.unwrap_or_default().split('&');
    said.rfind(|pair| pair.starts_with("v=") && pair.len() > 2)
}

/// Of addresses without a version, such as the script tag's: for a minute the browser asks nobody, and for a week it may use what
/// it has while it asks, so that a page starts without waiting, and also while the collector cannot be reached. A new version is
/// used from the second page on.
const STALE: &str = "public, max-age=60, stale-while-revalidate=604800, stale-if-error=604800";

/// Answers with a file of the SDK.
pub(crate) async fn serve(file: File, Extract(state): Extract<State>, request: Request) -> Response {
    let plain = match state.0.sdk.read(file).await {
        Ok(plain) => plain,
        Err(error) => {
            tracing::error!(file = file.name(), %error, "a file of the SDK cannot be read");
            let advice =
                "there are no SDK files here; build them with `cargo xtask wasm`, or set their folder with --sdk\n";
            return (StatusCode::NOT_FOUND, advice).into_response();
        }
    };
    let checksum = crc32c::crc32c(&plain);
    let encoding = Encoding::accepted(request.headers());
    let tag = format!(
        "\"{checksum:08x}-{:x}{}\"",
        plain.len(),
        encoding.map_or("", Encoding::name)
    );
    let query = request.uri().query();
    let cache = if state.0.sdk.never_changes(file, query).await {
        "public, max-age=31536000, immutable"
    } else if version(query).is_none() {
        STALE
    } else {
        "public, max-age=0, must-revalidate"
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(file)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // Pages under COEP have to be able to load the SDK from another origin.
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let Some(encoding) = encoding else {
        return (headers, plain.into_owned()).into_response();
    };
    let packed = tokio::task::spawn_blocking({
        let state = state.clone();
        move || state.0.sdk.encoded(file, encoding, checksum, &plain)
    });
    match packed.await {
        Ok(Ok(packed)) => {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
            (headers, packed).into_response()
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
