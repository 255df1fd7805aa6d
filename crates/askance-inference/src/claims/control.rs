//! "It is X's server": who of five stands where.
//!
//! A name has no one owner. Who registered it, who is its contact, who runs its zone, who runs the address and who
//! sends from it may be five parties; a claim about one role says nothing of another. There is no statistic here.

use super::finding::{Checked, Condition, Verdict};

/// How somebody may stand to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Registered the name.
    Registrant,
    /// Runs the name servers of its zone.
    DnsOperator,
    /// Runs the network of its address.
    AddressOperator,
    /// Sends from it, or runs the host.
    Sender,
    /// Is the contact that the registration names.
    AdministrativeContact,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Registrant, Self::DnsOperator, Self::AddressOperator, Self::Sender, Self::AdministrativeContact];

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registrant => "registrant",
            Self::DnsOperator => "dns-operator",
            Self::AddressOperator => "address-operator",
            Self::Sender => "sender",
            Self::AdministrativeContact => "administrative-contact",
        }
    }
}

/// The answer of [`controlled_by`].
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// The verdict of these records.
    pub verdict: Verdict,
    /// The conditions.
    pub checks: Vec<Checked>,
    /// Roles that the party has by some record.
    pub has: Vec<Role>,
    /// Roles that another party has by some record.
    pub has_not: Vec<Role>,
    /// Roles of which no record speaks.
    pub unknown: Vec<Role>,
    /// Roles of which records disagree.
    pub disputed: Vec<Role>,
}

/// Whether a party stands to a name as a claim says.
///
/// - `facts`: (role, party) as records name them; several for a role where they disagree
/// - `role`: of the claim; `None` where it only says "controls": that is all that make it answer, and
///   supported only if the party has all roles that are known, at least name servers and sending
pub fn controlled_by(facts: &[(Role, &str)], party: &str, role: Option<Role>) -> Control {
    let mut out = Control {
        verdict: Verdict::CannotBeTested,
        checks: Vec::new(),
        has: Vec::new(),
        has_not: Vec::new(),
        unknown: Vec::new(),
        disputed: Vec::new(),
    };
    for of in Role::ALL {
        let named: Vec<&str> = facts.iter().filter(|f| f.0 == of).map(|f| f.1).collect();
        let own = named.iter().filter(|&&name| name == party).count();
        match (named.len(), own) {
            (0, _) => out.unknown.push(of),
            (all, own) if all == own => out.has.push(of),
            (_, 0) => out.has_not.push(of),
            _ => out.disputed.push(of),
        }
    }
    let known = match role {
        Some(role) => !out.unknown.contains(&role),
        None => [Role::DnsOperator, Role::Sender].iter().all(|r| !out.unknown.contains(r)),
    };
    out.checks.push(Checked::yes(Condition::RoleKnown, known));
    let verdict = match role {
        Some(role) if out.has.contains(&role) => Verdict::Supported,
        Some(role) if out.has_not.contains(&role) => Verdict::Contradicted,
        None if out.has_not.is_empty() && out.disputed.is_empty() => Verdict::Supported,
        None if out.has.is_empty() && out.disputed.is_empty() => Verdict::Contradicted,
        // Records disagree, or name some roles and not others: the word claims more than they hold.
        _ => Verdict::DoesNotDiscriminate,
    };
    out.verdict = verdict.under(&out.checks);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_roles_are_five_answers() {
        let facts = [
            (Role::Registrant, "Hotel"),
            (Role::DnsOperator, "Agency"),
            (Role::AddressOperator, "Carrier"),
            (Role::Sender, "Mailer"),
            (Role::AdministrativeContact, "Hotel"),
        ];
        let check = |party: &str, role: Option<Role>| controlled_by(&facts, party, role).verdict;
        assert_eq!(check("Hotel", Some(Role::Registrant)), Verdict::Supported);
        assert_eq!(check("Hotel", Some(Role::Sender)), Verdict::Contradicted);
        assert_eq!(check("Hotel", None), Verdict::DoesNotDiscriminate, "some roles are not control");
        assert_eq!(check("Nobody", None), Verdict::Contradicted);
        let known_only_registrant = controlled_by(&facts[..1], "Hotel", None);
        assert_eq!(known_only_registrant.verdict, Verdict::CannotBeTested);
        assert_eq!(known_only_registrant.unknown.len(), 4);
        let disputed = controlled_by(&[(Role::Sender, "A"), (Role::Sender, "B")], "A", Some(Role::Sender));
        assert_eq!(
            (disputed.verdict, disputed.disputed.as_slice()),
            (Verdict::DoesNotDiscriminate, [Role::Sender].as_slice())
        );
    }
}
