use super::*;

fn read(line: &str) -> SurveyResult {
    match read_survey_line(line.as_bytes()) {
        Ok(SurveyLine::Result(result)) => *result,
        other => panic!("{other:?}"),
    }
}

fn result(target: &str, class: &str, text: &str) -> SurveyResult {
    SurveyResult {
        target: target.to_owned(),
        class: class.to_owned(),
        stage: "rcpt".to_owned(),
        code: Some(550),
        text: Some(text.to_owned()),
        ..SurveyResult::default()
    }
}

#[test]
fn lines_of_a_journal_and_of_other_programs() {
    let ours = read(
        r#"{"type":"result","target":"192.0.2.1","class":"send-only","stage":"banner","code":521,"text":"no mail",
        "identity":{"helo":"probe.example","mail_from":"s@probe.example","source":null},"at":"2025-03-08T10:00:00Z",
        "visits":[{"visit":1}],"replies":[{"stage":"banner","code":521,"text":"no mail","visit":1,"delay_us":3}]}"#,
    );
    assert_eq!((ours.code, ours.identity.mail_from.as_str()), (Some(521), "s@probe.example"));
    let simple = read(
        r#"{"target":"192.0.2.1","class":"send-only","stage":"rcpt","identity":"s@probe.example","replies":[
        {"stage":"rcpt","code":550,"text":"first"},{"stage":"rcpt","code":521,"text":"last"},{"stage":"closed","code":null,"text":"x"}]}"#,
    );
    assert_eq!((simple.code, simple.text.as_deref()), (Some(521), Some("last")), "the last reply of the stage decided");
    assert_eq!(simple.identity.mail_from, "s@probe.example");
    for step in ["survey", "started", "visit"] {
        assert_eq!(read_survey_line(format!("{{\"type\":\"{step}\"}}").as_bytes()), Ok(SurveyLine::Step));
    }
    for (line, why) in [
        ("{", "it is not JSON"),
        ("[]", "its target is no address"),
        (r#"{"type":"DATA"}"#, "its type is none that a survey writes"),
        (r#"{"target":"mx.brand.example","class":"open"}"#, "its target is no address"),
        (r#"{"target":"192.0.2.1"}"#, "it has no class"),
        (r#"{"target":"192.0.2.1","class":"open","code":"250"}"#, "a field has another form"),
    ] {
        assert_eq!(read_survey_line(line.as_bytes()), Err(why), "{line}");
    }
}

#[test]
fn two_lines_that_say_the_same_are_one() {
    let by = |mail_from: &str| {
        let mut line = result("192.0.2.1", "send-only", "no");
        mail_from.clone_into(&mut line.identity.mail_from);
        line
    };
    let other = SurveyResult { class: "open".to_owned(), ..by("c@probe.example") };
    let rows = SurveyRows::new("s".to_owned(), String::new(), [by("a@probe.example"), other, by("b@probe.example")]);
    let shown: Vec<_> = rows.results.iter().map(|r| (r.class.as_str(), r.also_as.join(" "))).collect();
    assert_eq!(shown, [("open", String::new()), ("send-only", "b@probe.example".to_owned())]);
}

#[test]
fn neighbours_are_alike_where_only_names_and_addresses_differ() {
    let results = [
        result("192.0.2.9", "send-only", "mx9.brand.example takes no mail"),
        result("192.0.2.10", "send-only", "mx10.brand.example takes NO mail"),
        result("192.0.3.1", "send-only", "go away"),
        result("192.0.3.2", "send-only", "no mail here"),
        result("2001:db8:1:2::9", "open", "ok"),
    ];
    let shown: Vec<_> = survey_networks(&results).into_iter().map(|n| (n.network, n.targets, n.alike)).collect();
    let expected = [("192.0.2.0/24", 2, true), ("192.0.3.0/24", 2, false), ("2001:db8:1::/48", 1, true)];
    assert_eq!(shown, expected.map(|(network, n, alike)| (network.to_owned(), n, alike)));
}

#[test]
fn a_case_shows_its_subjects_first_then_their_neighbours() {
    let at = |mut r: SurveyResult, at: &str| {
        r.at = Some(at.to_owned());
        r.replies.push(crate::json::SurveyReply::default());
        r
    };
    let rows = SurveyRows::new(
        "s".to_owned(),
        "ab".to_owned(),
        [
            at(result("192.0.2.3", "open", "ok"), "2025-03-09T00:00:00+01:00"),
            at(result("192.0.2.20", "send-only", "no"), "2025-03-08T23:30:00Z"),
            at(result("198.51.100.1", "closed", ""), "not a time"),
        ],
    );
    let survey = rows.of_case(&BTreeSet::from(["192.0.2.20".parse().unwrap()]));
    let shown: Vec<_> = survey.results.iter().map(|r| (r.target.as_str(), r.subject, r.replies.len())).collect();
    assert_eq!(shown, [("192.0.2.20", true, 1), ("192.0.2.3", false, 0)]);
    assert_eq!((survey.targets, survey.left_out, survey.networks.len()), (3, 0, 2));
    let span = (survey.first.as_deref(), survey.last.as_deref());
    assert_eq!(span, (Some("2025-03-08T23:00:00Z"), Some("2025-03-08T23:30:00Z")));
}
