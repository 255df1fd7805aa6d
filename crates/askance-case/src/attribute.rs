//! From a series row to its place in the case JSON: observation, evidence, attribution.

mod depth;
mod several;
pub(crate) mod shape;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use askance_inference::state::{RcodeClass, Role};
use askance_inference::{
    Attribution, Calibration, Evidence, FlowEvidence, MechanismId, Observation, Population, Priors, attribute,
};
use askance_record::Timestamp;
use jiff::tz::TimeZone;

use crate::Case;
use crate::company::Company;
use crate::evidence::{EvidenceIndex, late_share};
use crate::json::{Alone, Candidate, Demand, Fit, RhythmJson, Series, ZoneWeight};
use crate::records::{CaseRecords, SeriesRow};

pub(crate) use depth::HELPS;
pub use view::SourceView;

/// Why the times of an excerpt have no weight.
const EXCERPT: &str = "The rows are an excerpt that somebody chose: what lies between two of them was left out, so that their distances have no weight.";

/// What rows without a type are taken for.
const UNTYPED: [Role; 4] = [Role::A, Role::Ptr, Role::SuffixVariant, Role::Generated];

/// Attributes series under what their taps can show and what other logs add.
#[derive(Debug)]
pub struct Attributor<'a> {
    case: Option<&'a Case>,
    views: BTreeMap<String, SourceView>,
    zone: TimeZone,
    priors: Priors,
    pub(crate) evidence: EvidenceIndex,
    /// Served TTL of addresses and of PTR records by head: the largest seen in any answer.
    ttls: BTreeMap<String, Ttls>,
    /// Heads that some PTR answers with.
    peer_names: BTreeSet<String>,
    /// Instants of PTR lookups by (tap, client), ascending.
    checks: BTreeMap<(String, String), Vec<Timestamp>>,
    /// Instants of MX lookups by (tap, client, host that the answers name), ascending.
    routes: BTreeMap<(String, String, String), Vec<Timestamp>>,
    company: Company,
    /// Clients of each (tap, head), and families of each (tap, client).
    clients_of: BTreeMap<(String, String), u32>,
    families_of: BTreeMap<(String, String), u32>,
    clients_in: BTreeMap<String, u32>,
    /// Taps that show reverse names, and taps that show other names.
    reverse_taps: BTreeSet<String>,
    forward_taps: BTreeSet<String>,
    /// Taps of which some row bears a type.
    typed_taps: BTreeSet<String>,
}

/// Served TTLs of a family, seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ttls {
    /// Of its addresses.
    pub(crate) address_s: Option<u32>,
    /// Of its PTR records.
    pub(crate) ptr_s: Option<u32>,
}

impl<'a> Attributor<'a> {
    /// Prepares what all series share.
    ///
    /// - `case`: absent for loose files
    /// - `views`: one for each tap of lookups and each flow or mail log
    /// - `records`: all series, flows and mail events
    pub fn new(case: Option<&'a Case>, views: Vec<SourceView>, records: &CaseRecords) -> Self {
        let view = |tap: &str| views.iter().find(|view| view.tap == tap);
        let mut out = Self {
            case,
            zone: case.map_or(TimeZone::UTC, Case::zone),
            priors: Priors::default(),
            evidence: EvidenceIndex::new(case, &views, records),
            views: BTreeMap::new(),
            ttls: BTreeMap::new(),
            peer_names: BTreeSet::new(),
            checks: BTreeMap::new(),
            routes: BTreeMap::new(),
            company: Company::of(records, |tap| view(tap).is_none_or(SourceView::keeps_all_names)),
            clients_of: BTreeMap::new(),
            families_of: BTreeMap::new(),
            clients_in: BTreeMap::new(),
            reverse_taps: BTreeSet::new(),
            forward_taps: BTreeSet::new(),
            typed_taps: BTreeSet::new(),
        };
        for row in &records.series {
            out.learn(row);
        }
        for instants in out.checks.values_mut().chain(out.routes.values_mut()) {
            instants.sort_unstable();
        }
        let mut seen = BTreeSet::new();
        for row in &records.series {
            if seen.insert((row.tap.as_str(), row.client.as_str())) {
                *out.clients_in.entry(row.tap.clone()).or_default() += 1;
            }
        }
        out.views = views.into_iter().map(|v| (v.tap.clone(), v)).collect();
        out
    }

