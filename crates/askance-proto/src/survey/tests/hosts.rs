//! Each kind of host, by what it says.

use super::{Host, plan, summary, survey};
use crate::survey::{ConnectFailure, PlanRequest, VisitPlan};

/// A mail server that says yes to everything, but for the lines of `script`: `COMMAND => reply`, by the longest head that fits.
fn by_script(script: &str, command: &str) -> String {
    let rows = script.lines().filter_map(|row| row.trim().split_once(" => "));
    let hit = rows.filter(|(head, _)| (*head == "CONNECT" && command.is_empty()) || command.starts_with(head));
    if let Some((_, reply)) = hit.max_by_key(|(head, _)| head.len()) {
        return if reply == "!" { reply.to_owned() } else { format!("{}\r\n", reply.replace('|', "\r\n")) };
    }
    match command.split(' ').next().unwrap_or_default() {
        "" => "220 mx.brand.example ESMTP\r\n",
        "EHLO" => "250-mx.brand.example\r\n250 SIZE 1000\r\n",
        "QUIT" => "221 2.0.0 Bye\r\n",
        _ => "250 2.0.0 Ok\r\n",
    }
    .to_owned()
}

fn check_with(change: impl FnOnce(&mut PlanRequest), says: &dyn Fn(&str, VisitPlan, usize) -> String) -> String {
    let plan = plan(&["127.0.0.1"], change);
    let (verdict, visits, _) = survey(&plan, &Host { connects: Ok(()), says, delay_ms: 1 });
    summary(&verdict, &visits)
}

/// What a host with this script is found to be, two senders asking.
fn check(script: &str) -> String {
    check_with(|_| (), &|command, _, _| by_script(script, command))
}

fn check_one_sender(script: &str) -> String {
    check_with(|request| request.senders.truncate(1), &|command, _, _| by_script(script, command))
}

fn said(script: &str) -> Vec<String> {
    let plan = plan(&["127.0.0.1"], |request| request.senders.truncate(1));
    survey(&plan, &Host { connects: Ok(()), says: &|c, _, _| by_script(script, c), delay_ms: 1 }).2
}

#[test]
fn the_ladder_stops_at_the_first_answer() {
    assert_eq!(
        said(""),
        [
            "EHLO probe.example",
            "MAIL FROM:<survey@probe.example>",
            "RCPT TO:<postmaster@mx.brand.example>",
            "RSET",
            "QUIT"
        ]
    );
    assert_eq!(said("CONNECT => 554 no SMTP service here"), ["QUIT"]);
    assert_eq!(said("MAIL => 550 no"), ["EHLO probe.example", "MAIL FROM:<survey@probe.example>", "QUIT"]);
    let greets = "EHLO => 502 what\nCONNECT => 220 localhost";
    assert_eq!(said(greets)[..2], ["EHLO probe.example", "HELO probe.example"]);
    assert_eq!(said(greets)[3], "RCPT TO:<postmaster>", "a name that cannot be one of a mail domain is not used");
    assert_eq!(
        said("RCPT => 550 5.7.1 no")[2..],
        ["RCPT TO:<postmaster@mx.brand.example>", "RCPT TO:<survey@probe.example>", "RSET", "QUIT"],
        "two errors are enough"
    );
    let tls = "EHLO => 250-mx.brand.example|250 STARTTLS\nSTARTTLS => 220 go";
    assert_eq!(said(tls)[..3], ["EHLO probe.example", "STARTTLS", "EHLO probe.example"]);
}

