//! Checks of senders, without a network.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

use std::error::Error;

use askance_proto::dns::{Verdict, Zone};
use askance_proto::mail::{Spf, SpfRequest, SpfResult};
use askance_proto::{Inquiry, Outcome, Reply, Step};
use askance_record::Name;

use super::say;
use crate::{RUNS, median};

/// Policies like those of real bulk senders: an include of two ranges, then a mail exchange.
const ZONE: &str = "@ 300 SOA ns hostmaster 1 7200 900 1209600 300\n@ 300 NS ns\n\
    hotel-brand 300 TXT \"v=spf1 include:crm-vendor.example mx ip4:203.0.113.7 -all\"\n\
    hotel-brand 300 MX 10 mx.hotel-brand\nmx.hotel-brand 300 A 198.51.100.7\n\
    crm-vendor 300 TXT \"v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.128/25 ?all\"\n";

const EVALUATIONS: u64 = 50_000;

/// Evaluates one policy of three lookups and an address of a mail exchange, over and over.
pub(super) fn measure() -> Result<(), Box<dyn Error>> {
    let zone = Zone::parse(&Name::parse("example")?, ZONE)?;
    let request = SpfRequest {
        client: "198.51.100.7".parse()?,
        helo: "mx.hotel-brand.example".to_owned(),
        mail_from: "news@hotel-brand.example".to_owned(),
        receiver: "mx.receiver.example".to_owned(),
        now_s: 0,
    };
    let mut questions = 0;
    let seconds = median(RUNS, || {
        questions = 0;
        for _ in 0..EVALUATIONS {
            let (result, asked) = evaluate(&zone, Spf::new(request.clone()));
            assert_eq!(result, SpfResult::Pass);
            questions += asked;
        }
        Ok(())
    })?;
    println!("\nSPF: an include and an mx, {} lookups each", questions / EVALUATIONS);
    say("SPF evaluations", EVALUATIONS, "evaluations", seconds);
    Ok(())
}

/// The result, and how many questions it took.
fn evaluate(zone: &Zone, mut check: Spf) -> (SpfResult, u64) {
    let (mut replies, mut asked) = (Vec::new(), 0);
    loop {
        match check.step(&replies) {
            Step::Done(verdict) => return (verdict.result, asked),
            Step::Ask(questions) => {
                asked += questions.len() as u64;
                replies.clear();
                replies.extend(questions.into_iter().map(|question| {
                    let found = zone.answer(&question.qname, question.qtype);
                    let outcome = match found.verdict {
                        Verdict::Answer => Outcome::Answered,
                        Verdict::NoData => Outcome::NoData,
                        Verdict::NxDomain => Outcome::NxDomain,
                        Verdict::Referral | Verdict::Outside => Outcome::Failed,
                    };
                    Reply { question, outcome, records: found.answers }
                }));
            }
        }
    }
}
