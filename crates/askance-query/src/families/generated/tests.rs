use askance_record::Rng;
use proptest::prelude::*;

use super::*;

const HOUR_US: i64 = 3_600_000_000;

/// Asked `lookups` times within seconds.
fn once(lookups: i64) -> Asked {
    Asked { lookups, span_us: 4_000_000 }
}

/// Asked `lookups` times over days.
fn again(lookups: i64) -> Asked {
    Asked { lookups, span_us: 50 * HOUR_US }
}

/// The heads below which these names are made up.
fn check(names: impl IntoIterator<Item = (String, Asked)>) -> Vec<String> {
    generating(names).into_keys().collect()
}

fn generating(names: impl IntoIterator<Item = (String, Asked)>) -> BTreeMap<String, MadeUp> {
    let mut domains = Domains::default();
    names.into_iter().for_each(|(name, asked)| domains.count(&name, asked));
    domains.generating()
}

/// `n` texts of `octets` letters drawn from `letters`.
fn texts(letters: &'static str, octets: usize, n: u64) -> impl Iterator<Item = String> {
    (0..n).map(move |k| {
        let mut rng = Rng::new(k);
        let mut letter = || usize::try_from(rng.below(letters.len() as u64)).expect("an index");
        (0..octets).map(|_| char::from(letters.as_bytes()[letter()])).collect()
    })
}

const BASE32: &str = "abcdefghijklmnopqrstuvwxyz234567";
const HEX: &str = "0123456789abcdef";

#[test]
fn long_names_asked_once_are_made_up_and_their_common_ancestor_is_the_head() {
    let tunnel = (0..60).map(|i| (format!("{i:030x}.{i}.t.tunnel.example"), once(1)));
    assert_eq!(check(tunnel), ["t.tunnel.example"]);
}

#[test]
fn short_chunks_are_made_up_by_their_letters() {
    let chunks = texts(BASE32, 10, 40).map(|text| (format!("{text}.x.tunnel.example"), once(2)));
    assert_eq!(check(chunks), ["x.tunnel.example"]);
}

#[test]
fn retries_types_and_taps_within_a_minute_are_one_burst() {
    let data = || texts(BASE32, 40, 30).map(|text| format!("{text}.t.tunnel.example"));
    assert_eq!(check(data().map(|name| (name, once(13)))), ["t.tunnel.example"]);
    assert_eq!(check(data().map(|name| (name, again(2)))), [""; 0]);
    assert_eq!(check(data().map(|name| (name, once(5000)))), [""; 0], "an hour in one row, or a flood");
}

#[test]
fn pings_between_data_and_labels_asked_alone_belong_to_the_tunnel() {
    let heads = texts(BASE32, 60, 20);
    let data = heads.zip(texts(BASE32, 40, 20)).map(|(a, b)| (format!("{a}.{b}.t.tunnel.example"), once(2)));
    let pings = texts(BASE32, 4, 300).map(|text| (format!("paaa{text}.t.tunnel.example"), once(7)));
    let minimised = texts(BASE32, 40, 40).map(|text| (format!("{text}.t.tunnel.example"), again(6)));
    let server = [("ns.tunnel.example".to_owned(), again(40)), ("t.tunnel.example".to_owned(), again(9))];
    let heads = generating(data.chain(pings).chain(minimised).chain(server));
    assert_eq!(heads.keys().collect::<Vec<_>>(), ["t.tunnel.example"]);
    let takes = |name: &str| heads["t.tunnel.example"].takes(name, "t.tunnel.example");
    assert!(takes("paaaokya.t.tunnel.example"));
    assert!(!takes("t.tunnel.example") && !takes("ns.tunnel.example"));
}

#[test]
fn the_same_first_labels_for_a_while_are_no_heads_of_their_own() {
    let connect = texts(BASE32, 10, 60).map(|text| (format!("{text}.t.tunnel.example"), once(3)));
    let auth = texts(BASE32, 10, 25).map(|text| (format!("{text}.=auth.t.tunnel.example"), once(3)));
    assert_eq!(check(connect.chain(auth)), ["t.tunnel.example"]);
}

#[test]
fn numbered_hosts_are_a_list() {
    let hosts = (0..600).map(|i| (format!("host{i}.shop.example"), once(1)));
    let crawled = (0..600).map(|i| (format!("x9q{i}z.crawl.example"), once(6)));
    let pool = (0..250).map(|i| (format!("ip-10-0-3-{i}.eu7.cloud.example"), once(1)));
    assert_eq!(check(hosts.chain(crawled).chain(pool)), [""; 0]);
}

