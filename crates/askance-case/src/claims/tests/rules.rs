//! The rules that a fair tool keeps on the public case, by their numbers in its README (`cases/hotel-bank-2016`).

use super::*;

const CANNOT: &str = "cannot be tested with these records";

#[test]
fn rule_3_a_loop_and_people_behind_a_full_cache_are_not_told_apart() {
    let case = claim("kind = \"rhythm\"\nperson = true\nassumed_ttl_s = 3600");
    let verdict = |gap: &dyn Fn(i64) -> i64| {
        let mut seconds = Vec::new();
        let mut t = 0;
        while t < 146 * DAY {
            seconds.push(t);
            t += gap(t);
        }
        let row = series("list", Vantage::Authoritative, "192.0.2.15", NAME, &seconds, None);
        tested(&case, &CaseRecords { series: vec![row], ..CaseRecords::default() })
    };
    // A program that asks every minute, and people who ask every few minutes: once an hour in both.
    let program = verdict(&|t| 3600 + (60 - t % 60));
    let people = verdict(&|t| 3600 + (t * 7919) % 500);
    for test in [&program, &people] {
        assert_eq!(test.verdict, "cannot be tested with these records", "{}", test.finding);
        assert!(
            test.finding.contains("do not tell people's hours from a demand that never sleeps"),
            "{}",
            test.finding
        );
    }
}

#[test]
fn rule_4_the_declared_vantage_decides_not_the_rows() {
    let mut rows: Vec<SeriesRow> = Vec::new();
    let mut put = |client: &str, seconds: &[i64]| {
        rows.push(series("list", Vantage::Authoritative, client, NAME, seconds, None));
    };
    let hourly: Vec<i64> = (0..400).map(|k| k * 3607).collect();
    put("192.0.2.15", &hourly);
    put("192.0.2.16", &hourly.iter().map(|s| s + 700).collect::<Vec<_>>());
    put("198.51.100.7", &[500]);
    let verdict = |vantage: &str, keeps: &str| {
        let declared: Vantage = vantage.parse().unwrap();
        let series = rows.iter().map(|r| SeriesRow { vantage: declared, ..r.clone() }).collect();
        let case = format!(
            "[[source]]\nid = \"list\"\npath = \"list\"\nvantage = \"{vantage}\"\nkeeps = {{ types = [\"A\"]{keeps} }}\n\
             covers = [[\"2025-01-06\", \"2025-02-01\"]]\n[[claim]]\nid = \"c\"\ntext = \"x\"\n[[claim.test]]\n\
             kind = \"concentration\"\nclients = [\"192.0.2.15\", \"192.0.2.16\"]\n"
        );
        let report = report(&case, &CaseRecords { series, ..CaseRecords::default() });
        let sets: Vec<String> = report.series.iter().map(|s| format!("{} of {}", s.set.len(), s.best)).collect();
        (report.claims[0].tests[0].verdict.clone(), sets, report.sources[0].cannot_show.clone())
    };
    let eight = [
        verdict("authoritative", ""),
        verdict("authoritative", ", servers = [1, 3]"),
        verdict("authoritative", ", parent_zone = true"),
        verdict("passive", ""),
        verdict("resolver-client", ""),
        verdict("authoritative", ", chosen = \"an edited log\""),
        verdict("authoritative", ", clients_confirmed = false"),
        verdict("authoritative", ", chosen = \"a published subset\""),
    ];
    let verdicts: Vec<&str> = eight.iter().map(|v| v.0.as_str()).collect();
    assert_eq!(
        verdicts,
        ["supported", "weakly supported", "weakly supported", "weakly supported", "supported", CANNOT, CANNOT, CANNOT]
    );
    assert_ne!(eight[0].1, eight[4].1, "before a cache the same gaps are another thing than behind one");
    let mut said: Vec<&Vec<String>> = eight.iter().map(|v| &v.2).collect();
    said.sort();
    said.dedup();
    assert_eq!(said.len(), 8, "each vantage says what it cannot show");
}

/// Three acts on a day, each with an unknown clock time unless one is given.
fn acts(order: &[&str], known: bool) -> String {
    let event = |k: usize, id: &str| {
        let (from, to) = if known {
            let t = format!("2025-03-{:02}T12:00:00Z", 10 + k);
            (t.clone(), t)
        } else {
            ("2025-03-12".to_owned(), "2025-03-12".to_owned())
        };
        format!("[[event]]\nid = \"{id}\"\nwhat = \"{id}\"\nnot_before = \"{from}\"\nnot_after = \"{to}\"\n")
    };
    order.iter().enumerate().map(|(k, id)| event(k, id)).collect()
}