#[test]
fn hosts_that_take_mail_and_hosts_that_take_none() {
    let table = [
        ("open", check("")),
        ("open, one sender", check_one_sender("")),
        ("521 greeting", check("CONNECT => 521 lvpmta14.example does not accept mail from you (192.0.2.7)")),
        ("554 greeting", check("CONNECT => 554 No SMTP service here")),
        (
            "554 greeting of Postfix",
            check("CONNECT => 554 5.3.2 <x[192.0.2.7]>: Client host rejected: No SMTP service here"),
        ),
        (
            "521 of Postfix",
            check("RCPT => 521 5.7.1 <x[192.0.2.7]>: Client host rejected: mta.example does not accept mail from you"),
        ),
        ("ehlo", check("EHLO => 550 this host takes no mail")),
        ("mail", check("MAIL => 550 5.7.1 go away")),
        ("mail, one sender", check_one_sender("MAIL => 550 5.7.1 go away")),
        ("rcpt", check("RCPT => 550 5.7.1 go away")),
        ("rcpt, one sender", check_one_sender("RCPT => 550 5.7.1 go away")),
        (
            "relay refused, bare postmaster taken",
            check("RCPT => 554 5.7.1 Relay access denied\nRCPT TO:<postmaster> => 250 ok"),
        ),
        (
            "relay put off, bare postmaster taken",
            check("RCPT => 454 4.7.1 Relay access denied\nRCPT TO:<postmaster> => 250 ok"),
        ),
        ("relay put off for all", check("RCPT => 454 4.7.1 Relay access denied")),
        ("relay refused for all", check("RCPT => 554 5.7.1 Relay access denied")),
        ("looks up", check("RCPT => 550 5.1.1 User unknown")),
        ("log-in", check("MAIL => 530 5.7.0 Authentication required")),
        ("open relay?", check("RCPT => 550 5.7.1 no\nRCPT TO:<survey@probe.example> => 250 ok")),
    ];
    let text: Vec<_> = table.iter().map(|(what, found)| format!("{what}: {found}")).collect();
    insta::assert_snapshot!(text.join("\n"), @"
    open: open at rcpt after 2 [] It takes mail for <postmaster@mx.brand.example>.
    open, one sender: open at rcpt after 1 [] It takes mail for <postmaster@mx.brand.example>.
    521 greeting: send-only at banner after 1 [text-names-us rfc-7504] 521: the host takes no mail, whoever asks.
    554 greeting: closed at banner after 1 [] The greeting says that there is no mail service.
    554 greeting of Postfix: closed at banner after 1 [] The greeting says that there is no mail service.
    521 of Postfix: send-only at rcpt after 2 [text-names-us rfc-7504] 521: the host takes no mail, whoever asks.
    ehlo: send-only at ehlo after 1 [] It greets, and says at EHLO that it takes no mail.
    mail: send-only at mail after 2 [] It refuses every sender that was tried.
    mail, one sender: unknown at mail after 1 [] It refuses one sender; no other was tried.
    rcpt: send-only at rcpt after 2 [] It refuses every recipient that was asked for.
    rcpt, one sender: send-only at rcpt after 1 [] It refuses every recipient that was asked for.
    relay refused, bare postmaster taken: open at rcpt after 2 [] It takes mail for <postmaster>.
    relay put off, bare postmaster taken: open at rcpt after 2 [] It takes mail for <postmaster>.
    relay put off for all: send-only at rcpt after 2 [] It refuses even postmaster without a domain.
    relay refused for all: send-only at rcpt after 2 [] It refuses even postmaster without a domain.
    looks up: unknown at rcpt after 2 [] It looks mailboxes up, and has none of those asked for.
    log-in: unknown at mail after 1 [asks-for-log-in] It wants a log-in first, which a survey never tries.
    open relay?: selective-recipient at rcpt after 2 [accepts-foreign-recipient] It takes mail for one address and not for <postmaster@mx.brand.example>, in words that speak of no missing mailbox.
    ");
}

#[test]
fn greylisting_that_spares_postmasters_is_greylisting() {
    let with = |reply: &'static str| {
        check_with(|request| request.recipients = vec!["office@brand.example".to_owned()], &move |command, _, _| {
            by_script(&format!("RCPT TO:<office@brand.example> => {reply}"), command)
        })
    };
    insta::assert_snapshot!(with("450 4.2.0 <x>: Recipient address rejected: Greylisted, see http://postgrey.example"), @"greylisting at rcpt after 2 [] It takes mail for one address at once, and puts <office@brand.example> off in the words of greylisting.");
    // Put off in other words, it is a mailbox in trouble.
    insta::assert_snapshot!(with("451 4.3.0 Temporary lookup failure"), @"open at rcpt after 2 [] It takes mail for <postmaster@mx.brand.example>.");
}

#[test]
fn one_refused_recipient_is_not_yet_a_host_without_mail() {
    let found = check_with(
        |request| {
            request.senders.truncate(1);
            request.relay_to = None;
        },
        &|command, _, _| by_script("RCPT => 550 5.7.1 go away", command),
    );
    insta::assert_snapshot!(found, @"unknown at rcpt after 1 [] It refuses one recipient; neither another nor another sender was tried.");
}

