//! A real swaks at hosts that refuse mail.

use std::process::Command;

use super::{Served, print_of, skip, there};

const SCENARIO: &str = include_str!("../data/listeners.toml");
/// Where swaks speaks from, so that refusals can name it.
const CLIENT: &str = "127.0.0.7";
const FROM: &str = "guest1@northbank.example";

#[test]
fn a_real_swaks_is_refused_in_the_words_of_the_scenario() {
    if print_of(Command::new("swaks").arg("--version")).is_none() {
        return skip("swaks");
    }
    let served = Served::start("crates/askance/tests/it/data/listeners.toml", &["--port-offset", "21500"]);
    // The last line with a mark that tells of a refusal, and how swaks ends.
    let check = |host: &str, more: &[&str], refusal: &str, code: i32| {
        let server = format!("{}:21525", there(SCENARIO, host));
        let mut command = Command::new("swaks");
        command.args(["--server", &server, "--local-interface", CLIENT, "--from", FROM, "--timeout", "10"]).args(more);
        let (text, ended) = print_of(&mut command).expect("swaks is there");
        let refused: Vec<&str> = text.lines().filter(|line| line.starts_with("<** ")).collect();
        assert_eq!((refused.join("\n").as_str(), ended), (refusal, Some(code)), "{text}");
    };
    let to = ["--to", "news@hotel-brand-email.example"];
    let banner = format!("<** 521 mail1.hotel-brand-email.example does not accept mail from you ({CLIENT})");
    check("198.51.100.29", &to, &banner, 21);
    check("198.51.100.29", &[to[0], to[1], "--quit-after", "BANNER"], &banner, 21);
    check("198.51.100.30", &to, &format!("<** 550 no mail from {CLIENT} here"), 24);
    check("198.51.100.30", &[to[0], to[1], "--quit-after", "MAIL"], "", 0);
    check("198.51.100.31", &to, "<** 554 mail3.hotel-brand-email.example only sends", 24);
    check("198.51.100.31", &["--to", "postmaster@hotel-brand-email.example", "--quit-after", "RCPT"], "", 0);
    let (stderr, code) = served.stop();
    assert_eq!(code, Some(0), "{stderr}");
}
