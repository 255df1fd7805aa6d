use crate::samples::{engine, many, source};

const SQL: &str = "SELECT 1 AS one, 'a\u{1b}[31mb' AS \"hostile\", NULL AS nothing, '' AS \"empty\", 'x,\"y' AS csv, \
    TIMESTAMP '2026-03-01T10:00:00.5Z' AS ts, 1.5 AS f, true AS yes, 18446744073709551615 AS big, x'00ff' AS octets, \
    array_agg(qname ORDER BY qname) AS names FROM lookups";

#[test]
fn an_answer_can_be_a_table_json_or_csv() {
    let (engine, _dir) = engine(&[source("log", "1 192.0.2.1 A b.example\n2 192.0.2.1 A a.example")]);
    let shown = |how: &str| {
        let mut out = Vec::new();
        let rows = engine.sql(SQL).expect("plans");
        let n = match how {
            "table" => rows.write_table(&mut out, None),
            "narrow" => rows.write_table(&mut out, Some(100)),
            "json" => rows.write_json_lines(&mut out),
            _ => rows.write_csv(&mut out),
        };
        assert_eq!(n.expect("runs"), 1);
        String::from_utf8(out).expect("text")
    };
    insta::assert_snapshot!(shown("table"), @r#"
    one  hostile       nothing  empty  csv   ts                      f    yes   big                   octets  names
    ---  ------------  -------  -----  ----  ----------------------  ---  ----  --------------------  ------  -------------------------
      1  a\u{1b}[31mb  -               x,"y  2026-03-01T10:00:00.5Z  1.5  true  18446744073709551615  00ff    ["a.example","b.example"]
    "#);
    insta::assert_snapshot!(shown("narrow"), @r#"
    one  hostile       nothing  empty  csv   ts            f    yes   big           octets  names
    ---  ------------  -------  -----  ----  ------------  ---  ----  ------------  ------  ------------
      1  a\u{1b}[31mb  -               x,"y  2026-03-01T…  1.5  true  18446744073…  00ff    ["a.example…
    "#);
    assert!(shown("narrow").lines().all(|line| line.chars().count() <= 108));
    insta::assert_snapshot!(shown("json"), @r#"{"one":1,"hostile":"a\u001b[31mb","nothing":null,"empty":"","csv":"x,\"y","ts":"2026-03-01T10:00:00.5Z","f":1.5,"yes":true,"big":18446744073709551615,"octets":"00ff","names":["a.example","b.example"]}"#);
    insta::assert_snapshot!(shown("csv"), @r#"
    one,hostile,nothing,empty,csv,ts,f,yes,big,octets,names
    1,a[31mb,,"","x,""y",2026-03-01T10:00:00.5Z,1.5,true,18446744073709551615,00ff,"[""a.example"",""b.example""]"
    "#);
}

#[test]
fn a_table_stays_aligned_beyond_its_sample() {
    let (engine, _dir) = engine(&[source("log", &many(2500, 1))]);
    let mut out = Vec::new();
    let rows = engine.sql("SELECT qname, at_byte FROM lookups ORDER BY ts").expect("plans");
    assert_eq!(rows.write_table(&mut out, Some(80)).expect("runs"), 2500);
    let text = String::from_utf8(out).expect("text");
    assert_eq!(text.lines().count(), 2502);
    assert_eq!(text.lines().next_back(), Some("n2499.example   249900"));
}
