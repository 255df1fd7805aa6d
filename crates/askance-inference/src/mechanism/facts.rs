//! What is known of each mechanism, in words: the registry behind `docs/explanation/mechanisms/`.
//!
//! Each page carries the summary and the decisive observation word for word, and names the mechanisms
//! and sources that stand here, in this order; tests compare. The relation of what can be confused is
//! symmetric: where the decisive observation of one is missing, neither can be told from the other.

use super::MechanismId as M;

#[cfg(test)]
mod tests;

/// What is known of a mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What makes such lookups, in one sentence.
    pub summary: &'static str,
    /// The observation that separates it from what it is confused with.
    pub decisive: &'static str,
    /// What it cannot be told from where the decisive observation is missing.
    pub confusable: &'static [M],
    /// Where its behaviour is documented, as the page names it.
    pub citations: &'static [&'static str],
    /// Its page, from the folder of the workspace.
    pub page: &'static str,
}

impl M {
    /// What is known of this mechanism.
    pub const fn about(self) -> &'static Facts {
        match self {
            Self::SenderVerification => &SENDER_VERIFICATION,
            Self::MailAuthentication => &MAIL_AUTHENTICATION,
            Self::DeliveryRetry => &DELIVERY_RETRY,
            Self::CacheRefresh => &CACHE_REFRESH,
            Self::ScheduledPoll => &SCHEDULED_POLL,
            Self::FirewallObject => &FIREWALL_OBJECT,
            Self::HumanUse => &HUMAN_USE,
            Self::StoredMailRescan => &STORED_MAIL_RESCAN,
            Self::Crawler => &CRAWLER,
            Self::RetryLoop => &RETRY_LOOP,
            Self::SearchSuffixLeak => &SEARCH_SUFFIX_LEAK,
            Self::Replay => &REPLAY,
            Self::Publicity => &PUBLICITY,
            Self::Beacon => &BEACON,
            Self::Tunnel => &TUNNEL,
            Self::TimingChannel => &TIMING_CHANNEL,
            Self::None => &NONE,
        }
    }
}

const SENDER_VERIFICATION: Facts = Facts {
    summary: "A mail server that receives a connection looks up who is calling: PTR of the peer's address, then the address of the \
              name that the PTR gives.",
    decisive: "A PTR lookup of the peer's address less than two seconds before the address lookup, and a mail connection from that \
               address at the same moment.",
    confusable: &[M::MailAuthentication, M::DeliveryRetry, M::CacheRefresh, M::HumanUse, M::StoredMailRescan],
    citations: &[
        "Postfix, postconf(5), smtpd_peername_lookup",
        "Exim specification, host_lookup",
        "Cisco document 118569",
        "RFC 8601, section 3",
        "RFC 1912, section 2.1",
    ],
    page: "docs/explanation/mechanisms/sender-verification.md",
};

const MAIL_AUTHENTICATION: Facts = Facts {
    summary: "A receiver, or a filter behind it, fetches the SPF, DKIM and DMARC records of the domain that a message names.",
    decisive: "TXT lookups of the domain, of a `_domainkey` name and of `_dmarc` within seconds of each other, while a message of \
               that domain comes in.",
    confusable: &[M::SenderVerification, M::StoredMailRescan],
    citations: &["RFC 7208, section 4.6.4", "RFC 6376, section 3.6.2", "RFC 7489, section 6.6.3", "RFC 9989"],
    page: "docs/explanation/mechanisms/mail-authentication.md",
};

const DELIVERY_RETRY: Facts = Facts {
    summary: "A sending mail server looks up where to deliver, fails, and looks it up again for each attempt along its retry schedule.",
    decisive: "MX lookups followed by the addresses of the MX hosts, at the gaps of a retry schedule, each beside an attempt in the \
               sender's mail log.",
    confusable: &[M::SenderVerification, M::ScheduledPoll, M::RetryLoop, M::TimingChannel],
    citations: &[
        "RFC 5321, section 4.5.4.1",
        "Postfix, postconf(5), minimal_backoff_time",
        "Exim specification, retry configuration",
        "qmail-send.c",
        "Microsoft, message retry intervals",
    ],
    page: "docs/explanation/mechanisms/delivery-retry.md",
};