    /// Notes what one series tells about its family, client and tap.
    fn learn(&mut self, row: &SeriesRow) {
        let asked = row.state.events().filter(|e| e.role == Role::Ptr).map(|e| e.ts);
        self.checks.entry((row.tap.clone(), row.client.clone())).or_default().extend(asked);
        for host in &row.mail_hosts {
            let asked = row.state.events().filter(|e| e.role == Role::Mx).map(|e| e.ts);
            self.routes.entry((row.tap.clone(), row.client.clone(), host.clone())).or_default().extend(asked);
        }
        if !is_reverse(&row.name) && row.members.iter().any(|m| is_reverse(m)) {
            self.peer_names.insert(row.name.clone());
        }
        let ttls = self.ttls.entry(row.name.clone()).or_default();
        for event in row.state.events() {
            let slot = match event.role {
                Role::Ptr => &mut ttls.ptr_s,
                Role::A | Role::Aaaa => &mut ttls.address_s,
                _ => continue,
            };
            *slot = (*slot).max(event.ttl_s);
        }
        *self.clients_of.entry((row.tap.clone(), row.name.clone())).or_default() += 1;
        *self.families_of.entry((row.tap.clone(), row.client.clone())).or_default() += 1;
        if !row.qtypes.is_empty() {
            self.typed_taps.insert(row.tap.clone());
        }
        for member in &row.members {
            let taps = if is_reverse(member) { &mut self.reverse_taps } else { &mut self.forward_taps };
            taps.insert(row.tap.clone());
        }
    }

    /// The zone in which local times are shown.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The view of a tap, where it is known.
    pub(crate) fn view(&self, tap: &str) -> Option<&SourceView> {
        self.views.get(tap)
    }

    /// The served TTL that bounds the gaps of a series, seconds.
    pub(crate) fn ttl_s(&self, row: &SeriesRow) -> Option<u32> {
        let ttls = self.ttls.get(&row.name)?;
        let only_ptr = row.qtypes.iter().all(|t| t == "PTR");
        if only_ptr { ttls.ptr_s } else { ttls.address_s.or(ttls.ptr_s) }
    }

    /// What the series' tap could have shown.
    pub(crate) fn observation(&self, row: &SeriesRow) -> Observation {
        let mut seen = Observation::new(row.vantage);
        seen.ptr_visible = !row.vantage.is_behind_cache() || self.reverse_taps.contains(&row.tap);
        seen.forward_visible = self.forward_taps.contains(&row.tap);
        let events = || row.state.events();
        seen.responses_visible = events().any(|e| e.rcode != RcodeClass::Unknown);
        seen.cache_visible = events().any(|e| e.cached.is_some());
        seen.resolution = view::resolution_of(events().map(|e| e.ts));
        if !self.typed_taps.contains(&row.tap) {
            seen.types_known = false;
            seen.types_shown = Some(UNTYPED.to_vec());
        }
        if let Some(view) = self.views.get(&row.tap) {
            view.narrow(&mut seen);
        }
        seen
    }

    /// True where the rows of the tap are an excerpt that somebody chose.
    pub(crate) fn is_excerpt(&self, tap: &str) -> bool {
        self.views.get(tap).is_some_and(|view| view.excerpt)
    }

    /// What the series' own rows could show: of an excerpt each instant by itself, since what lies between two rows of
    /// it was not left empty but left out.
    fn observation_of_rows(&self, row: &SeriesRow) -> Observation {
        let mut seen = self.observation(row);
        if self.is_excerpt(&row.tap) {
            seen.coverage = row.state.events().map(|e| (e.ts, e.ts.plus_us(1))).collect();
        }
        seen
    }

    /// The flows between the client and what the series leads to.
    fn flows_of(&self, row: &SeriesRow) -> Option<FlowEvidence> {
        let mut flows = self.evidence.flows_that_follow(self.case, row)?;
        if !row.vantage.is_behind_cache() {
            flows.late = late_share(row, &flows.from_client, self.observation(row).resolution.step_s());
        } else if flows.from_client.is_empty() && flows.to_client.is_empty() {
            // Whose hosts stand behind a resolver the flow log cannot say: there its silence is none.
            return None;
        }
        Some(flows)
    }

