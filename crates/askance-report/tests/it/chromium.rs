//! The page in a browser: the script runs, nothing complains, nothing is asked of the network.

use std::io::{BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Output};

use askance_report::html;

use crate::fixture::rich;

const BROWSER: &str = "/usr/bin/chromium";

/// Opens the page without a window, in a profile of its own.
fn open(dir: &Path, page: &Path, more: &[String]) -> Output {
    Command::new(BROWSER)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps"])
        .args([
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr",
            "--v=0",
            "--virtual-time-budget=4000",
        ])
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .args(more)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("the browser starts")
}

/// What a page does in the browser.
struct Seen {
    dom: String,
    complaints: Vec<String>,
    /// Addresses that the page asked for; what the browser asks for itself is not among them.
    requests: Vec<String>,
}

fn seen(html: &str) -> Seen {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let page = dir.path().join("page.html");
    std::fs::write(&page, html).expect("the directory can be written");
    let log = dir.path().join("net.json");
    let output = open(dir.path(), &page, &["--dump-dom".to_owned(), format!("--log-net-log={}", log.display())]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    Seen {
        dom: String::from_utf8_lossy(&output.stdout).into_owned(),
        complaints: said.lines().filter(|l| l.contains("CONSOLE")).map(str::to_owned).collect(),
        requests: requests(&log),
    }
}

/// The addresses in a net log that a page asked for and that are not files.
fn requests(log: &Path) -> Vec<String> {
    let file = std::fs::File::open(log).expect("the net log is written");
    let log: serde_json::Value = serde_json::from_reader(BufReader::new(file)).expect("a net log is JSON");
    let events = log["events"].as_array().expect("events");
    let mut urls: Vec<String> = events
        .iter()
        .map(|e| &e["params"])
        // The browser's own requests have no origin.
        .filter(|p| p["initiator"].as_str().is_some_and(|i| i != "not an origin"))
        .filter_map(|p| p["url"].as_str())
        .filter(|url| !url.starts_with("file:"))
        .map(str::to_owned)
        .collect();
    urls.sort();
    urls.dedup();
    urls
}

#[test]
fn the_script_runs_without_complaint_and_without_the_network() {
    if !Path::new(BROWSER).exists() {
        // Straight to the stream, so that it shows although the test passes.
        writeln!(std::io::stderr(), "skipped: {BROWSER} is not installed").expect("standard error is open");
        return;
    }
    let page = seen(&html(&rich()));
    assert!(page.dom.contains("data-ready=\"yes\""), "the script did not finish: {:?}", page.complaints);
    assert!(page.dom.contains("Zoom in"), "no buttons on the timeline");
    assert!(page.dom.contains("8 series"), "the filter counts other rows than series");
    assert!(page.dom.trim_end().ends_with("</html>"));
    assert_eq!(page.complaints, Vec::<String>::new());
    assert_eq!(page.requests, Vec::<String>::new());

    // A page without script: its policy forbids nothing that it has.
    let posture = seen(&askance_report::posture_html(&crate::posture::document()));
    assert_eq!((posture.complaints, posture.requests), (Vec::new(), Vec::new()));
    assert!(posture.dom.contains("class=\"matrix\""));

    // The same eyes see it when a page does complain and does ask.
    let control = seen("<!doctype html><img src=\"http://192.0.2.1/x.png\"><script>console.error(1)</script>");
    assert_eq!(control.requests, ["http://192.0.2.1/x.png"]);
    assert!(!control.complaints.is_empty());
}
