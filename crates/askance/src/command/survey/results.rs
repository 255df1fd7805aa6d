//! Results as they come, and what they have in common at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::IpAddr;

use askance_case::json::SurveyResult;
use askance_case::{SurveyLine, read_survey_line, survey_networks};
use askance_net::Surveyed;
use askance_proto::survey::Plan;
use serde_json::{Value, json};

use crate::cli::Survey;
use crate::diagnose::CliError;
use crate::printer::Printer;
use crate::survey::each_line;

/// In which form results leave.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Lines,
    Document,
}

/// What is known of the targets of one survey.
pub(super) struct Results {
    form: Form,
    /// Without their replies: a survey may have a million.
    all: Vec<SurveyResult>,
}

impl Results {
    /// Reads what earlier runs left in the journal about targets of the plan.
    pub(super) fn of_earlier(args: &Survey, plan: &Plan) -> Result<Self, CliError> {
        let form = match (args.form.json, args.form.json_lines) {
            (true, _) => Form::Document,
            (_, true) => Form::Lines,
            _ => Form::Text,
        };
        let mut all = Vec::new();
        if args.journal.exists() {
            each_result(args, plan, &mut |_, result| all.push(without_replies(result)))?;
        }
        Ok(Self { form, all })
    }

    /// How many targets have their result.
    pub(super) fn len(&self) -> usize {
        self.all.iter().map(|r| r.target.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// Prints what earlier runs left: whoever goes on sees the whole.
    pub(super) fn print_earlier(&self, args: &Survey, plan: &Plan, out: &mut Printer) -> Result<(), CliError> {
        match self.form {
            Form::Text => {
                let texts: String = self.all.iter().map(|r| line(r, out)).collect();
                out.data(&texts).map_err(crate::diagnose::output)
            }
            Form::Lines if !self.all.is_empty() => {
                let mut failed = Ok(());
                each_result(args, plan, &mut |text, _| {
                    let printed = out.data(text).and_then(|()| out.data("\n"));
                    failed = core::mem::replace(&mut failed, Ok(())).and(printed);
                })?;
                failed.map_err(crate::diagnose::output)
            }
            Form::Lines | Form::Document => Ok(()),
        }
    }

    /// Takes and prints one line of the journal as it comes.
    pub(super) fn push(&mut self, text: &str, out: &mut Printer) -> io::Result<()> {
        let Ok(SurveyLine::Result(result)) = read_survey_line(text.as_bytes()) else { return Ok(()) };
        let printed = match self.form {
            Form::Text => out.data(&line(&result, out)),
            Form::Lines => out.data(text).and_then(|()| out.data("\n")),
            Form::Document => Ok(()),
        };
        self.all.push(without_replies(*result));
        printed.and_then(|()| out.flush())
    }

    /// Ends the output: the summary, or the document.
    pub(super) fn finish(
        &self,
        args: &Survey,
        plan: &Plan,
        ran: Surveyed,
        header: &Value,
        out: &mut Printer,
    ) -> Result<(), CliError> {
        let output = crate::diagnose::output;
        match self.form {
            Form::Lines => Ok(()),
            Form::Text if self.all.is_empty() => Ok(()),
            Form::Text => {
                let networks = survey_networks(&self.all);
                let text = askance_report::survey_summary(&self.all, &networks, out.width(), out.color());
                out.data(&format!("\n{text}")).map_err(output)
            }
            Form::Document => {
                let mut head = json!({
                    "schema": "askance.survey/1",
                    "survey": header,
                    "targets": ran.targets,
                    "done": ran.done,
                    "connections": ran.connections,
                    "classes": self.classes(),
                    "networks": survey_networks(&self.all),
                })
                .to_string();
                // The results stand in the journal as they are to be printed; they need not be held.
                head.pop();
                out.data(&format!("{head},\"results\":[")).map_err(output)?;
                let (mut first, mut failed) = (true, Ok(()));
                each_result(args, plan, &mut |text, _| {
                    let comma = if core::mem::take(&mut first) { "\n" } else { ",\n" };
                    let printed = out.data(comma).and_then(|()| out.data(text));
                    failed = core::mem::replace(&mut failed, Ok(())).and(printed);
                })?;
                failed.and_then(|()| out.data("\n]}\n")).map_err(output)
            }
        }
    }

    fn classes(&self) -> BTreeMap<&str, u64> {
        let mut classes = BTreeMap::new();
        for result in &self.all {
            *classes.entry(result.class.as_str()).or_default() += 1;
        }
        classes
    }
}

fn line(result: &SurveyResult, out: &Printer) -> String {
    askance_report::survey_line(result, out.width(), out.color())
}

fn without_replies(mut result: SurveyResult) -> SurveyResult {
    result.replies.clear();
    result.does_not_say.clear();
    result
}

/// Shows each result in the journal that is about a target of the plan, as its line and as a value.
fn each_result(args: &Survey, plan: &Plan, show: &mut dyn FnMut(&str, SurveyResult)) -> Result<(), CliError> {
    each_line(&args.journal, &mut |_, line| {
        // A line that cannot be read is refused, with its reason, when the journal is opened.
        let (Ok(SurveyLine::Result(result)), Ok(text)) = (read_survey_line(line), core::str::from_utf8(line)) else {
            return;
        };
        if result.target.parse::<IpAddr>().is_ok_and(|target| plan.allows(target)) {
            show(text, *result);
        }
    })
}
