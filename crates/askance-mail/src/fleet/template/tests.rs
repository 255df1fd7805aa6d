use super::*;

fn check(pairs: &[(&str, &[&str])]) -> String {
    let pairs: Vec<(String, Vec<String>)> = pairs
        .iter()
        .map(|(name, partners)| ((*name).to_owned(), partners.iter().map(|p| (*p).to_owned()).collect()))
        .collect();
    let Some(template) = Template::of(&pairs) else { return "none".to_owned() };
    let mut text = format!("{template}: {} of {}", template.members.len(), pairs.len());
    for (name, why) in &template.exceptions {
        text.push_str(&format!("; {name}: {why}"));
    }
    text
}

#[test]
fn a_pair_of_affixes_and_a_partner() {
    insta::assert_snapshot!(check(&[
        ("mail1.seaside-email.example", &["seaside1.partner.example"]),
        ("mail1.grand-hotel-email.example", &["grand-hotel3.partner.example"]),
        ("mail1.tower-email.example", &["tower12.partner.example"]),
        ("mail1.harbour-email.example", &["bulk7.other.example"]),
        ("www.harbour.example", &[]),
        ("mail1.forest-email.example", &["forest2.partner.example"]),
        ("mail1.castle-email.example", &["castle2.partner.example"]),
    ]), @"mail1.<x>-email.example with <x><n>.partner.example: 5 of 7; mail1.harbour-email.example: partner bulk7.other.example; www.harbour.example: another form of name");
}

#[test]
fn numbers_in_the_names_may_differ() {
    insta::assert_snapshot!(check(&[
        ("mail1.seaside-email.example", &[]),
        ("mail22.tower-email.example", &[]),
        ("mail3.castle-email.example", &[]),
        ("mail4.forest-email.example", &[]),
    ]), @"mail<n>.<x>-email.example: 4 of 4");
}

#[test]
fn hyphens_may_be_left_out_in_the_partner() {
    insta::assert_snapshot!(check(&[
        ("mail1.grand-hotel-email.example", &["grandhotel1.partner.example"]),
        ("mail1.sea-side-email.example", &["seaside1.partner.example"]),
        ("mail1.old-tower-email.example", &["oldtower1.partner.example"]),
    ]), @"mail1.<x>-email.example with <x without hyphens><n>.partner.example: 3 of 3");
}

#[test]
fn names_without_anything_in_common_have_no_template() {
    assert_eq!(check(&[("a.example", &[]), ("b.test", &[]), ("c.invalid", &[])]), "none");
    assert_eq!(check(&[("mail1.a-email.example", &[]), ("mail1.b-email.example", &[])]), "none");
}