const CACHE_REFRESH: Facts = Facts {
    summary: "A cache fetches a name again each time its TTL runs out, because somebody wants the name all the time.",
    decisive: "No gap shorter than the TTL, and most gaps just above it; when the TTL of the zone changes, the gaps change with it.",
    confusable: &[M::SenderVerification, M::ScheduledPoll, M::FirewallObject, M::Beacon, M::TimingChannel],
    citations: &[
        "RFC 1035, section 3.2.1",
        "RFC 2308, section 5",
        "Jung, Berger, Balakrishnan 2003",
        "Unbound, unbound.conf(5), prefetch",
    ],
    page: "docs/explanation/mechanisms/cache-refresh.md",
};

const SCHEDULED_POLL: Facts = Facts {
    summary: "A job, a monitor or an agent asks by the clock, or asks, sleeps and asks again.",
    decisive: "Lookups that stay in phase with the clock on the wall for days, nights and weekends, from a host with a known job of \
               that period.",
    confusable: &[
        M::DeliveryRetry,
        M::CacheRefresh,
        M::FirewallObject,
        M::StoredMailRescan,
        M::Crawler,
        M::RetryLoop,
        M::Beacon,
    ],
    citations: &["crontab(5)", "systemd.timer(5), AccuracySec", "Nagios Core manual, check_interval"],
    page: "docs/explanation/mechanisms/scheduled-poll.md",
};

const FIREWALL_OBJECT: Facts = Facts {
    summary: "A firewall that has a rule with a name in it looks the name up again and again, to know its current addresses.",
    decisive: "The period follows the TTL between a floor and a ceiling of the product, day and night, and no connection from the \
               firewall follows.",
    confusable: &[M::CacheRefresh, M::ScheduledPoll, M::Beacon],
    citations: &[
        "Palo Alto Networks, PAN-OS, DNS Overview",
        "Fortinet, Technical Tip 213280",
        "Cisco Security Manager 4.4, DNS Page",
    ],
    page: "docs/explanation/mechanisms/firewall-object.md",
};

const HUMAN_USE: Facts = Facts {
    summary: "People at work or at home use something that needs the name: a page, a mail program, an app.",
    decisive: "A daily and weekly rhythm with quiet nights and weekends that fits one time zone, and connections to the answer.",
    confusable: &[M::SenderVerification, M::Replay, M::Publicity],
    citations: &["Callahan, Allman, Rabinovich 2013", "RFC 8305, section 3", "RFC 9460"],
    page: "docs/explanation/mechanisms/human-use.md",
};

const STORED_MAIL_RESCAN: Facts = Facts {
    summary: "A filter, an archive or a log tool goes through old mail or old logs and looks up the names in them again.",
    decisive: "Many old names of unrelated senders by the same client in the same minutes, with no mail coming in.",
    confusable: &[M::SenderVerification, M::MailAuthentication, M::ScheduledPoll, M::Crawler, M::Replay],
    citations: &["Webalizer, DNS.README", "SpamAssassin, Mail::SpamAssassin::Conf", "rspamd issue 3417"],
    page: "docs/explanation/mechanisms/stored-mail-rescan.md",
};

const CRAWLER: Facts = Facts {
    summary: "A search engine, a scanner or a measurement visits very many names, and this is one of them.",
    decisive: "The client asks for very many unrelated names, each once or a few times, usually A and AAAA.",
    confusable: &[M::ScheduledPoll, M::StoredMailRescan, M::Replay, M::Publicity, M::Tunnel],
    citations: &["RFC 9309", "van Rijswijk-Deij, Jonker, Sperotto, Pras 2016", "Kondracki, So, Nikiforakis 2022"],
    page: "docs/explanation/mechanisms/crawler.md",
};

