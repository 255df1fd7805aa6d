//! `askance survey`: what mail servers are to strangers.

mod confirm;
mod plan;
mod request;
mod results;

use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use askance_net::{Clock, Journal, NetError, Surveyed, header_line, result_line, survey};
use askance_proto::survey::{Plan, Reach, Schedule};
use askance_record::Timestamp;
use serde_json::Value;

use crate::cli::Survey;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;
use results::Results;

pub(crate) fn run(args: &Survey, out: &mut Printer) -> Result<Exit, CliError> {
    let mut request = request::of(args)?;
    // Whether it is so is looked up below, once nothing else speaks against the plan, and before anybody is asked.
    request.helo_confirmed = true;
    let stranger = Plan::new(request.clone())?.targets().iter().copied().find(|t| Reach::of(*t) == Reach::Outside);
    request.helo_confirmed = match stranger {
        Some(stranger) if args.from.is_empty() => {
            let message = format!("{stranger} is somebody else's, and no --from says who asks");
            return Err(CliError::usage(message, "a mailbox that somebody reads, such as --from survey@probe.example"));
        }
        Some(stranger) => args.dry_run || confirm::is_confirmed(args, &request, stranger, out)?,
        None => false,
    };
    let plan = Plan::new(request)?;
    let now = time_of_day();
    let of_journal = |e: NetError| CliError::from(e).about(args.journal.display().to_string());
    let mut header: Value = serde_json::from_str(&header_line(&plan, now)).expect("a header line is JSON");
    if args.dry_run {
        // Nothing was looked up.
        header["helo_confirmed"] = Value::Null;
        if args.journal.exists() {
            Journal::check(&args.journal, &plan).map_err(of_journal)?;
        }
        let done = Results::of_earlier(args, &plan)?.len();
        let json = || format!("{:#}\n", plan::json(&header, &plan, done));
        let text = if args.form.json || args.form.json_lines { json() } else { plan::text(&plan, args, done) };
        out.data(&text).map_err(output)?;
        return Ok(Exit::Done);
    }
    let (journal, known) = Journal::open(&args.journal, &plan, now).map_err(of_journal)?;
    let mut results = Results::of_earlier(args, &plan)?;
    out.say(&plan::text(&plan, args, results.len()));
    results.print_earlier(args, &plan, out)?;
    out.flush().map_err(output)?;
    // Nobody needs to know the pauses beforehand, nor to get the same again.
    let seed = now.us().unsigned_abs();
    let schedule = Schedule::new(plan.clone(), known, seed);
    let ran = ask(&plan, schedule, journal, &mut results, now, out)?;
    results.finish(args, &plan, ran, &header, out)?;
    out.flush().map_err(output)?;
    let left = ran.targets - ran.done;
    if left > 0 {
        let journal = askance_record::escape_terminal(&args.journal.display().to_string());
        out.say(&format!(
            "{left} of {} hosts have no result: go on with --journal {journal}, or with a larger --budget",
            ran.targets
        ));
    } else if ran.connections == 0 {
        out.say("Every host had its result in the journal and nobody was asked; another --journal asks them again.");
    }
    Ok(Exit::partial_if(left > 0))
}

/// Asks whoever is left, until all have their result, the budget is spent, or somebody interrupts.
fn ask(
    plan: &Plan,
    mut schedule: Schedule,
    mut journal: Journal,
    results: &mut Results,
    now: Timestamp,
    out: &mut Printer,
) -> Result<Surveyed, CliError> {
    let (done, targets) = schedule.progress();
    let bar = out.hosts("asking mail servers", targets as u64);
    bar.set_position(done as u64);
    bar.reset_eta();
    let out = RefCell::new(out);
    let (failed, signals) = (Cell::new(None), Cell::new(None));
    let mut found = |finding: &askance_proto::survey::Finding, (done, _): (usize, usize)| {
        bar.set_position(done as u64);
        let printed = bar.suspend(|| results.push(&result_line(plan, finding), &mut out.borrow_mut()));
        if let Err(error) = printed {
            failed.set(Some(error));
        }
    };
    let stop = async {
        let mut signal = pin!(askance_net::interrupted());
        // Whoever reads the results has gone: what is under way comes to its end, and nobody else is asked.
        let reader_gone = || {
            let error = failed.take();
            let gone = error.is_some();
            failed.set(error);
            gone
        };
        let ended = poll_fn(|cx| if reader_gone() { Poll::Ready(Ok(())) } else { signal.as_mut().poll(cx) });
        signals.set(ended.await.err());
        bar.suspend(|| {
            out.borrow_mut().say("Stopping: conversations under way come to their end. Once more to leave at once.");
        });
    };
    let surveying = async {
        let clock = Clock::Real { scenario_start: now, speed: 1.0 };
        let mut survey = pin!(survey(&mut schedule, &mut journal, clock, stop, &mut found));
        let mut twice = pin!(async {
            askance_net::interrupted().await?;
            askance_net::interrupted().await
        });
        poll_fn(|cx| match survey.as_mut().poll(cx) {
            Poll::Ready(ran) => Poll::Ready(ran.map(Some)),
            Poll::Pending => twice.as_mut().poll(cx).map(|left| left.map(|()| None)),
        })
        .await
    };
    let ran: Result<Option<Surveyed>, NetError> = askance_net::block_on(surveying)?;
    bar.finish_and_clear();
    if let Some(error) = failed.take() {
        return Err(output(error));
    }
    if let Some(error) = signals.take() {
        return Err(error.into());
    }
    let (done, targets) = schedule.progress();
    // Left at once: what was under way stands in the journal as begun and is not repeated.
    Ok(ran?.unwrap_or(Surveyed { done, targets, ..Surveyed::default() }))
}

#[expect(clippy::disallowed_methods, reason = "the edge reads the clock")]
fn time_of_day() -> Timestamp {
    jiff::Timestamp::now().into()
}