#[test]
fn rule_5_acts_of_unknown_clock_times_are_never_ranked() {
    let test = "[[claim]]\nid = \"c\"\ntext = \"x\"\n[[claim.test]]\nkind = \"reaction\"\nevents = [\"asked\", \"deleted\"]\n\
                rivals = [\"called\"]\n";
    let orders = [
        ["asked", "called", "deleted"],
        ["asked", "deleted", "called"],
        ["called", "asked", "deleted"],
        ["called", "deleted", "asked"],
        ["deleted", "asked", "called"],
        ["deleted", "called", "asked"],
    ];
    let open: Vec<ClaimTest> =
        orders.iter().map(|order| tested(&(acts(order, false) + test), &CaseRecords::default())).collect();
    assert!(open.iter().all(|t| t.verdict == "cannot be tested with these records"), "{:#?}", open[0]);
    assert!(
        open.iter().all(|t| t.finding == open[0].finding && t.finding.contains("put in no order")),
        "{}",
        open[0].finding
    );
    // With clock times the order counts, and a rival with a contact stands in the way.
    let known = |order: &[&str]| tested(&(acts(order, true) + test), &CaseRecords::default()).verdict;
    assert_eq!(known(&orders[4]), "contradicted", "what came first was no reaction");
    assert_eq!(known(&orders[0]), "does not discriminate", "a call in between explains it as well");
}

#[test]
fn rule_7_a_control_from_after_the_contract_is_vetoed() {
    let both = |subject: &str, peer: &str| {
        let row = |client: &str, name: &str, every: i64| {
            let seconds: Vec<i64> = (0..140 * 24 / every).map(|k| k * every * HOUR + (k * 811) % 3000).collect();
            series("list", Vantage::Authoritative, client, name, &seconds, Some(300))
        };
        let records = CaseRecords {
            series: vec![row("192.0.2.15", NAME, 6), row("192.0.2.15", "mail2.other-hotel.example", 2)],
            ..CaseRecords::default()
        };
        let peers = [(NAME, subject), ("mail2.other-hotel.example", peer)].map(|(name, contract)| {
            format!(
                "[[peer]]\nname = \"{name}\"\nrole = \"sending host\"\noperator = \"vendor\"\ncontract = {contract}\n"
            )
        });
        let case = format!(
            "{}{}",
            peers.concat(),
            claim(
                "kind = \"cohort\"\nwith = [\"mail2.other-hotel.example\"]\nwindow = [\"2025-03-01\", \"2025-04-15\"]"
            )
        );
        tested(&case, &records)
    };
    let whole = "[\"2024-01-01\", \"2026-01-01\"]";
    let vetoed = both("[\"2024-01-01\", \"2025-01-31\"]", whole);
    assert_eq!(vetoed.verdict, "cannot be tested with these records");
    assert!(
        vetoed.finding.contains("not comparable: they were not under the same operator and contract"),
        "{}",
        vetoed.finding
    );
    // Both under contract: one comparator is an anecdote, and still weak.
    let alike = both(whole, whole);
    assert_eq!(alike.verdict, "weakly supported", "{}\n{:#?}", alike.finding, alike.checks);
}

#[test]
fn rule_8_a_refusal_that_siblings_share_has_no_weight() {
    let case = claim("kind = \"accepts-only-from\"");
    let banner = ("send-only", 521, "lvpmta14.crm-vendor.example does not accept mail from you (203.0.113.9)");
    let alike = check(
        &case,
        &surveyed(banner, banner, 30, &["203.0.113.9", "203.0.113.10"]),
        "contradicted",
        &["30 of 30 siblings answer alike", "Code and words point to different things"],
    );
    assert!(alike.measures.iter().any(|m| m.unit == "share" && m.value > 0.99), "{:#?}", alike.measures);
    let chosen = ("selective-client", 554, "not you");
    check(
        &case,
        &surveyed(chosen, chosen, 30, &["203.0.113.9"]),
        "does not discriminate",
        &["says nothing of this host"],
    );
    check(&case, &surveyed(chosen, banner, 2, &["203.0.113.9"]), "cannot be tested with these records", &[]);
    check(&case, &surveyed(chosen, banner, 30, &["203.0.113.9", "203.0.113.10"]), "supported", &["0 of 30"]);
}

#[test]
fn rule_9_names_that_were_searched_and_not_counted_leave_no_p_value() {
    let rise = "kind = \"rise\"\nwindow = [\"2025-03-17\", \"2025-05-01\"]\n";
    let records = steady(20, Some(70 * DAY));
    let counted = tested(&claim(&format!("{rise}variants = 2")), &records);
    assert!(counted.measures.iter().any(|m| m.unit == "p"), "{:#?}", counted.measures);
    let test = check(
        &claim(&format!("{rise}variants_unknown = true")),
        &records,
        "cannot be tested with these records",
        &["unknown number", "no p-value"],
    );
    assert!(test.measures.iter().all(|m| m.unit != "p"), "{:#?}", test.measures);
    assert!(test.measures.iter().any(|m| m.unit == "count"), "{:#?}", test.measures);
}

