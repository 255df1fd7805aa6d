//! The deliberate mixture of `cases/stale-ptr`: an Internet provider's resolver that serves a receiver's mail
//! checks and a monitor that polls every 15 minutes, as the forward zone's servers saw it.

use std::fs::File;
use std::path::PathBuf;

use askance_inference::state::{Event, RcodeClass, Role, SeriesState};
use askance_inference::{Attribution, Evidence, MechanismId, Observation, Priors, attribute};
use askance_record::{Timestamp, Vantage};

const RESOLVER: &str = " 203.0.113.129#";
const NAME: &str = "mail1.hotel-brand.example";

fn judged() -> Attribution {
    let log = "../../cases/stale-ptr/records/forward-auth-query.log.zst";
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), log].iter().collect();
    let text = String::from_utf8(zstd::decode_all(File::open(path).unwrap()).unwrap()).unwrap();
    let mut state = SeriesState::new(0);
    for line in text.lines().filter(|l| l.contains(RESOLVER)) {
        let words: Vec<&str> = line.split(' ').collect();
        let query = words.iter().position(|w| *w == "query:").unwrap();
        let role = match words[query + 3] {
            "A" => Role::A,
            "AAAA" => Role::Aaaa,
            _ => continue,
        };
        if words[query + 1] == NAME {
            let at = format!("{} {}", words[0], words[1]);
            let at = jiff::civil::DateTime::strptime("%d-%b-%Y %H:%M:%S%.f", &at).unwrap();
            let at = at.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
            state.push(&Event {
                rcode: RcodeClass::Unknown,
                ..Event::new(Timestamp::from_us(at.as_microsecond()), role)
            });
        }
    }
    let mut given = Observation { responses_visible: false, ..Observation::new(Vantage::Authoritative) };
    given.resolution = askance_record::Resolution::Millisecond;
    let evidence = Evidence { ttl_s: Some(3600), ..Evidence::default() };
    attribute(&state, &given, &evidence, &Priors::default())
}

/// The monitor keeps the cache full, so that the checks leave no trace here: one mechanism is the honest answer,
/// as is one cache. A drifting loop that ends each time just when an empty answer's TTL does is still a loop.
#[test]
fn a_monitor_hides_the_checks_of_the_same_resolver() {
    let got = judged();
    assert_eq!((got.n, got.best), (1045, MechanismId::ScheduledPoll), "{:?}", got.candidates);
    assert_eq!((got.mixture, got.segments.len()), (None, 0));
    let caches = got.caches.unwrap();
    assert!(caches.best == 1 && caches.is_clear() && caches.misses == 209, "{caches:?}");
    assert!(got.demand.unwrap().unidentifiable);
}
