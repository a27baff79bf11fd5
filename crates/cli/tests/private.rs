//! Nobody else reads: files of the data folder, tokens, and what a folder of files must not give away.
#![cfg(unix)]

mod support;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use support::{Server, batch, fails, in_repository, new_data, run, texts, wayside};

/// Every file and folder below `root`, and `root`.
fn all_below(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![root.to_path_buf()];
    if root.is_dir() {
        for entry in std::fs::read_dir(root).unwrap() {
            found.extend(all_below(&entry.unwrap().path()));
        }
    }
    found
}

#[tokio::test]
async fn files_are_for_their_user_only() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 3)).await;
    assert_eq!(server.get("/api/reports/kpis?site=shop").await.0, 200);
    server.stop();
    let mapping = in_repository("tests/imports/german-excel/orders.toml");
    let file = in_repository("tests/imports/german-excel/orders.csv");
    let import = [
        "import",
        file.to_str().unwrap(),
        "--site",
        "s",
        "--mapping",
        mapping.to_str().unwrap(),
    ];
    run(&import, &data);
    let all = all_below(&data);
    assert!(all.len() > 15, "{all:?}");
    for path in all {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{} has {mode:o}", path.display());
    }
}

#[tokio::test]
async fn the_read_token_comes_from_a_file_and_is_warned_about_on_the_command_line() {
    let (folder, data) = new_data();
    let path = folder.path().join("token");
    std::fs::write(&path, "a-token-of-readers-in-a-file\n").unwrap();
    let server = Server::start(&data, &["--read-token-file", path.to_str().unwrap()]);
    assert_eq!(server.get("/api/sites").await.0, 401);
    let answer = reqwest::Client::new()
        .get(format!("{}/api/sites", server.base))
        .bearer_auth("a-token-of-readers-in-a-file");
    assert_eq!(answer.send().await.unwrap().status(), 200);
    server.stop();
    let serve = |token: &[&str]| {
        let mut command = wayside(&["serve", "--listen", "nowhere"]);
        texts(&command.args(token).arg("--data").arg(&data).output().unwrap()).1
    };
    let warned = serve(&["--read-token", "a-token-of-readers"]);
    assert!(
        warned.contains("--read-token-file") && warned.contains("WARN"),
        "{warned}"
    );
    let quiet = serve(&["--read-token-file", path.to_str().unwrap()]);
    assert!(!quiet.contains("WARN") && quiet.contains("nowhere"), "{quiet}");
}

#[tokio::test]
async fn a_shop_shows_no_hidden_files_and_no_links_to_other_folders() {
    let (folder, data) = new_data();
    let shop = folder.path().join("shop");
    std::fs::create_dir_all(shop.join(".git")).unwrap();
    std::fs::create_dir_all(shop.join("img")).unwrap();
    for file in ["index.html", ".env", ".git/config", "img/mug.txt", "img/.hidden"] {
        std::fs::write(shop.join(file), "shown").unwrap();
    }
    let secret = folder.path().join("secret.txt");
    std::fs::write(&secret, "secret").unwrap();
    symlink(&secret, shop.join("out.txt")).unwrap();
    symlink(folder.path(), shop.join("up")).unwrap();
    symlink(shop.join("img/mug.txt"), shop.join("in.txt")).unwrap();
    let server = Server::start(&data, &["--shop", shop.to_str().unwrap()]);
    for path in ["", "index.html", "img/mug.txt", "in.txt", "img/../index.html"] {
        assert_eq!(server.get(&format!("/shop/{path}")).await.0, 200, "{path}");
    }
    for path in [
        ".env",
        "%2eenv",
        ".git/config",
        "img/.hidden",
        "out.txt",
        "up/secret.txt",
        "up/",
        "none.html",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
    ] {
        assert_eq!(server.get(&format!("/shop/{path}")).await.0, 404, "{path}");
    }
    server.stop();
}

#[tokio::test]
async fn a_query_is_limited_in_depth_and_time() {
    let (_folder, data) = new_data();
    let server = Server::start(&data, &[]);
    server.accepts(&batch("shop", 1, 0, 30)).await;
    server.stop();
    let chain = format!("SELECT {}", vec!["1"; 20_000].join("+"));
    fails(&run(&["sql", &chain], &data), 2, &["operators", "are allowed"]);
    let cross = "SELECT count(*) FROM events a, events b, events c, events d, events e, events f";
    fails(
        &run(&["sql", cross, "--timeout", "1"], &data),
        1,
        &["more than 1 seconds", "--timeout"],
    );
}