const RETRY_LOOP: Facts = Facts {
    summary: "A program asks the same question again and again because the answer fails.",
    decisive: "Runs of the same question, seconds apart, while the answers are failures, and an end of the run with the first success.",
    confusable: &[M::DeliveryRetry, M::ScheduledPoll, M::SearchSuffixLeak],
    citations: &["RFC 4697, section 2", "RFC 9520", "rspamd issue 3417"],
    page: "docs/explanation/mechanisms/retry-loop.md",
};

const SEARCH_SUFFIX_LEAK: Facts = Facts {
    summary: "A host's resolver library tries a name that failed once more with a suffix of its search list appended.",
    decisive: "The bare name and the same name with a suffix within two seconds, the bare name answered with a failure.",
    confusable: &[M::RetryLoop],
    citations: &["resolv.conf(5), search and ndots", "RFC 1535"],
    page: "docs/explanation/mechanisms/search-suffix-leak.md",
};

const REPLAY: Facts = Facts {
    summary: "Somebody else repeats lookups that were made before: a recorded query comes back without the user who caused it.",
    decisive: "A name that was made for one use only is asked for again, from resolvers and networks that never had to do with it, and \
               nothing connects.",
    confusable: &[M::HumanUse, M::StoredMailRescan, M::Crawler, M::Publicity, M::Tunnel],
    citations: &["Huston 2016"],
    page: "docs/explanation/mechanisms/replay.md",
};

const PUBLICITY: Facts = Facts {
    summary: "Readers try a name that became known, and so do programs that read what they read.",
    decisive: "Many clients that never asked before, all after the same publication, and fewer from hour to hour.",
    confusable: &[M::HumanUse, M::Crawler, M::Replay],
    citations: &["Crane, Sornette 2008"],
    page: "docs/explanation/mechanisms/publicity.md",
};

const BEACON: Facts = Facts {
    summary: "An implant on a compromised host calls home: it sleeps, looks its server up, connects, and sleeps again.",
    decisive: "Nearly every lookup is followed by a connection to the answer, from one or few hosts, and the program that asks is found \
               on the host.",
    confusable: &[M::CacheRefresh, M::ScheduledPoll, M::FirewallObject],
    citations: &["Fox-IT 2020, Hunting for beacons", "MITRE ATT&CK, T1071.004"],
    page: "docs/explanation/mechanisms/beacon.md",
};

const TUNNEL: Facts = Facts {
    summary: "A program carries data inside names: each lookup asks for a new name that nobody asked for before.",
    decisive: "A stream of long names under one domain that never repeat, look like encoded data, and get an answer of their own each.",
    confusable: &[M::Crawler, M::Replay],
    citations: &["RFC 1035, section 2.3.4", "iodine, README", "RFC 5782", "Huston 2016", "MITRE ATT&CK, T1071.004"],
    page: "docs/explanation/mechanisms/tunnel.md",
};

const TIMING_CHANNEL: Facts = Facts {
    summary: "Two programs that agreed beforehand hide a message in the gaps between ordinary lookups.",
    decisive: "A few gap lengths that are neither a TTL nor a period nor a retry schedule, and a far end that can be shown to read them.",
    confusable: &[M::DeliveryRetry, M::CacheRefresh, M::None],
    citations: &["Gianvecchio, Wang 2011", "Cabuk, Brodley, Shields 2004"],
    page: "docs/explanation/mechanisms/timing-channel.md",
};

const NONE: Facts = Facts {
    summary: "None of the sixteen mechanisms explains the series better than a code that fits anything.",
    decisive: "There is none: `none` is what remains when no mechanism predicts the series better than its own past does.",
    confusable: &[M::TimingChannel],
    citations: &["Krichevsky, Trofimov 1981", "ENFSI guideline 2015"],
    page: "docs/explanation/mechanisms/none.md",
};
