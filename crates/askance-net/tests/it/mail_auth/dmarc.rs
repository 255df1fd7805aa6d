//! Alignment and policy judged by both.

use core::net::IpAddr;

use askance_proto::mail::{
    Discovery, Dkim, DkimSigner, Dmarc, DmarcPolicy, DmarcRequest, DmarcResult, Message, Spf, SpfRequest,
};
use mail_auth::dmarc::Policy;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{AuthenticatedMessage, DmarcResult as TheirResult, MessageAuthenticator};

use super::dkim::{ed25519, message};
use super::{changed, ours, txt, with_authenticator, zone};

/// Author domain below `example`, and what is published for it; subdomains find it by the tree walk of RFC 9989 §4.10.
const RECORDS: &[(&str, &str)] = &[
    ("relaxed", "v=DMARC1; p=reject"),
    ("strict", "v=DMARC1; p=quarantine; adkim=s; aspf=s"),
    ("tested", "v=DMARC1; p=reject; t=y"),
    ("below", "v=DMARC1; p=none; sp=quarantine"),
    ("sub.own", "v=DMARC1; p=reject"),
    ("own", "v=DMARC1; p=none"),
    ("reports", "v=DMARC1; rua=mailto:dmarc@reports.example"),
];

const AUTHORS: &[&str] =
    &["relaxed", "sub.relaxed", "strict", "sub.strict", "tested", "sub.below", "sub.own", "reports", "bare"];

/// Which domain signs and which is in the reverse-path, relative to the author's.
const IDENTITIES: &[(&str, &str)] = &[
    ("{}", "{}"),
    ("{}", "vendor.example"),
    ("vendor.example", "{}"),
    ("vendor.example", "vendor.example"),
    ("mail.{}", "rp.{}"),
];

const CLIENT: IpAddr = IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 10));

/// One message with what it claims.
struct Case {
    author: String,
    sender: String,
    message: Message,
}

fn cases() -> Vec<Case> {
    let all = AUTHORS.iter().flat_map(|author| IDENTITIES.iter().map(move |identities| (author, identities)));
    all.map(|(author, (signer, path))| {
        let author = format!("{author}.example");
        let unsigned = changed(&message(), "hotel-brand.example>", &format!("{author}>"));
        let signer = DkimSigner::new(ed25519(7), &signer.replace("{}", &author), "s1");
        let sender = format!("news@{}", path.replace("{}", &author));
        Case { author, sender, message: signer.sign(&unsigned, None) }
    })
    .collect()
}

/// Everything that the cases ask for, keys and policies included.
fn records() -> String {
    let record = ed25519(7).key_record();
    let mut text: String = RECORDS.iter().map(|(owner, policy)| txt(&format!("_dmarc.{owner}"), policy)).collect();
    let hosts = AUTHORS.iter().flat_map(|a| [(*a).to_owned(), format!("mail.{a}"), format!("rp.{a}")]);
    for host in hosts.chain(["vendor".to_owned()]) {
        text.push_str(&txt(&format!("s1._domainkey.{host}"), &record));
        text.push_str(&txt(&host, "v=spf1 ip4:192.0.2.0/24 -all"));
        text.push_str(&format!("{host} 300 A 192.0.2.10\n"));
    }
    text
}

async fn theirs(authenticator: &MessageAuthenticator, case: &Case) -> String {
    let parsed = AuthenticatedMessage::parse(case.message.octets()).expect("a message");
    let dkim = authenticator.verify_dkim(&parsed).await;
    let parameters = SpfParameters::verify_mail_from(CLIENT, "mail1.example", "mx.receiver.example", &case.sender);
    let spf = authenticator.verify_spf(parameters).await;
    let (_, domain) = case.sender.split_once('@').expect("an address");
    let output = authenticator.verify_dmarc(DmarcParameters::new(&parsed, &dkim, domain, &spf)).await;
    let [dkim, spf] = [output.dkim_result(), output.spf_result()].map(|result| *result == TheirResult::Pass);
    let applies = output.dmarc_record().is_some();
    let wanted = match output.policy() {
        _ if !applies || dkim || spf => "none",
        Policy::Reject => "reject",
        Policy::Quarantine => "quarantine",
        Policy::None | Policy::Unspecified => "none",
    };
    line(applies, dkim, spf, wanted)
}

