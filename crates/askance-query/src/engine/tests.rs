use askance_record::{Explain as _, Timestamp};

use super::*;
use crate::samples::{add, connection, engine, json, many, reject, source};

const LINES: &str = "
    10 192.0.2.9 A Mail1.hotel.example NOERROR 300 A 192.0.2.5
    20.5 192.0.2.9 PTR 5.2.0.192.in-addr.arpa NOERROR 60 PTR mail1.hotel.example
    30 - A gone.hotel.example NXDOMAIN
    40 192.0.2.8 A mail1.hotel.example";

#[test]
fn lookups_have_the_columns_of_the_contract() {
    let (engine, _dir) = engine(&[source("log", LINES)]);
    insta::assert_snapshot!(json(&engine, "SELECT * FROM lookups ORDER BY ts LIMIT 3"), @r#"
    {"ts":"1970-01-01T00:00:10Z","vantage":"resolver-client","client":"192.0.2.9","client_port":null,"server":null,"transport":null,"id":null,"qname":"mail1.hotel.example","qname_raw":"Mail1.hotel.example","qtype":"A","qclass":"IN","rcode":"NOERROR","flags":null,"answers":"@ 300 A 192.0.2.5","ttl_min_s":300,"rtt_us":null,"source":"log","at_byte":0,"at_kind":"line","at_unit":1,"tap":"log","side":"both","cached":null,"negative_ttl_s":null,"count":1}
    {"ts":"1970-01-01T00:00:20.5Z","vantage":"resolver-client","client":"192.0.2.9","client_port":null,"server":null,"transport":null,"id":null,"qname":"5.2.0.192.in-addr.arpa","qname_raw":"5.2.0.192.in-addr.arpa","qtype":"PTR","qclass":"IN","rcode":"NOERROR","flags":null,"answers":"@ 60 PTR mail1.hotel.example","ttl_min_s":60,"rtt_us":null,"source":"log","at_byte":100,"at_kind":"line","at_unit":2,"tap":"log","side":"both","cached":null,"negative_ttl_s":null,"count":1}
    {"ts":"1970-01-01T00:00:30Z","vantage":"resolver-client","client":null,"client_port":null,"server":null,"transport":null,"id":null,"qname":"gone.hotel.example","qname_raw":"gone.hotel.example","qtype":"A","qclass":"IN","rcode":"NXDOMAIN","flags":null,"answers":"","ttl_min_s":null,"rtt_us":null,"source":"log","at_byte":200,"at_kind":"line","at_unit":3,"tap":"log","side":"both","cached":null,"negative_ttl_s":null,"count":1}
    "#);
    let columns = "ts, vantage, client, client_port, server, transport, id, qname, qname_raw, qtype, qclass, rcode, flags, \
                   answers, ttl_min_s, rtt_us, source, at_byte";
    let rows = engine.sql("SELECT * FROM lookups").expect("plans");
    let names: Vec<String> = rows.schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names[..18].join(", "), columns);
    insta::assert_snapshot!(json(&engine, &format!("SELECT count(*) n FROM (SELECT {columns} FROM lookups)")), @r#"{"n":4}"#);
}

#[test]
fn the_other_tables_are_there_even_when_empty() {
    let (engine, dir) = engine(&[]);
    for table in ["lookups", "flows", "mail", "ledger", "rejections", "families"] {
        assert_eq!(json(&engine, &format!("SELECT count(*) AS n FROM {table}")), "{\"n\":0}\n", "{table}");
    }
    add(dir.path(), &source("log", LINES), &[connection(1, "192.0.2.9", "192.0.2.5")], &[reject(2)]);
    let engine = Engine::open(dir.path()).expect("readable");
    insta::assert_snapshot!(json(&engine, "SELECT * FROM flows"), @r#"{"ts":"1970-01-01T00:00:01Z","ts_end":null,"src":"192.0.2.9","src_port":null,"dst":"192.0.2.5","dst_port":25,"proto":"tcp","packets":null,"bytes":null,"state":null,"established":true,"source":"log","at_byte":0,"at_kind":"line","at_unit":0,"tap":"log"}"#);
    insta::assert_snapshot!(json(&engine, "SELECT * FROM mail"), @r#"{"ts":"1970-01-01T00:00:02Z","kind":"reject","host":"mx","program":null,"queue_id":null,"peer":"192.0.2.5","peer_name":null,"helo":null,"mail_from":"a@hotel.example","rcpt_to":null,"code":521,"text":null,"source":"log","at_byte":0,"at_kind":"line","at_unit":0,"tap":"log"}"#);
    insta::assert_snapshot!(json(&engine, "SELECT * FROM ledger"), @r#"{"source":"log","format":"test","in":7,"lookups":4,"flows":1,"mail":1,"paired":0,"rejected":1,"unrelated":0,"duplicates":0,"assumptions":"","vantage":"resolver-client","tap":"log","resolution":null,"first":"1970-01-01T00:00:01Z","last":"1970-01-01T00:00:40Z","size":1,"sha256":"sha of log","options":""}"#);
    insta::assert_snapshot!(json(&engine, "SELECT * FROM rejections"), @r#"{"source":"log","kind":"rejected","reason":"bad name","count":1,"first_at":"line 99","first_byte":0,"example":"x..y"}"#);
    insta::assert_snapshot!(json(&engine, "SELECT member, head, relation FROM families"), @r#"{"member":"5.2.0.192.in-addr.arpa","head":"mail1.hotel.example","relation":"ptr"}"#);
    assert_eq!(
        json(&engine, r#"SELECT "in" - lookups - flows - mail - paired - rejected AS x FROM ledger"#),
        "{\"x\":0}\n"
    );
}

#[test]
fn instants_of_any_grain_compare() {
    // The first file keeps milliseconds, the second microseconds.
    let (engine, _dir) = engine(&[
        source("coarse", "100 192.0.2.1 A a.example\n200 192.0.2.1 A a.example"),
        source("fine", "100.000001 192.0.2.1 A a.example\n200 192.0.2.1 A a.example"),
    ]);
    let sql = "SELECT source, ts FROM lookups WHERE ts < TIMESTAMP '1970-01-01T00:03:20Z' AND ts >= '1970-01-01T00:01:40Z' \
               ORDER BY ts";
    insta::assert_snapshot!(json(&engine, sql), @r#"
    {"source":"coarse","ts":"1970-01-01T00:01:40Z"}
    {"source":"fine","ts":"1970-01-01T00:01:40.000001Z"}
    "#);
    let sql = "SELECT date_trunc('minute', ts) AS minute, count(*) AS n FROM lookups GROUP BY 1 ORDER BY 1";
    insta::assert_snapshot!(json(&engine, sql), @r#"
    {"minute":"1970-01-01T00:01:00Z","n":2}
    {"minute":"1970-01-01T00:03:00Z","n":2}
    "#);
}

#[test]
fn an_error_says_where_and_what_there_is() {
    let (engine, _dir) = engine(&[source("log", LINES)]);
    let show = |sql: &str| {
        let error = match engine.sql(sql) {
            Ok(rows) => rows.write_csv(&mut Vec::new()).expect_err("fails"),
            Err(error) => error,
        };
        let help = error.help().unwrap_or_default();
        format!("{} {:?}: {error}\n  {}\n", error.code(), error.at(), help.chars().take(90).collect::<String>())
    };
    let statements = [
        "SELEC 1",
        "SELECT\n  nam FROM lookups",
        "SELECT 1 FROM lookup",
        "SELECT couunt(ts) FROM lookups",
        "DROP TABLE lookups",
        "INSERT INTO ledger SELECT * FROM ledger",
        "COPY lookups TO '/tmp/x.csv'",
        "CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '/'",
        "SET datafusion.execution.batch_size = 1",
        "SELECT 1 / (id - id) FROM lookups WHERE ts / 0 = 1",
        "SELECT CAST(qname AS INT) FROM lookups",
    ];
    insta::assert_snapshot!(statements.map(show).concat(), @r#"
    query::sql Some((1, 1)): Expected: an SQL statement, found: SELEC at Line: 1, Column: 1
      the dialect is that of DataFusion, close to PostgreSQL's
    query::sql Some((2, 3)): No field named nam. Did you mean 'lookups.qname'?
      there are lookups(ts, vantage, client, client_port, server, transport, id, qname, qname_ra
    query::sql Some((1, 15)): table 'datafusion.public.lookup' not found
      there are lookups(ts, vantage, client, client_port, server, transport, id, qname, qname_ra
    query::sql Some((1, 8)): Invalid function 'couunt'. Did you mean 'count'?
      
    query::read-only None: only SELECT statements are answered: DDL not supported: DropTable
      an archive is added to with `askance intake`
    query::read-only None: only SELECT statements are answered: DML not supported: Insert Into
      an archive is added to with `askance intake`
    query::read-only None: only SELECT statements are answered: DML not supported: COPY
      an archive is added to with `askance intake`
    query::read-only None: only SELECT statements are answered: DDL not supported: CreateExternalTable
      an archive is added to with `askance intake`
    query::read-only None: only SELECT statements are answered: Statement not supported: SetVariable
      an archive is added to with `askance intake`
    query::sql None: Cannot coerce arithmetic expression Timestamp(µs, "UTC") / Int64 to valid types
      
    query::failed None: the query failed: Arrow error: Cast error: Cannot cast string 'mail1.hotel.example' to value of Int32 type
    "#);
}

#[test]
fn a_query_beyond_the_memory_limit_fails_or_spills_but_does_not_eat_the_machine() {
    let (_, dir) = engine(&[source("log", &many(3000, 7))]);
    let options = Options { memory_octets_max: 20_000, partitions: 2 };
    let engine = Engine::open_with(dir.path(), &options).expect("readable");
    let error = engine
        .sql("SELECT a.qname, array_agg(b.qname) FROM lookups a JOIN lookups b ON a.client = b.client GROUP BY 1")
        .and_then(|rows| rows.write_csv(&mut Vec::new()))
        .expect_err("20 kB are not enough");
    assert_eq!(error.code(), "query::memory", "{error}");
}

#[test]
fn a_source_is_found_by_its_index() {
    let (engine, _dir) = engine(&[source("log", LINES)]);
    assert_eq!(engine.sources()[0].first(), Some(Timestamp::from_s(10)));
}
