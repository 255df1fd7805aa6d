//! Both sides of a session against each other, and each against anything at all.

use proptest::prelude::*;

use super::{ClientConfig, ClientSession, Command, Reply, ReplyError, ServerSession};

/// How the server of a test answers.
type Answers = fn(&Command) -> Reply;

fn willing(command: &Command) -> Reply {
    match command {
        Command::Ehlo(_) => Reply {
            code: 250,
            enhanced: None,
            lines: vec!["mx.tradeschool.example".into(), "SIZE 10240000".into(), "STARTTLS".into()],
        },
        Command::Helo(_) => Reply::new(250, "mx.tradeschool.example"),
        Command::Data => Reply::new(354, "End data with <CR><LF>.<CR><LF>"),
        Command::RcptTo { address, .. } if address.starts_with("gone@") => {
            Reply::enhanced(550, (5, 1, 1), "User unknown")
        }
        Command::StartTls => Reply::enhanced(220, (2, 0, 0), "Ready to start TLS"),
        Command::Quit => Reply::enhanced(221, (2, 0, 0), "Bye"),
        Command::Malformed(reply) => reply.clone(),
        _ => Reply::enhanced(250, (2, 0, 0), "Ok"),
    }
}

fn letter(to: &[&str]) -> ClientConfig {
    ClientConfig {
        helo: "mail1.hotel-brand-email.example".into(),
        mail_from: "news@hotel-brand-email.example".into(),
        recipients: to.iter().map(|&a| a.into()).collect(),
        content: Some(b"Subject: hello\r\n\r\n.one\r\n..two\r\n".to_vec()),
        ..ClientConfig::default()
    }
}

/// Runs both sides until they are silent; gives the dialogue and the outcome.
fn dialogue(config: ClientConfig, banner: &Reply, answers: Answers) -> String {
    let mut log = String::new();
    let mut client = ClientSession::new(config);
    let mut server = ServerSession::new("mx.tradeschool.example");
    let mut to_client = server.greet(banner);
    while !client.is_over() {
        for line in to_client.split_inclusive(|&b| b == b'\n') {
            log.push_str(&format!("S: {}\n", String::from_utf8_lossy(line).trim_end()));
        }
        let mut to_server = Vec::new();
        client.handle_octets(&core::mem::take(&mut to_client), &mut to_server);
        if client.wants_tls() {
            log.push_str("   (TLS)\n");
            client.handle_secured(&mut to_server);
        }
        for line in to_server.split_inclusive(|&b| b == b'\n') {
            log.push_str(&format!("C: {}\n", String::from_utf8_lossy(line).trim_end()));
        }
        server.handle_octets(&to_server);
        while let Some(command) = server.next() {
            to_client.extend(server.answer(&answers(&command)));
        }
        if server.is_over() && to_client.is_empty() {
            client.handle_closed();
        }
    }
    let outcome = client.finished().expect("over means decided");
    log.push_str(&format!("delivered={} secured={}\n", outcome.delivered, outcome.secured));
    for r in &outcome.recipients {
        let reply = r.reply.as_ref().map_or_else(|| "lost connection".into(), ToString::to_string);
        log.push_str(&format!("{} <- {reply} ({})\n", r.address, r.stage));
    }
    log
}

fn banner() -> Reply {
    Reply::new(220, "mx.tradeschool.example ESMTP")
}

