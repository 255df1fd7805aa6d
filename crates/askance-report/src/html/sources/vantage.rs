//! A small drawing: the path of a lookup, and where the tap sat on it.

use askance_case::json::Source;
use askance_record::Vantage;
use maud::Markup;

use crate::chart::{Anchor, Canvas};

/// Centres of the three boxes.
const BOXES: [f64; 3] = [48.0, 180.0, 312.0];

pub(super) fn diagram(source: &Source) -> Markup {
    match (source.kind.as_str(), source.vantage.parse::<Vantage>()) {
        (_, Ok(vantage)) => lookups(vantage),
        ("flow", _) => three(
            ["client", "network edge", "other hosts"],
            &[180.0],
            "A flow log, kept at the network's edge",
            "Three boxes: client, network edge, other hosts. The tap is at the network edge.",
        ),
        ("mail", _) => three(
            ["sender", "mail server", "mailboxes"],
            &[180.0],
            "A mail log, kept by a mail server",
            "Three boxes: sender, mail server, mailboxes. The tap is at the mail server.",
        ),
        _ if source.format == "counts" => three(
            ["clients", "counted by", "publisher"],
            &[],
            "Counted by whoever published it",
            "Three boxes without a tap: clients, a count, the publisher. Where the lookups were seen is not in the file.",
        ),
        _ => three(
            ["somebody", "wrote", "this file"],
            &[],
            "A file that is not a log of traffic",
            "Three boxes without a tap: this source is not a capture.",
        ),
    }
}

fn lookups(vantage: Vantage) -> Markup {
    let (taps, where_): (&[f64], &str) = match vantage {
        Vantage::Stub => (&[48.0], "on the client itself"),
        Vantage::ResolverClient => (&[114.0], "between client and resolver"),
        Vantage::ResolverUpstream => (&[236.0], "above the resolver, on its side"),
        Vantage::Authoritative => (&[256.0], "at the authoritative server"),
        Vantage::Passive => (&[236.0, 246.0, 256.0], "at several unknown places between resolvers and servers"),
    };
    three(
        ["client", "resolver", "authoritative"],
        taps,
        &format!("The tap is {where_}"),
        "Three boxes from left to right: client, resolver with its cache, authoritative server. A mark shows the tap.",
    )
}

fn three(names: [&str; 3], taps: &[f64], title: &str, desc: &str) -> Markup {
    let mut canvas = Canvas::drawing("vantage", 360.0, 92.0, title, desc);
    for pair in BOXES.windows(2) {
        let (from, to) = (pair[0] + 46.0, pair[1] - 48.0);
        canvas.path("wire", &format!("M{from} 58H{to}M{} 54L{to} 58L{} 62", to - 6.0, to - 6.0));
    }
    for (x, name) in BOXES.iter().zip(names) {
        canvas.boxed("node", x - 46.0, 40.0, 92.0, 36.0);
        let cache = name == "resolver";
        canvas.words("node-name", *x, if cache { 55.0 } else { 62.0 }, Anchor::Middle, name);
        if cache {
            canvas.words("node-note", *x, 69.0, Anchor::Middle, "cache");
        }
    }
    for x in taps {
        // A tap on a wire crosses it; one inside a box points at the box.
        let end = if BOXES.contains(x) { 40 } else { 66 };
        canvas.path("tap-line", &format!("M{x} 24V{end}"));
        canvas.path("tap", &format!("M{} 16H{}L{x} 28Z", x - 7.0, x + 7.0));
    }
    if !taps.is_empty() {
        let middle = taps.iter().sum::<f64>() / taps.len() as f64;
        canvas.words("tap-name", middle, 11.0, Anchor::Middle, if taps.len() == 1 { "tap" } else { "taps" });
    }
    canvas.finish()
}
