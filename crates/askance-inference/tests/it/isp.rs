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

#[test]
fn the_provider_serves_a_monitor_and_a_mail_check() {
    let got = judged();
    let mixture = got.mixture.as_ref().map(|m| {
        m.parts
            .each_ref()
            .map(|p| format!("{} every {:?} {:.2} of {} {:?}", p.best, p.period_s, p.share, p.sessions, p.set))
    });
    for c in &got.candidates { eprintln!("CAND {} {:.1} {:.1} {:.1} {:.1} {:?}", c.id, c.ln_time, c.ln_marks, c.ln_total, c.log10_lr, c.excluded_because); }
    eprintln!("CAND {:?} {:?}", got.rhythm.clock_locked_s, got.rhythm.sleep_loop); eprintln!("CAND {:?}", got.parts);
    let segments: Vec<String> = got.segments.iter().map(|s| format!("{} {} {}", s.from, s.to, s.best)).collect();
    let said = format!("{} {:?} {} {mixture:#?} {segments:?} {:?}", got.best, got.set, got.n, got.caches);
    insta::assert_snapshot!(said, @"");
    assert!(got.set.contains(&MechanismId::ScheduledPoll));
}