fn line(applies: bool, dkim: bool, spf: bool, wanted: &str) -> String {
    format!("policy {applies}, DKIM aligned {dkim}, SPF aligned {spf}, wanted {wanted}")
}

#[test]
fn both_find_the_same_policy_and_alignment() {
    let zone = zone(&records());
    let cases = cases();
    let told = with_authenticator(3, &zone, async |authenticator| {
        let mut told = Vec::new();
        for case in &cases {
            told.push(theirs(authenticator, case).await);
        }
        told
    });
    let mut seen = String::new();
    for (case, theirs) in cases.iter().zip(&told) {
        let dkim = ours(&zone, Dkim::new(&case.message, 0));
        let request = SpfRequest {
            client: CLIENT,
            helo: "mail1.example".to_owned(),
            mail_from: case.sender.clone(),
            receiver: "mx.receiver.example".to_owned(),
            now_s: 0,
        };
        let domain = request.domain().to_owned();
        let request = DmarcRequest {
            author_domain: case.message.author_domain().expect("one author"),
            spf: Some((ours(&zone, Spf::new(request)).result, domain)),
            dkim: dkim.passing_domains().map(str::to_owned).collect(),
            discovery: Discovery::TreeWalk,
            draw: 0,
        };
        assert_eq!(request.author_domain, case.author);
        assert!(!request.dkim.is_empty(), "every signature passes");
        let verdict = ours(&zone, Dmarc::new(request));
        let applies = verdict.result != DmarcResult::None;
        let wanted = if verdict.result == DmarcResult::Fail { verdict.disposition } else { DmarcPolicy::None };
        let line = line(applies, verdict.dkim_aligned, verdict.spf_aligned, &wanted.to_string());
        assert_eq!(&line, theirs, "author {}, {}, {:?}", case.author, case.sender, verdict.result);
        if case.sender.ends_with("vendor.example") {
            seen.push_str(&format!("{} {:?}: {line}\n", case.author, dkim.passing_domains().collect::<Vec<_>>()));
        }
    }
    assert_eq!(told.len(), AUTHORS.len() * IDENTITIES.len());
    insta::assert_snapshot!(seen, @r#"
    relaxed.example ["relaxed.example"]: policy true, DKIM aligned true, SPF aligned false, wanted none
    relaxed.example ["vendor.example"]: policy true, DKIM aligned false, SPF aligned false, wanted reject
    sub.relaxed.example ["sub.relaxed.example"]: policy true, DKIM aligned true, SPF aligned false, wanted none
    sub.relaxed.example ["vendor.example"]: policy true, DKIM aligned false, SPF aligned false, wanted reject
    strict.example ["strict.example"]: policy true, DKIM aligned true, SPF aligned false, wanted none
    strict.example ["vendor.example"]: policy true, DKIM aligned false, SPF aligned false, wanted quarantine
    sub.strict.example ["sub.strict.example"]: policy true, DKIM aligned true, SPF aligned false, wanted none
    sub.strict.example ["vendor.example"]: policy true, DKIM aligned false, SPF aligned false, wanted quarantine
    tested.example ["tested.example"]: policy true, DKIM aligned true, SPF aligned false, wanted none
    tested.example ["vendor.example"]: policy true, DKIM aligned false, SPF aligned false, wanted quarantine
    sub.below.example ["sub.below.example"]: policy true, DKIM aligned true, SPF aligned false, wanted none
    sub.below.example ["vendor.example"]: policy true, DKIM aligned false, SPF aligned false, wanted quarantine
    sub.own.example ["sub.own.example"]: policy true, DKIM aligned true, SPF aligned false, wanted none
    sub.own.example ["vendor.example"]: policy true, DKIM aligned false, SPF aligned false, wanted reject
    reports.example ["reports.example"]: policy true, DKIM aligned true, SPF aligned false, wanted none
    reports.example ["vendor.example"]: policy true, DKIM aligned false, SPF aligned false, wanted none
    bare.example ["bare.example"]: policy false, DKIM aligned false, SPF aligned false, wanted none
    bare.example ["vendor.example"]: policy false, DKIM aligned false, SPF aligned false, wanted none
    "#);
}