    /// What other records add to the series.
    fn evidence(&self, row: &SeriesRow) -> Evidence {
        let key = (row.tap.clone(), row.name.clone());
        let population = Population {
            clients_of_family: self.clients_of.get(&key).copied(),
            clients_total: self.clients_in.get(&row.tap).copied(),
            families_of_client: self.families_of.get(&(row.tap.clone(), row.client.clone())).copied(),
            same_minute_families: self.company.same_minute(row),
            above_usual_families: self.company.above_usual(row),
            order_kept: self.company.in_order(row),
            asked_before: self.company.asked_before(row),
            new_clients_share: self.company.wave(row),
        };
        Evidence {
            mail: self.evidence.mail(self.case, row),
            flows: self.flows_of(row),
            population: Some(population),
            names: row.names,
            ttl_s: self.ttls.get(&row.name).and_then(|t| t.address_s),
            ptr_ttl_s: self.ttls.get(&row.name).and_then(|t| t.ptr_s),
            names_a_peer: !row.vantage.is_behind_cache() && self.peer_names.contains(&row.name),
            checks: self.checks.get(&(row.tap.clone(), row.client.clone())).cloned().unwrap_or_default(),
            routes: self.routes_to(row),
            ..Evidence::default()
        }
    }

    /// When the series' client asked for an MX record that names one of its hosts.
    fn routes_to(&self, row: &SeriesRow) -> Vec<Timestamp> {
        if self.routes.is_empty() {
            return Vec::new();
        }
        let names: BTreeSet<&String> = std::iter::once(&row.name).chain(&row.members).collect();
        let key = |host: &String| (row.tap.clone(), row.client.clone(), host.clone());
        let mut out: Vec<Timestamp> =
            names.into_iter().filter_map(|host| self.routes.get(&key(host))).flatten().copied().collect();
        out.sort_unstable();
        out
    }

    /// Attributes one series with another calibration, as inference says it.
    pub(crate) fn attribution_with(&self, row: &SeriesRow, calibration: &Calibration) -> Attribution {
        let attributor =
            askance_inference::Attributor::with(self.observation(row), self.priors.clone(), calibration.clone());
        attributor.attribute(&row.state, &self.evidence(row))
    }

    /// Attributes one series.
    pub fn series(&self, row: &SeriesRow) -> Series {
        let (observation, evidence) = (self.observation_of_rows(row), self.evidence(row));
        let attribution = attribute(&row.state, &observation, &evidence, &self.priors);
        let mut out = from_attribution(&attribution);
        if evidence.mail.is_some() || evidence.flows.is_some() {
            let lookups_only = Evidence { mail: None, flows: None, ..evidence };
            out.alone = Some(alone(&attribute(&row.state, &observation, &lookups_only, &self.priors)));
        }
        row.vantage.as_str().clone_into(&mut out.vantage);
        out.tap.clone_from(&row.tap);
        out.client.clone_from(&row.client);
        out.party = self.case.and_then(|c| c.party_of(&row.client)).map_or(String::new(), |p| p.id.clone());
        out.name.clone_from(&row.name);
        out.members.clone_from(&row.members);
        out.qtypes.clone_from(&row.qtypes);
        out.subject = self.is_subject(row);
        out.n = row.n;
        out.first = row.first.to_string();
        out.last = row.last.to_string();
        out.ttl_s = self.ttl_s(row).map(f64::from);
        let instants: Vec<Timestamp> = row.state.events().map(|e| e.ts).collect();
        out.daily = shape::daily(instants.iter().copied(), &self.zone);
        if self.is_excerpt(&row.tap) {
            out.reasons.push(EXCERPT.to_owned());
        } else {
            out.gaps = shape::gaps(&row.state);
        }
        out.ticks_ms = shape::ticks(&instants);
        out.rhythm.week_hour_utc = attribution.rhythm.week_hour.iter().map(|n| u64::from(*n)).collect();
        out
    }

    /// True where the series is about a subject of the case.
    pub(crate) fn is_subject(&self, row: &SeriesRow) -> bool {
        let subjects = self.case.map(|c| c.subjects.as_slice()).unwrap_or_default();
        subjects.iter().any(|s| {
            let key = s.trim_end_matches('.').to_ascii_lowercase();
            row.name == key || row.members.contains(&key)
        })
    }
}

