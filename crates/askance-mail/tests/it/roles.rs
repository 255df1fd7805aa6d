//! Statements about roles, side by side.

use askance_mail::{Evidence, Posture, PostureRequest, Role};
use askance_record::{Name, Timestamp};

use crate::world::changed;

fn lines(posture: &Posture) -> String {
    let all = [Role::Registrant, Role::AdminContact, Role::DnsOperator, Role::AddressOperator, Role::SendingOperator];
    let mut text = String::new();
    for role in all {
        let differ = if posture.roles.differ(role) { " (differ)" } else { "" };
        text.push_str(&format!("{}{differ}\n", role.as_str()));
        for said in posture.roles.of(role) {
            let at = said.at.map_or("undated".to_owned(), |at| at.to_string());
            text.push_str(&format!("  {} | {} | {} | {at}\n", said.says, said.by, said.source));
        }
    }
    text
}

#[test]
fn conflicting_statements_stay_side_by_side() {
    let (world, _) = changed(
        "-hotel-brand.example NS
         +hotel-brand.example NS ns1.partner.example.
         +hotel-brand.example NS ns2.partner.example.
         -hotel-brand.example TXT
         +hotel-brand.example TXT \"v=spf1 include:partner.example -all\"
         +partner.example TXT \"v=spf1 ip4:192.0.2.0/24 -all\"",
    );
    let mut request = PostureRequest::new(Name::parse("hotel-brand.example").unwrap(), "zone files");
    request.at = Some(Timestamp::from_s(1_456_790_400));
    let said = |role, text: &str, at| Evidence { role, source: "whois".to_owned(), at, text: text.to_owned() };
    request.evidence = vec![
        said(Role::Registrant, "Registrant: Hotel Brand Ltd", Some(Timestamp::from_s(1_400_000_000))),
        said(Role::Registrant, "Registrant: Partner Inc.", None),
        said(Role::AddressOperator, "OrgName: Example Net", None),
    ];
    insta::assert_snapshot!(lines(&world.posture_of(request)), @r"
    registrant (differ)
      Registrant: Hotel Brand Ltd | quotation | whois | 2014-05-13T16:53:20Z
      Registrant: Partner Inc. | quotation | whois | undated
    admin-contact
      hostmaster@hotel-brand.example | SOA hotel-brand.example | zone files | 2016-03-01T00:00:00Z
    dns-operator (differ)
      hotel-brand.example | SOA hotel-brand.example MNAME ns1.hotel-brand.example | zone files | 2016-03-01T00:00:00Z
      partner.example | NS hotel-brand.example ns1.partner.example | zone files | 2016-03-01T00:00:00Z
      partner.example | NS hotel-brand.example ns2.partner.example | zone files | 2016-03-01T00:00:00Z
    address-operator
      OrgName: Example Net | quotation | whois | undated
    sending-operator (differ)
      hotel-brand.example | PTR 192.0.2.10 hotel-brand.example | zone files | 2016-03-01T00:00:00Z
      partner.example | SPF hotel-brand.example include:partner.example | zone files | 2016-03-01T00:00:00Z
    ");
}