#[test]
fn hosts_that_put_off_turn_us_away_or_speak_something_else() {
    let table = [
        (
            "postgrey",
            check("RCPT => 450 4.2.0 <x>: Recipient address rejected: Greylisted, see http://postgrey.example"),
        ),
        ("try again", check("RCPT => 451 4.7.1 Please try again in 300 seconds")),
        ("trouble", check("RCPT => 451 4.3.0 Temporary lookup failure")),
        ("busy", check("CONNECT => 421 4.3.2 too many connections")),
        (
            "listed at the greeting",
            check("CONNECT => 554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org"),
        ),
        ("denied by Postfix", check("CONNECT => 554 5.7.1 <x[192.0.2.7]>: Client host rejected: Access denied")),
        (
            "no name, says Postfix",
            check("RCPT => 550 5.7.25 Client host rejected: cannot find your hostname, [192.0.2.7]"),
        ),
        ("listed at RCPT", check("RCPT => 550 5.7.1 Your IP has a poor reputation")),
        ("sender not verified", check("MAIL => 553 5.1.8 <x>... Domain of sender address x does not exist")),
        ("421 at RCPT", check("RCPT => 421 4.7.0 closing")),
        ("no reverse name", check("EHLO => 550 cannot find your reverse hostname")),
        ("ssh", check("CONNECT => SSH-2.0-OpenSSH_9.2")),
        (
            "ftp",
            check(
                "CONNECT => 220 files.example FTP ready\nEHLO => 530 Please login with USER and PASS\nHELO => 530 Please login",
            ),
        ),
        ("ftp that knows 500", check("EHLO => 500 what\nHELO => 500 what")),
        ("closes", check("CONNECT => !")),
        ("closes at MAIL", check("MAIL => !")),
        ("closes after a refusal", check("RCPT => 550 5.7.1 go away\nRCPT TO:<survey@probe.example> => !")),
        ("mixed codes", check("EHLO => 250-a|550 b")),
        ("eight bits", check("CONNECT => 220 mx.brand.example é\nMAIL => 250 ok")),
        ("talks ahead", check("CONNECT => 220 mx.brand.example|250 mx.brand.example|250 ok|250 ok|250 ok|221 bye")),
    ];
    let text: Vec<_> = table.iter().map(|(what, found)| format!("{what}: {found}")).collect();
    insta::assert_snapshot!(text.join("\n"), @"
    postgrey: greylisting at rcpt after 1 [] It puts strangers off, in the words of greylisting, at rcpt: 450.
    try again: greylisting at rcpt after 1 [] It puts strangers off, in the words of greylisting, at rcpt: 451.
    trouble: unknown at rcpt after 1 [] It had no answer for now at rcpt: 451.
    busy: refused-us at banner after 1 [] It turned us away at banner: 421.
    listed at the greeting: refused-us at banner after 1 [] It turned us away at banner: 554.
    denied by Postfix: refused-us at banner after 1 [] It turned us away at banner: 554.
    no name, says Postfix: refused-us at rcpt after 1 [] It turned us away at rcpt: 550.
    listed at RCPT: refused-us at rcpt after 1 [] It turned us away at rcpt: 550.
    sender not verified: refused-us at mail after 1 [] It turned us away at mail: 553.
    421 at RCPT: refused-us at rcpt after 1 [] It turned us away at rcpt: 421.
    no reverse name: refused-us at ehlo after 1 [] It turned us away at ehlo: 550.
    ssh: not-smtp at banner after 1 [] What it said is no reply of a mail server.
    ftp: not-smtp at ehlo after 1 [asks-for-log-in] What it said is no reply of a mail server.
    ftp that knows 500: not-smtp at helo after 1 [] What it said is no reply of a mail server.
    closes: unknown at banner after 1 [dropped] It closed the connection without an answer at banner.
    closes at MAIL: unknown at mail after 1 [dropped] It closed the connection without an answer at mail.
    closes after a refusal: send-only at rcpt after 2 [dropped] It refuses every recipient that was asked for.
    mixed codes: unknown at ehlo after 1 [] It lost the protocol at ehlo: reply lines with different codes.
    eight bits: open at rcpt after 2 [eight-bit] It takes mail for <postmaster@mx.brand.example>.
    talks ahead: open at rcpt after 2 [spoke-ahead] It takes mail for <postmaster@mx.brand.example>.
    ");
}

#[test]
fn selective_needs_two_who_differ_in_one_thing_and_a_repetition() {
    let picky = |visit: VisitPlan| visit.sender == 1;
    let refuse = |command: &str| command.starts_with("RCPT");
    let by = |says: &dyn Fn(&str, VisitPlan, usize) -> String| check_with(|_| (), says);
    let no = "550 5.7.1 not from this sender\r\n".to_owned();
    let either = [true, false].map(|second_is_let_in| {
        by(&|c, v, _| if refuse(c) && picky(v) != second_is_let_in { no.clone() } else { by_script("", c) })
    });
    let fickle =
        by(&|c, _, nth| if refuse(c) && nth == 1 || refuse(c) && nth == 2 { no.clone() } else { by_script("", c) });
    let one = check_with(|r| r.senders.truncate(1), &|c, _, _| if refuse(c) { no.clone() } else { by_script("", c) });
    let sources =
        |request: &mut PlanRequest| request.sources = vec!["127.0.0.2".parse().unwrap(), "127.0.1.2".parse().unwrap()];
    let client = check_with(sources, &|c, v, _| {
        if v.source == 0 { by_script("CONNECT => 521 does not accept mail from you", c) } else { by_script("", c) }
    });
    let given = |request: &mut PlanRequest| request.recipients = vec!["sales@brand.example".to_owned()];
    let chosen = check_with(given, &|c, _, _| {
        by_script("RCPT => 550 5.7.1 not for this address\nRCPT TO:<sales@brand.example> => 250 ok", c)
    });
    let one_domain = check_with(given, &|c, _, _| {
        by_script("RCPT => 550 5.7.1 relay not permitted\nRCPT TO:<sales@brand.example> => 250 ok", c)
    });
    let text = format!(
        "first let in: {}\nsecond let in: {}\nchanges its mind: {fickle}\none sender: {one}\nclient: {client}\n\
         recipient: {chosen}\none domain: {one_domain}",
        either[0], either[1]
    );
    insta::assert_snapshot!(text, @"
    first let in: selective-sender at rcpt after 3 [] Two senders were told different things, one by one and again; turned away at rcpt: 550.
    second let in: selective-sender at rcpt after 3 [] Two senders were told different things, one by one and again; turned away at rcpt: 550.
    changes its mind: unknown at rcpt after 3 [] Two senders were told different things, and the first was not told the same again.
    one sender: send-only at rcpt after 1 [] It refuses every recipient that was asked for.
    client: selective-client at banner after 3 [text-names-us rfc-7504] Two client addresses were told different things, one by one and again; turned away at banner: 521.
    recipient: selective-recipient at rcpt after 2 [] It takes mail for one address and not for <postmaster@mx.brand.example>, in words that speak of no missing mailbox.
    one domain: open at rcpt after 2 [] It takes mail for <sales@brand.example>.
    ");
}

#[test]
fn silence_slowness_and_no_connection() {
    let yes = |command: &str, _: VisitPlan, _: usize| by_script("", command);
    let silent = |_: &str, _: VisitPlan, _: usize| String::new();
    let check = |connects, says, delay_ms| {
        let (verdict, visits, _) = survey(&plan(&["127.0.0.1"], |_| ()), &Host { connects, says, delay_ms });
        summary(&verdict, &visits)
    };
    let text = [
        check(Err(ConnectFailure::Refused), &yes, 0),
        check(Err(ConnectFailure::Timeout), &yes, 0),
        check(Err(ConnectFailure::Unreachable), &yes, 0),
        check(Err(ConnectFailure::Ours), &yes, 0),
        check(Ok(()), &yes, 9_999),
        check(Ok(()), &yes, 10_000),
        check(Ok(()), &silent, 0),
    ];
    insta::assert_snapshot!(text.join("\n"), @"
    closed at connect after 1 [] The connection was refused.
    filtered at connect after 1 [] No answer to the connection.
    filtered at connect after 1 [] The way to the host is barred.
    unknown at connect after 1 [] Our own system could not connect.
    open at rcpt after 2 [] It takes mail for <postmaster@mx.brand.example>.
    tarpit at ehlo after 1 [slow-reply] It let us wait long for two replies.
    unknown at banner after 1 [] It accepted the connection and said nothing at banner.
    ");
}