#[test]
fn reversed_addresses_of_a_block_list_are_a_list() {
    let list = (0..600).map(|i| (format!("{}.{}.2.192.dnsbl.example", i % 256, i / 7), once(2)));
    assert_eq!(check(list), [""; 0]);
}

#[test]
fn hostnames_that_a_crawler_finds_are_hostnames() {
    let words = ["north", "garden", "blue", "harbour", "wine", "house", "photo", "river", "school", "travel"];
    let shops = (0..100).map(|i| (format!("{}-{}.shop.example", words[i % 10], words[i / 10]), once(2)));
    assert_eq!(check(shops), [""; 0]);
}

#[test]
fn hashed_hostnames_asked_again_and_again_are_not_made_up() {
    let hot = texts(HEX, 32, 200).map(|text| (format!("{text}.cdn.example"), again(9)));
    let cold = texts(HEX, 31, 200).map(|text| (format!("{text}.cdn.example"), once(2)));
    assert_eq!(check(hot.chain(cold)), [""; 0]);
}

#[test]
fn hashes_of_a_block_list_random_names_and_telemetry_are_made_up_and_hosts_beside_them_are_not() {
    let hashes = texts(HEX, 40, 100).map(|text| (format!("{text}.mail.list.example"), once(2)));
    let domains = (0..100).map(|i| (format!("shop{i}.example.uri.list.example"), once(2)));
    assert_eq!(check(hashes.chain(domains)), ["mail.list.example"]);
    let random = texts(BASE32, 12, 50).map(|text| (format!("{text}.wild.example"), once(4)));
    let hosts = [("www", again(90)), ("d3kx9", again(3)), ("static-images-west", once(1))];
    let heads = generating(random.chain(hosts.map(|(host, asked)| (format!("{host}.wild.example"), asked))));
    let takes = |name: &str| heads["wild.example"].takes(&format!("{name}.wild.example"), "wild.example");
    assert!(takes("qk3zv7xw2p") && takes("d3kx8"));
    assert!(!takes("www") && !takes("d3kx9") && !takes("static-images-west"));
    assert!(!heads["wild.example"].takes("wild.example", "wild.example"));
}

#[test]
fn where_many_short_names_are_asked_again_only_long_ones_are_taken() {
    let random = texts(BASE32, 12, 500).map(|text| (format!("{text}.wild.example"), once(4)));
    let hosts = texts(BASE32, 5, 100).map(|text| (format!("{text}.wild.example"), again(2)));
    let heads = generating(random.chain(hosts));
    assert!(!heads["wild.example"].takes("qk3zv7xw2p.wild.example", "wild.example"));
    assert!(heads["wild.example"].takes("qk3zv7xw2pqk3zv7xw2pqk3zv7xw2p.wild.example", "wild.example"));
}

#[test]
fn few_names_are_not_made_up() {
    assert_eq!(check(texts(HEX, 32, 19).map(|text| (format!("{text}.few.example"), once(1)))), [""; 0]);
    assert_eq!(check([("example".to_owned(), once(1)), (String::new(), once(1))]), [""; 0]);
}

#[test]
fn a_larger_tunnel_below_a_domain_that_makes_names_up_stays_its_own() {
    let own = texts(HEX, 32, 30).map(|text| (format!("{text}.wild.example"), once(1)));
    let tunnel = texts(BASE32, 60, 90).map(|text| (format!("{text}.t.wild.example"), once(1)));
    assert_eq!(check(own.chain(tunnel)), ["t.wild.example", "wild.example"]);
}

#[test]
fn ancestors_end_at_the_top() {
    assert_eq!(ancestors("a.b\\.c.example").collect::<Vec<_>>(), ["b\\.c.example", "example"]);
}

proptest! {
    #[test]
    fn the_order_of_names_does_not_matter(
        names in proptest::collection::vec(("[a-z0-9]{1,9}(\\.[a-d]){0,3}", 1..40i64, 0..2i64), 0..200),
        turn in 0..200usize,
    ) {
        let asked = |(name, lookups, hours): (String, i64, i64)| {
            (format!("{name}.shop.example"), Asked { lookups, span_us: hours * HOUR_US })
        };
        let mut turned = names.clone();
        turned.rotate_left(turn.min(names.len()));
        turned.reverse();
        prop_assert_eq!(generating(names.into_iter().map(asked)), generating(turned.into_iter().map(asked)));
    }
}