#[test]
fn a_message_goes_to_those_who_exist() {
    insta::assert_snapshot!(dialogue(letter(&["gone@tradeschool.example", "office@tradeschool.example"]), &banner(), willing), @r"
    S: 220 mx.tradeschool.example ESMTP
    C: EHLO mail1.hotel-brand-email.example
    S: 250-mx.tradeschool.example
    S: 250-SIZE 10240000
    S: 250 STARTTLS
    C: MAIL FROM:<news@hotel-brand-email.example> SIZE=31
    S: 250 2.0.0 Ok
    C: RCPT TO:<gone@tradeschool.example>
    S: 550 5.1.1 User unknown
    C: RCPT TO:<office@tradeschool.example>
    S: 250 2.0.0 Ok
    C: DATA
    S: 354 End data with <CR><LF>.<CR><LF>
    C: Subject: hello
    C: 
    C: ..one
    C: ...two
    C: .
    S: 250 2.0.0 Ok
    C: QUIT
    S: 221 2.0.0 Bye
    delivered=true secured=false
    gone@tradeschool.example <- 550 5.1.1 User unknown (RCPT TO command)
    office@tradeschool.example <- 250 2.0.0 Ok (end of DATA command)
    ");
}

#[test]
fn a_call_out_stops_after_rcpt() {
    let config = ClientConfig {
        content: None,
        mail_from: String::new(),
        reset: true,
        starttls: true,
        ..letter(&["news@tradeschool.example"])
    };
    insta::assert_snapshot!(dialogue(config, &banner(), willing), @r"
    S: 220 mx.tradeschool.example ESMTP
    C: EHLO mail1.hotel-brand-email.example
    S: 250-mx.tradeschool.example
    S: 250-SIZE 10240000
    S: 250 STARTTLS
    C: STARTTLS
    S: 220 2.0.0 Ready to start TLS
       (TLS)
    C: EHLO mail1.hotel-brand-email.example
    S: 250-mx.tradeschool.example
    S: 250-SIZE 10240000
    S: 250 STARTTLS
    C: MAIL FROM:<>
    S: 250 2.0.0 Ok
    C: RCPT TO:<news@tradeschool.example>
    S: 250 2.0.0 Ok
    C: RSET
    S: 250 2.0.0 Ok
    C: QUIT
    S: 221 2.0.0 Bye
    delivered=false secured=true
    news@tradeschool.example <- 250 2.0.0 Ok (RCPT TO command)
    ");
}

#[test]
fn an_old_server_is_greeted_the_old_way() {
    let answers: Answers = |command| match command {
        Command::Ehlo(_) => Reply::new(502, "unimplemented"),
        Command::Message(content) => {
            assert_eq!(content, b"Subject: hello\r\n\r\n.one\r\n..two\r\n");
            Reply::new(452, "full")
        }
        other => willing(other),
    };
    insta::assert_snapshot!(dialogue(letter(&["office@tradeschool.example"]), &banner(), answers), @r"
    S: 220 mx.tradeschool.example ESMTP
    C: EHLO mail1.hotel-brand-email.example
    S: 502 unimplemented
    C: HELO mail1.hotel-brand-email.example
    S: 250 mx.tradeschool.example
    C: MAIL FROM:<news@hotel-brand-email.example>
    S: 250 2.0.0 Ok
    C: RCPT TO:<office@tradeschool.example>
    S: 250 2.0.0 Ok
    C: DATA
    S: 354 End data with <CR><LF>.<CR><LF>
    C: Subject: hello
    C: 
    C: ..one
    C: ...two
    C: .
    S: 452 full
    C: QUIT
    S: 221 2.0.0 Bye
    delivered=false secured=false
    office@tradeschool.example <- 452 full (end of DATA command)
    ");
}

#[test]
fn a_server_without_mail_says_so_and_waits_for_quit() {
    let banner = Reply::new(521, "lvpmta14.example does not accept mail from you (192.0.2.1)");
    insta::assert_snapshot!(dialogue(letter(&["office@tradeschool.example"]), &banner, willing), @r"
    S: 521 lvpmta14.example does not accept mail from you (192.0.2.1)
    C: QUIT
    S: 221 2.0.0 Bye
    delivered=false secured=false
    office@tradeschool.example <- 521 lvpmta14.example does not accept mail from you (192.0.2.1) (initial server greeting)
    ");
}

#[test]
fn a_server_that_leaves_in_the_middle_decides_for_all() {
    let answers: Answers = |command| match command {
        Command::RcptTo { address, .. } if address.starts_with("two@") => Reply::enhanced(421, (4, 3, 2), "bye"),
        other => willing(other),
    };
    insta::assert_snapshot!(dialogue(letter(&["one@tradeschool.example", "two@tradeschool.example"]), &banner(), answers), @r"
    S: 220 mx.tradeschool.example ESMTP
    C: EHLO mail1.hotel-brand-email.example
    S: 250-mx.tradeschool.example
    S: 250-SIZE 10240000
    S: 250 STARTTLS
    C: MAIL FROM:<news@hotel-brand-email.example> SIZE=31
    S: 250 2.0.0 Ok
    C: RCPT TO:<one@tradeschool.example>
    S: 250 2.0.0 Ok
    C: RCPT TO:<two@tradeschool.example>
    S: 421 4.3.2 bye
    C: QUIT
    delivered=false secured=false
    one@tradeschool.example <- 421 4.3.2 bye (RCPT TO command)
    two@tradeschool.example <- 421 4.3.2 bye (RCPT TO command)
    ");
}

/// Feeds octets to a server that accepts everything; gives commands and codes.
fn served(octets: &[u8], piece: usize) -> String {
    let mut server = ServerSession::new("mx.tradeschool.example");
    server.greet(&banner());
    let mut out = String::new();
    for piece in octets.chunks(piece.max(1)) {
        server.handle_octets(piece);
        while let Some(command) = server.next() {
            let reply = willing(&command);
            server.answer(&reply);
            match command {
                Command::Malformed(reply) => out.push_str(&format!("{reply}\n")),
                Command::Message(content) => out.push_str(&format!("Message({})\n", content.escape_ascii())),
                other => out.push_str(&format!("{other:?} -> {}\n", reply.code)),
            }
        }
    }
    out
}

#[test]
fn commands_are_read_as_people_send_them() {
    let session = b"mail from:<a@b.example>\r\nEHLO\r\nehlo probe.example\nRCPT TO:<x@b.example>\r\nDATA\r\n\
        MAIL FROM: <@relay.example:\"a>b\"@b.example> SIZE=10 BODY=8BITMIME\r\nMAIL FROM:<>\r\nRCPT TO:<>\r\nDATA\r\n\
        RCPT TO:<gone@b.example>\r\nDATA\r\nRCPT TO:<postmaster>\r\nDATA now\r\nSTARTTLS\r\nDATA\r\n\
        ..a\r\n.\n.\r\n\xff\n.\r\r\n\r\n.\r\nVRFY root\r\nEXPN staff\r\nMAIL FROM:a@b.example\r\nNOOP x\r\nRSET\r\n\xff\r\n\r\nSTARTTLS\r\n";
    let whole = served(session, session.len());
    insta::assert_snapshot!(whole, @r#"
    503 5.5.1 Error: send HELO/EHLO first
    501 Syntax: EHLO hostname
    Ehlo("probe.example") -> 250
    503 5.5.1 Error: need MAIL command
    503 5.5.1 Error: need MAIL command
    MailFrom { address: "\"a>b\"@b.example", params: ["SIZE=10", "BODY=8BITMIME"] } -> 250
    503 5.5.1 Error: nested MAIL command
    501 5.5.4 Syntax: RCPT TO:<address>
    503 5.5.1 Error: need RCPT command
    RcptTo { address: "gone@b.example", params: [] } -> 550
    554 5.5.1 Error: no valid recipients
    RcptTo { address: "postmaster", params: [] } -> 250
    501 5.5.4 Syntax: DATA
    503 5.5.1 Error: MAIL transaction in progress
    Data -> 354
    Message(.a\r\n\n.\r\n\xff\n.\r\r\n\r\n)
    Vrfy("root") -> 250
    Other("EXPN staff") -> 250
    501 5.5.4 Syntax: MAIL FROM:<address>
    Noop -> 250
    Rset -> 250
    500 5.5.2 Error: bad syntax
    Other("") -> 250
    StartTls -> 220
    "#);
    assert_eq!(served(session, 1), served(session, 7), "where the stream is cut does not matter");
}

#[test]
fn what_stood_behind_starttls_is_dropped() {
    insta::assert_snapshot!(served(b"EHLO a.example\r\nSTARTTLS\r\nMAIL FROM:<evil@b.example>\r\n", 100), @r#"
    Ehlo("a.example") -> 250
    StartTls -> 220
    "#);
}

#[test]
fn a_line_without_end_is_bounded() {
    let mut line = vec![b'x'; 5000];
    line.extend(b"\r\nNOOP\r\n");
    insta::assert_snapshot!(served(&line, 100), @r"
    500 5.5.2 Error: line too long
    Noop -> 250
    ");
}

#[test]
fn a_client_that_never_listens_is_sent_away() {
    let mut server = ServerSession::new("mx.tradeschool.example");
    server.greet(&banner());
    for _ in 0..20_000 {
        server.handle_octets(b"NOOP\r\n");
    }
    assert!(matches!(server.next(), Some(Command::Malformed(reply)) if reply.code == 421));
}

#[test]
fn replies_that_are_none() {
    let check = |octets: &[u8], want| assert_eq!(Reply::parse(octets), want, "{}", octets.escape_ascii());
    check(b"250-a\r\n", None);
    check(b"250-a\r\n550 b\r\n", Some(Err(ReplyError::MixedCodes)));
    check(b"hello\r\n", Some(Err(ReplyError::NoCode)));
    check(b"25\r\n", Some(Err(ReplyError::NoCode)));
    check(b"999 x\r\n", Some(Err(ReplyError::NoCode)));
    check(b"250_x\r\n", Some(Err(ReplyError::NoCode)));
    check(&b"250-\r\n".repeat(200), Some(Err(ReplyError::TooManyLines)));
    check(&[b'2'; 3000], Some(Err(ReplyError::LineTooLong)));
    check(b"250\r\n", Some(Ok(Reply::new(250, ""))));
    check(b"550 4.1.1 not of this class\r\n", Some(Ok(Reply::new(550, "4.1.1 not of this class"))));
}

prop_compose! {
    fn any_reply()(
        class in prop::sample::select(vec![2u16, 3, 4, 5]),
        low in 0u16..100,
        subject in prop::option::of((0u16..1000, 0u16..1000)),
        lines in prop::collection::vec("[a-zA-Z][ -~]{0,30}", 1..5),
    ) -> Reply {
        let enhanced = subject.filter(|_| class != 3).map(|(s, d)| (u8::try_from(class).unwrap(), s, d));
        Reply { code: class * 100 + low, enhanced, lines }
    }
}

proptest! {
    #[test]
    fn a_reply_is_read_as_it_was_written(reply in any_reply()) {
        prop_assert_eq!(Reply::parse(&reply.render()), Some(Ok(reply)));
    }

    #[test]
    fn neither_side_panics(octets in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b'.'), Just(b'2'), Just(b'5'), Just(b'0'), Just(b' ')], 0..400), piece in 1usize..50) {
        served(&octets, piece);
        let mut client = ClientSession::new(letter(&["a@b.example"]));
        for piece in octets.chunks(piece) {
            client.handle_octets(piece, &mut Vec::new());
        }
        client.handle_closed();
        prop_assert!(client.finished().is_some() && client.is_over());
    }

    #[test]
    fn content_crosses_unchanged(lines in prop::collection::vec("[.a\r]{0,4}", 0..12), piece in 1usize..9) {
        let content: Vec<u8> = lines.iter().flat_map(|l| [l.trim_end_matches('\r').as_bytes(), b"\r\n"].concat()).collect();
        let mut wire = Vec::new();
        let mut client = ClientSession::new(ClientConfig { content: Some(content.clone()), ..letter(&["a@b.example"]) });
        client.handle_octets(b"220 a\r\n250 a\r\n250 a\r\n250 a\r\n354 a\r\n", &mut wire);
        let log = served(&wire, piece);
        let want = format!("Message({})\n", content.escape_ascii());
        prop_assert!(log.ends_with(&want), "{log}\n{want}");
    }
}
