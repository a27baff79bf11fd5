//! `wayside serve` behind the real nginx, configured as examples/deploy does it and as people write it themselves.

mod support;

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures::StreamExt;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use support::{Server, batch, in_repository, new_data};
use tempfile::TempDir;

const TOKEN: &str = "0123456789abcdef-token";

/// A running nginx with a folder of its own; dropping it ends it.
struct Nginx {
    child: Child,
    base: String,
    _prefix: TempDir,
}

impl Nginx {
    /// Starts it in front of a server. `location` contains the directives of its `location /` in addition to the server's address.
    async fn start(server: &Server, location: &str) -> Self {
        let upstream = server.address();
        Self::with(&format!(
            "server {{ listen LISTEN; server_name collect.example; location / {{ proxy_pass http://{upstream}; {location} }} }}"
        ))
        .await
    }

    /// Starts it with a `server` block that listens at `LISTEN`.
    async fn with(block: &str) -> Self {
        let prefix = tempfile::tempdir().expect("a folder");
        let address = free_address();
        let block = block.replace("LISTEN", &address);
        let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let folders = folders.map(|name| format!("{name}_temp_path {name};")).concat();
        let config = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr; events {{}} http {{ access_log off; {folders} {block} }}"
        );
        std::fs::write(prefix.path().join("nginx.conf"), config).expect("the configuration is written");
        let child = Command::new(program())
            .args(["-c", "nginx.conf", "-p"])
            .arg(prefix.path())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("nginx starts");
        let mut nginx = Self {
            child,
            base: format!("http://{address}"),
            _prefix: prefix,
        };
        nginx.listens(&address).await;
        nginx
    }

    async fn listens(&mut self, address: &str) {
        let listens = async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                assert!(self.child.try_wait().expect("its state").is_none(), "nginx has ended");
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), listens)
            .await
            .expect("nginx listens");
    }

    /// A request for the public host.
    fn get(&self, path: &str) -> RequestBuilder {
        Client::new()
            .get(format!("{}{path}", self.base))
            .header("host", "collect.example")
    }

    async fn status(&self, path: &str) -> u16 {
        self.get(path).send().await.expect("an answer").status().as_u16()
    }

    async fn status_with_token(&self, path: &str) -> u16 {
        let answer = self.get(path).bearer_auth(TOKEN).send().await;
        answer.expect("an answer").status().as_u16()
    }

    async fn post(&self, batch: &Value) -> Response {
        let request = Client::new().post(format!("{}/v1/batch", self.base));
        let request = request.header("host", "collect.example").body(batch.to_string());
        request.send().await.expect("an answer")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> &'static str {
    let found = ["/usr/sbin/nginx", "nginx"].into_iter().find(|name| {
        let version = Command::new(name).arg("-v").stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    });
    found.expect("this test needs nginx; `cargo xtask test` installs it, and so does `apt-get install nginx-light`")
}

/// An address that nothing listens at.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").to_string()
}

/// The nginx configuration of the release archive for one server, without TLS.
fn documented(server: &Server) -> String {
    let file = std::fs::read_to_string(in_repository("examples/deploy/nginx.conf")).expect("the example");
    let (listen, upstream) = ("listen 443 ssl;", "127.0.0.1:8787");
    let at = file
        .find(&format!("server {{\n    {listen}"))
        .expect("a server with TLS");
    let block = &file[at..];
    assert!(block.contains(upstream), "{block}");
    let block = block.replace(listen, "listen LISTEN;");
    let block = block.replace(upstream, &server.address().to_string());
    block
        .lines()
        .filter(|line| !line.trim().starts_with("ssl_"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Headers as most people write them.
const USUAL: &str = "proxy_set_header Host $host; proxy_set_header X-Real-IP $remote_addr; \
                     proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;";

#[tokio::test]
async fn behind_the_documented_nginx_everything_works() {
    let (_folder, data) = new_data();
    let flags = ["--public-url", "https://collect.example", "--read-token", TOKEN];
    let server = Server::start(&data, &flags);
    let nginx = Nginx::with(&documented(&server)).await;

    let taken = nginx.post(&batch("shop", 1, 0, 2)).await;
    assert_eq!(taken.status(), 200);
    assert_eq!(nginx.status("/wayside.js").await, 200);
    assert_eq!(nginx.status("/healthz").await, 404, "health is for the machine itself");
    for path in ["/", "/api/sites", "/api/live?site=shop"] {
        assert_eq!(nginx.status(path).await, 401, "{path}");
    }
    assert_eq!(nginx.status_with_token("/").await, 200);
    let welcome = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let welcome = welcome
        .get(format!("{}/?token={TOKEN}", nginx.base))
        .header("host", "collect.example");
    assert_eq!(welcome.send().await.unwrap().status(), 303);

    // A touchpoint is shown while the stream is open: nginx passes lines on as they come.
    let live = nginx
        .get("/api/live?site=shop")
        .bearer_auth(TOKEN)
        .send()
        .await
        .unwrap();
    assert_eq!(live.status(), 200);
    let mut pieces = live.bytes_stream();
    let mut text = String::new();
    let mut shows = async |expected: &str| {
        let reads = async {
            while !text.contains(expected) {
                text.push_str(std::str::from_utf8(&pieces.next().await.unwrap().unwrap()).unwrap());
            }
        };
        tokio::time::timeout(Duration::from_secs(60), reads)
            .await
            .expect(expected);
    };
    shows(": open").await;
    nginx.post(&batch("shop", 7, 0, 1)).await;
    shows("visitor-7").await;
    drop(pieces);
    server.stop();
}

#[tokio::test]
async fn without_a_public_url_batches_are_taken_and_readers_hear_what_to_set() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &["--read-token", TOKEN]);
    let nginx = Nginx::start(&server, USUAL).await;
    assert_eq!(nginx.post(&batch("shop", 1, 0, 2)).await.status(), 200);
    assert_eq!(nginx.status("/wayside.js").await, 200);
    let refused = nginx.get("/").bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(refused.status(), 421);
    let body = refused.text().await.unwrap();
    assert!(body.contains("--public-url https://collect.example"), "{body}");
}

#[tokio::test]
async fn without_a_token_nothing_is_read_through_nginx() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    // With the usual headers, with the host alone, with forwarding headers alone, and as nginx does by itself, which names the server's
    // own address.
    for (location, refused) in [
        (USUAL, 421),
        ("proxy_set_header Host $host; proxy_http_version 1.1;", 421),
        (
            "proxy_set_header X-Forwarded-For $remote_addr; proxy_http_version 1.1;",
            401,
        ),
        ("", 401),
    ] {
        let nginx = Nginx::start(&server, location).await;
        assert_eq!(nginx.post(&batch("shop", 1, 0, 2)).await.status(), 200, "{location}");
        assert_eq!(nginx.status("/wayside.js").await, 200, "{location}");
        for path in ["/", "/api/sites", "/api/live?site=shop"] {
            assert_eq!(nginx.status(path).await, refused, "{path} {location}");
        }
    }
    // On the machine itself they are.
    assert_eq!(server.get("/api/sites").await.0, 200);
}

#[tokio::test]
async fn with_a_token_reading_works_through_nginx_as_it_comes() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &["--read-token", TOKEN]);
    let nginx = Nginx::start(&server, "").await;
    assert_eq!(nginx.post(&batch("shop", 1, 0, 2)).await.status(), 200);
    assert_eq!(nginx.status("/").await, 401);
    assert_eq!(nginx.status_with_token("/").await, 200);
    assert_eq!(nginx.status_with_token("/api/sites").await, 200);
}