#[test]
fn rule_10_shares_from_different_cuts_are_laid_side_by_side() {
    let stated = "stated = [{ share = 0.793, digits = 1, by = \"A\" }, { share = 0.8, by = \"B\" }, { share = 0.87, by = \"C\", of = \"until then\" }]";
    let case = claim(&format!("kind = \"concentration\"\nclients = [\"192.0.2.15\"]\nat_least = 0.5\n{stated}"));
    let seconds: Vec<i64> = (0..2817).map(|k| k * 3601).collect();
    let others: Vec<i64> = (0..736).map(|k| k * 9001).collect();
    let rows = vec![
        series("list", Vantage::Authoritative, "192.0.2.15", NAME, &seconds, None),
        series("list", Vantage::Authoritative, "192.0.2.40", NAME, &others, None),
    ];
    let records = CaseRecords { series: rows, ..CaseRecords::default() };
    let words = [
        "The 3 shares stated elsewhere disagree with each other",
        "A: 79.3 %, which these records give as well",
        "C: 87 % (until then), which these records do not give",
        "not averaged",
    ];
    let test = check(&case, &records, "supported", &words);
    // What rounding can hide is no disagreement.
    let close = case.replace("0.87", "0.796").replace("0.793, digits = 1", "0.8");
    let agreeing = tested(&close, &records);
    assert!(agreeing.finding.contains("Stated elsewhere: A"), "{}", agreeing.finding);
    let average = (0.793 + 0.8 + 0.87) / 3.0;
    assert!(test.measures.iter().all(|m| (m.value - average).abs() > 1e-3), "{:#?}", test.measures);
}

#[test]
fn rule_11_roles_are_five_and_nobody_is_the_owner() {
    let parties =
        [("hotel", "registrant"), ("vendor", "dns-operator"), ("mailer", "sender"), ("mailer2", "address-operator")]
            .map(|(id, role)| format!("[[party]]\nid = \"{id}\"\nname = \"{id}\"\nroles = [\"{role}\"]\n"))
            .concat();
    let asked = |party: &str, role: &str| {
        let role = if role.is_empty() { String::new() } else { format!("role = \"{role}\"\n") };
        let test = format!(
            "[[claim]]\nid = \"c\"\ntext = \"x\"\n[[claim.test]]\nkind = \"controlled-by\"\nparty = \"{party}\"\n{role}"
        );
        tested(&(parties.clone() + &test), &CaseRecords::default())
    };
    assert_eq!(asked("hotel", "registrant").verdict, "supported");
    assert_eq!(asked("hotel", "sender").verdict, "contradicted");
    assert_eq!(asked("hotel", "").verdict, "does not discriminate", "to have one role is not to have them all");
    let open = asked("hotel", "administrative-contact");
    assert_eq!(open.verdict, "cannot be tested with these records");
    assert!(open.finding.contains("administrative contact: not on record"), "{}", open.finding);
}

#[test]
fn rule_6_a_reverse_lookup_before_the_first_address_lookup_speaks_for_a_machine() {
    let case = format!(
        "{}[[claim]]\nid = \"c\"\ntext = \"x\"\n[[claim.test]]\nkind = \"mechanism\"\nmechanism = \"sender-verification\"\n",
        LIST.replace("authoritative", "resolver-client")
    );
    let set = |with_ptr: bool| {
        let mut row = series("list", Vantage::ResolverClient, "192.0.2.17", NAME, &[0], Some(3600));
        let mut state = SeriesState::new(1);
        for k in 0..60 {
            let t = MONDAY + k * 20_011 + (k * k * 331) % 9000;
            let event =
                |s: i64, role| Event { rcode: RcodeClass::NoError, ttl_s: Some(3600), ..Event::new(at(s), role) };
            if with_ptr {
                state.push(&event(t, Role::Ptr));
            }
            state.push(&event(t + 1, Role::A));
        }
        (row.n, row.first, row.last) = (state.n(), state.first().expect("lookups"), state.last().expect("lookups"));
        if with_ptr {
            row.qtypes.push("PTR".to_owned());
            row.members.push("29.100.51.198.in-addr.arpa".to_owned());
        }
        row.state = state;
        report(&case, &CaseRecords { series: vec![row], ..CaseRecords::default() }).series[0].set.clone()
    };
    let (with, without) = (set(true), set(false));
    assert!(with.iter().any(|m| m == "sender-verification"), "{with:?}");
    assert!(with.iter().all(|m| m != "human-use" && m != "beacon"), "{with:?}");
    assert!(without.iter().any(|m| m == "human-use"), "{without:?}");
    assert!(with.len() < without.len(), "{with:?} {without:?}");
}
