//! Every code of a finding: what it means, where it is written, what to do.

use core::fmt;

use super::{Area, Severity};

macro_rules! codes {
    ($($name:ident $text:literal $area:ident $severity:ident $section:literal $what:literal $fix:literal;)*) => {
        /// What kind of finding it is; listed in `docs/reference/posture.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $what] $name,)*
        }

        impl Code {
            /// All of them, by the part of the configuration that they are about.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable identifier.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The part of the configuration.
            pub const fn area(self) -> Area {
                match self { $(Self::$name => Area::$area),* }
            }

            /// How much it matters.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),* }
            }

            /// Where it is written: document, section. A dash where no document speaks of it.
            pub const fn section(self) -> &'static str {
                match self { $(Self::$name => $section),* }
            }

            /// What it means.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $what),* }
            }

            /// What to do.
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix),* }
            }
        }
    };
}

codes! {
    NotInRecords "not-in-records" Records Info "-"
        "Lookups that the records at hand cannot answer; what depends on them is unknown"
        "give the zones that hold these names, or ask a live resolver";
    QuestionsCut "questions-cut" Records Note "-"
        "The configuration leads to more lookups than an audit makes; what follows them is not judged"
        "look at the records with most names first";
    LookupFailed "lookup-failed" Records Warn "RFC 1035, 4.1.1"
        "A server failed, refused or did not answer"
        "ask the servers of the zone one by one; a zone that is delegated and not served answers so";
    NameMissing "name-missing" Addresses Warn "RFC 8020, 2"
        "The name does not exist"
        "add records, or stop naming it";
    AddressMissing "address-missing" Addresses Info "RFC 5321, 5.1"
        "The name exists and has no address"
        "none needed where the name only receives mail by MX";
    AliasDangling "alias-dangling" Addresses Fault "RFC 1034, 3.6.2"
        "A chain of aliases ends in a name that does not exist"
        "remove the alias, or add the name that it leads to";
    AliasLoop "alias-loop" Addresses Fault "RFC 1034, 3.6.2"
        "A chain of aliases leads back to itself"
        "let one of them name a host";
    AddressOtherSender "address-other-sender" Addresses Note "RFC 7208, 5"
        "The name's address is one that another domain's reverse record and SPF policy name as its own sender"
        "remove the address record where the host now sends for somebody else";
    PtrMissing "ptr-missing" Reverse Warn "RFC 1912, 2.1"
        "An address of the name has no PTR record"
        "let the operator of the address add one";
    PtrUnconfirmed "ptr-unconfirmed" Reverse Warn "RFC 8601, 2.7.3"
        "No name that an address's PTR gives has that address"
        "give the name the address, or change the PTR record";
    PtrNameMissing "ptr-name-missing" Reverse Warn "RFC 1912, 2.1"
        "A PTR record gives a name that does not exist"
        "change the PTR record, or add the name";
    PtrZoneGone "ptr-zone-gone" Reverse Fault "RFC 1912, 2.1"
        "A PTR record gives a name whose registered domain does not exist or is not served"
        "change the PTR record";
    PtrOtherName "ptr-other-name" Reverse Info "RFC 8601, 2.7.3"
        "No PTR record of an address of the name gives that name"
        "none needed for a name that does not send; else let the PTR record and the name agree";
    PtrOtherDomain "ptr-other-domain" Reverse Note "RFC 1912, 2.1"
        "The PTR records of an address all give names of another registered domain"
        "ask who uses the address; change the PTR record if it is no longer that domain";
    PtrSeveral "ptr-several" Reverse Info "RFC 2181, 10.2"
        "An address has more than one PTR record"
        "allowed; programs that take the first one may see another each time";
    MxMissing "mx-missing" Mx Info "RFC 5321, 5.1"
        "The name has no MX record; mail goes to its address"
        "add an MX record, or a null MX where it takes no mail";
    MxNull "mx-null" Mx Info "RFC 7505, 3"
        "The name says that it takes no mail"
        "none needed; a domain that sends should be able to take replies";
    MxNullWithOthers "mx-null-with-others" Mx Fault "RFC 7505, 3"
        "A null MX stands beside others"
        "remove one or the others";
    MxTargetMissing "mx-target-missing" Mx Fault "RFC 5321, 5.1"
        "An MX record names a host that does not exist"
        "remove the record, or add the host";
    MxTargetNoAddress "mx-target-no-address" Mx Fault "RFC 5321, 5.1"
        "An MX record names a host without address"
        "give the host an address";
    MxTargetAlias "mx-target-alias" Mx Warn "RFC 2181, 10.3"
        "An MX record names an alias"
        "name the host that the alias leads to";
    NsSingle "ns-single" Zone Note "RFC 1034, 4.1"
        "The zone has one name server"
        "add a second one elsewhere";
    NsTargetMissing "ns-target-missing" Zone Fault "RFC 1912, 2.8"
        "An NS record names a host that does not exist or has no address"
        "remove the record, or give the host an address";
    NsTargetAlias "ns-target-alias" Zone Warn "RFC 2181, 10.3"
        "An NS record names an alias"
        "name the host that the alias leads to";
    SpfMissing "spf-missing" Spf Warn "RFC 7208, 3"
        "The name has no SPF policy"
        "publish one; `v=spf1 -all` where it never sends";
    SpfSeveral "spf-several" Spf Fault "RFC 7208, 4.5"
        "There is more than one SPF policy at one name"
        "make one of them";
    SpfSyntax "spf-syntax" Spf Fault "RFC 7208, 4.6"
        "A policy breaks the grammar, so that no verifier reads it"
        "correct the term";
    SpfLookups "spf-lookups" Spf Fault "RFC 7208, 4.6.4"
        "The policy takes more than 10 lookups, or an `mx` of it has more than 10 exchanges"
        "replace includes by networks, drop those that send no more";
    SpfVoids "spf-voids" Spf Fault "RFC 7208, 4.6.4"
        "More than 2 lookups of the policy find nothing"
        "drop the terms that find nothing";
    SpfCircle "spf-circle" Spf Fault "RFC 7208, 4.6.4"
        "A policy leads to itself"
        "drop the term";
    SpfIncludeMissing "spf-include-missing" Spf Fault "RFC 7208, 5.2"
        "An `include` or `redirect` names a domain without policy"
        "drop the term";
    SpfTemporary "spf-temporary" Spf Warn "RFC 7208, 2.6.6"
        "A lookup of the policy failed"
        "see to the servers of the name";
    SpfPassAll "spf-pass-all" Spf Fault "RFC 7208, 5.1"
        "The policy lets every address pass"
        "end it with `-all` or `~all`";
    SpfNoEnd "spf-no-end" Spf Note "RFC 7208, 4.7"
        "The policy ends without `all` and `redirect`: it says nothing of all other senders"
        "end it with `-all` or `~all`";
    SpfPtr "spf-ptr" Spf Note "RFC 7208, 5.5"
        "The policy uses `ptr`"
        "name the addresses";
    SpfUnreached "spf-unreached" Spf Note "RFC 7208, 5.1"
        "Terms stand where no sender reaches them"
        "move them before `all`, or drop them";
    SpfAddressOutside "spf-address-outside" Spf Note "RFC 7208, 2.4"
        "An address of the name, its exchanges or its PTR names does not pass its policy"
        "add the address where it sends for the name";
    DkimNoneFound "dkim-none-found" Dkim Info "RFC 6376, 3.6.2.1"
        "No key at any selector tried; selectors cannot be listed"
        "name the selector, as signed mail shows it";
    DkimRevoked "dkim-revoked" Dkim Info "RFC 6376, 3.6.1"
        "A key is revoked"
        "none needed; the record may go once no mail signed with it is under way";
    DkimTesting "dkim-testing" Dkim Note "RFC 6376, 3.6.1"
        "A key says that the domain only tests"
        "drop `t=y` when signing works";
    DkimKeyWeak "dkim-key-weak" Dkim Fault "RFC 8301, 3.2"
        "An RSA key has fewer than 1024 bits: verifiers must not accept it"
        "publish a key of 2048 bits";
    DkimKeyShort "dkim-key-short" Dkim Note "RFC 8301, 3.2"
        "An RSA key has fewer than 2048 bits"
        "publish a key of 2048 bits";
    DkimUnreadable "dkim-unreadable" Dkim Fault "RFC 6376, 3.6.1"
        "A record at a selector gives no key that can be used"
        "publish the key again";
    DkimSeveral "dkim-several" Dkim Warn "RFC 6376, 3.6.2.2"
        "More than one record stands at a selector; which one counts is undefined"
        "one record a selector";
    DmarcMissing "dmarc-missing" Dmarc Warn "RFC 9989, 4.10"
        "No DMARC policy applies to the name"
        "publish one at the organizational domain";
    DmarcSeveral "dmarc-several" Dmarc Fault "RFC 7489, 6.6.3"
        "There is more than one DMARC record at a name: none counts"
        "keep one";
    DmarcUnreadable "dmarc-unreadable" Dmarc Fault "RFC 9989, 4.7"
        "A DMARC record says nothing that can be used"
        "give it a `p=` that is a policy";
    DmarcNone "dmarc-none" Dmarc Note "RFC 9989, 4.7"
        "The policy asks for nothing to be done"
        "`p=quarantine` or `p=reject` when reports show that all mail passes";
    DmarcInherited "dmarc-inherited" Dmarc Info "RFC 9989, 4.10"
        "The policy that applies is of a domain above"
        "none needed";
    DmarcSubdomainWeaker "dmarc-subdomain-weaker" Dmarc Note "RFC 9989, 4.7"
        "The policy for names below is milder than for the domain"
        "raise `sp=` and `np=`, or drop them";
    DmarcNoReports "dmarc-no-reports" Dmarc Info "RFC 9989, 4.7"
        "The record asks for no aggregate reports"
        "add `rua=`";
    DmarcReportUnauthorised "dmarc-report-unauthorised" Dmarc Warn "RFC 7489, 7.1"
        "Reports go to another domain, which does not say that it takes them"
        "let that domain publish its `_report._dmarc` record";
    MtaStsMissing "mta-sts-missing" MtaSts Info "RFC 8461, 3.1"
        "The name has no MTA-STS record"
        "publish a record and a policy";
    MtaStsUnreadable "mta-sts-unreadable" MtaSts Fault "RFC 8461, 3.1"
        "The MTA-STS record cannot be used, or there are several"
        "one record: `v=STSv1; id=...`";
    MtaStsNotFetched "mta-sts-not-fetched" MtaSts Info "RFC 8461, 3.3"
        "The MTA-STS policy is told over HTTPS; it was not fetched"
        "fetch `https://mta-sts.NAME/.well-known/mta-sts.txt`";
    MtaStsHostMissing "mta-sts-host-missing" MtaSts Warn "RFC 8461, 3.3"
        "The host of the MTA-STS policy does not exist or has no address"
        "add the host `mta-sts`";
    TlsRptMissing "tls-rpt-missing" TlsRpt Info "RFC 8460, 3"
        "The name asks for no TLS reports"
        "publish `_smtp._tls`";
    TlsRptUnreadable "tls-rpt-unreadable" TlsRpt Fault "RFC 8460, 3"
        "The TLS reporting record cannot be used, or there are several"
        "one record: `v=TLSRPTv1; rua=...`";
    DaneMissing "dane-missing" Dane Info "RFC 7672, 2.2"
        "No exchange of the name has TLSA records"
        "publish them where the zone is signed";
    DaneUsage "dane-usage" Dane Warn "RFC 7672, 3.1.3"
        "A TLSA record of an exchange has a usage that senders of mail do not use"
        "usage 2 or 3";
    DaneUnreadable "dane-unreadable" Dane Fault "RFC 6698, 2.1"
        "A TLSA record of an exchange breaks its format"
        "publish it again";
    DaneUnsigned "dane-unsigned" Dane Warn "RFC 7672, 2.2"
        "TLSA records stand in a zone without DNSSEC: senders must not use them"
        "sign the zone, or drop them";
    BimiMissing "bimi-missing" Bimi Info "draft-brand-indicators-for-message-identification"
        "The name has no BIMI record"
        "none needed";
    BimiUnreadable "bimi-unreadable" Bimi Warn "draft-brand-indicators-for-message-identification"
        "The BIMI record cannot be used, or there are several"
        "one record: `v=BIMI1; l=https://...`";
    BimiWithoutPolicy "bimi-without-policy" Bimi Note "draft-brand-indicators-for-message-identification"
        "A BIMI record without a DMARC policy that asks for something: receivers show nothing"
        "raise the DMARC policy first";
    CaaMissing "caa-missing" Caa Info "RFC 8659, 3"
        "No CAA record applies: any authority may issue certificates"
        "publish one";
    CaaUnreadable "caa-unreadable" Caa Warn "RFC 8659, 4.1"
        "A CAA record breaks its format"
        "publish it again";
    DnssecUnsigned "dnssec-unsigned" Dnssec Info "RFC 4033, 5"
        "The zone is not signed"
        "sign it, if its operator offers that";
    DnssecNoDs "dnssec-no-ds" Dnssec Note "RFC 4035, 5.2"
        "The zone has keys and its parent no DS record: resolvers take it for unsigned"
        "hand the DS record to the registrar";
    DnssecNoKey "dnssec-no-key" Dnssec Fault "RFC 4035, 5.2"
        "The parent has a DS record and the zone no key: validating resolvers refuse its answers"
        "remove the DS record, or sign the zone";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