fn from_attribution(a: &Attribution) -> Series {
    let by_mechanism = |posterior: &[(MechanismId, f64)]| -> BTreeMap<String, f64> {
        posterior.iter().map(|(m, p)| (m.as_str().to_owned(), *p)).collect()
    };
    Series {
        sessions: a.sessions as u64,
        best: a.best.as_str().to_owned(),
        family: a.best.family().as_str().to_owned(),
        set: a.set.iter().map(|m| m.as_str().to_owned()).collect(),
        posterior: by_mechanism(&a.posterior),
        posterior_operational: by_mechanism(&a.posterior_operational),
        log10_lr: a.log10_lr,
        log10_lr_uncapped: a.log10_lr_uncapped,
        log10_lr_cap: Calibration::embedded().cap.high,
        verbal: a.verbal.to_owned(),
        // The prior odds at which even the best mechanism would be as likely as not.
        tipping_prior_odds: libm::exp10(-a.log10_lr),
        abstained: a.abstained,
        mixture: a.mixture.as_ref().map(several::mixture),
        segments: a.segments.iter().map(several::segment).collect(),
        caches: a.caches.as_ref().map(several::caches),
        reasons: a.reasons.clone(),
        settle: a.settle.iter().map(|s| s.kind.record().to_owned()).collect(),
        candidates: a.candidates.iter().map(|c| candidate(a, c)).collect(),
        fit: Fit { ks_p: (a.fit.gaps > 0).then_some(a.fit.ks_p), poor: a.fit.poor },
        rhythm: RhythmJson { week_hour_utc: Vec::new(), clock_period_s: a.rhythm.clock_locked_s, zones: zones(a) },
        demand: a.demand.map(|d| Demand {
            per_day: (!d.unidentifiable).then_some(d.lambda_per_day),
            lo: d.interval.0,
            hi: (!d.unidentifiable).then_some(d.interval.1),
        }),
        ..Series::default()
    }
}

fn alone(a: &Attribution) -> Alone {
    Alone {
        best: a.best.as_str().to_owned(),
        set: a.set.iter().map(|m| m.as_str().to_owned()).collect(),
        log10_lr: a.log10_lr,
        verbal: a.verbal.to_owned(),
        abstained: a.abstained,
        log10_lrs: a.candidates.iter().map(|c| (c.id.as_str().to_owned(), c.log10_lr)).collect(),
    }
}

/// Time zones by falling weight, those of next to none left out.
fn zones(a: &Attribution) -> Vec<ZoneWeight> {
    let mut zones: Vec<ZoneWeight> = a
        .rhythm
        .zones
        .iter()
        .filter(|(_, weight)| *weight >= 0.01)
        .map(|(offset_h, weight)| ZoneWeight { offset_h: f64::from(*offset_h), weight: *weight })
        .collect();
    zones.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    zones
}

/// One mechanism's part, in decimal logarithms; parts are relative to `none`, which fits anything slowly.
fn candidate(a: &Attribution, c: &askance_inference::Candidate) -> Candidate {
    let bans = |nats: f64| nats / core::f64::consts::LN_10;
    let base = a.candidates.iter().find(|o| o.id == MechanismId::None);
    let relative = |part: fn(&askance_inference::Candidate) -> f64| bans(part(c) - base.map_or(0.0, part));
    let cross = relative(|c| c.ln_cross);
    Candidate {
        mechanism: c.id.as_str().to_owned(),
        family: c.id.family().as_str().to_owned(),
        log10_behind: a.pairwise.iter().find(|(m, _)| *m == c.id).map_or(0.0, |(_, lr)| *lr),
        log10_lr: c.log10_lr,
        timing: relative(|c| c.ln_time),
        marks: relative(|c| c.ln_marks),
        responses: relative(|c| c.ln_responses),
        cross: (cross != 0.0).then_some(cross),
        excluded: c.excluded_because.clone().unwrap_or_default(),
        undecided: c.undecided,
    }
}

/// True for names of the reverse trees; keys are lower case.
pub(crate) fn is_reverse(key: &str) -> bool {
    key.strip_suffix("arpa").is_some_and(|head| head.ends_with('.'))
}

/// Instants as a case file gives them.
pub(crate) fn intervals(covers: &[[crate::Moment; 2]]) -> Vec<(Timestamp, Timestamp)> {
    let mut out: Vec<_> = covers.iter().map(|[from, to]| (from.start(), to.end())).collect();
    out.sort_unstable();
    out
}
