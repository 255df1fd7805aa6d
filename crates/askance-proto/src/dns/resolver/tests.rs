//! Scenarios in virtual time: clients and a small tree of zones around one resolver.

use core::net::IpAddr;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use askance_record::Rcode;
use proptest::prelude::*;

use super::*;
use crate::Cause;
use crate::dns::message::{Data, Message, Record, Soa};

mod authority;
mod caching;
mod failing;
mod iterating;
mod world;

use world::{Ask, World};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// A resolver of this program, that knows the root server of [`World::new`].
fn config(software: Software) -> ResolverConfig {
    ResolverConfig {
        roots: vec![(name("a.root.example"), ip("198.18.0.1"))],
        ..ResolverConfig::new(software, ip("192.0.2.53"))
    }
}

/// The same without query-name minimisation.
fn plain(software: Software) -> ResolverConfig {
    ResolverConfig { qname_minimisation: false, ..config(software) }
}

/// What is shown of a run.
#[derive(Clone, Copy)]
enum Show {
    /// Every query upstream and every answer to a client.
    All,
    /// Every query upstream.
    Upstream,
    /// When the servers of hotel-brand.example were asked, in whole seconds.
    Seconds,
}

fn run(mut world: World, show: Show) -> String {
    let lines = world.run();
    match show {
        Show::All => lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join("\n"),
        Show::Upstream => {
            lines.iter().filter(|l| l.is_upstream).map(|l| l.text.as_str()).collect::<Vec<_>>().join("\n")
        }
        Show::Seconds => {
            let of_zone = lines.iter().filter(|l| l.is_upstream && l.text.contains("->198.18.0.3 "));
            of_zone.map(|l| (l.at.us() / 1_000_000).to_string()).collect::<Vec<_>>().join(" ")
        }
    }
}

macro_rules! check {
    ($show:ident, $world:expr, @$expected:literal) => {
        insta::assert_snapshot!(run($world, Show::$show), @$expected)
    };
}
use check;
