//! What a series remembers of one lookup.

use askance_record::Timestamp;

macro_rules! coded {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// All values, in the order of their codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// How many values there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The value with this code, if there is one.
            pub const fn from_u8(code: u8) -> Option<Self> {
                if (code as usize) < Self::COUNT { Some(Self::ALL[code as usize]) } else { None }
            }

            /// The code that an encoded state stores.
            pub const fn as_u8(self) -> u8 {
                self as u8
            }

            /// The stable identifier, for reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

coded! {
    /// The part that a lookup plays within its name family.
    ///
    /// Codes are part of the encoded state: append, never reorder.
    Role {
        /// Address (A) of a name of the family.
        A = "A",
        /// Address (AAAA) of a name of the family.
        Aaaa = "AAAA",
        /// PTR of an address that the family names.
        Ptr = "PTR",
        /// TXT at the name itself: where SPF stands.
        TxtSpf = "TXT-spf",
        /// TXT at `*._domainkey`.
        TxtDkim = "TXT-dkim",
        /// TXT at `_dmarc`.
        TxtDmarc = "TXT-dmarc",
        /// MX of the name.
        Mx = "MX",
        /// NS or SOA.
        NsSoa = "NS-SOA",
        /// The name with a search suffix appended.
        SuffixVariant = "suffix-variant",
        /// Address of the name that a HELO gave.
        Helo = "HELO",
        /// Anything else.
        Other = "other",
        /// A long name below the head that hardly anybody asks for twice, of any type: names that are made up as they are asked.
        Generated = "generated",
    }
}

coded! {
    /// What a lookup was answered with, as far as mechanisms care.
    RcodeClass {
        /// NOERROR with an answer.
        NoError = "NOERROR",
        /// NOERROR with an empty answer.
        NoData = "NODATA",
        /// NXDOMAIN.
        NxDomain = "NXDOMAIN",
        /// SERVFAIL, or no answer came.
        ServFail = "SERVFAIL",
        /// REFUSED.
        Refused = "REFUSED",
        /// Another code.
        Other = "other",
        /// The record does not say.
        Unknown = "unknown",
    }
}

impl RcodeClass {
    /// True where the answer gave what was asked for, or said that it does not exist for sure.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::NxDomain | Self::ServFail | Self::Refused)
    }
}

/// One lookup of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// When it was asked, to the microsecond.
    pub ts: Timestamp,
    /// Its part in the family.
    pub role: Role,
    /// How it was answered.
    pub rcode: RcodeClass,
    /// Whether the resolver answered from its cache, where the record says.
    pub cached: Option<bool>,
    /// The TTL of the answer as seen, in seconds: the remaining one where a cache answered.
    pub ttl_s: Option<u32>,
}

impl Event {
    /// A lookup of which only time and role are known.
    pub const fn new(ts: Timestamp, role: Role) -> Self {
        Self { ts, role, rcode: RcodeClass::Unknown, cached: None, ttl_s: None }
    }

    /// Days since 1970-01-01 UTC.
    pub(crate) fn day(&self) -> i32 {
        day_of(self.ts)
    }
}

/// Days since 1970-01-01 UTC of an instant.
pub(crate) fn day_of(ts: Timestamp) -> i32 {
    i32::try_from(ts.us().div_euclid(86_400_000_000)).expect("a showable instant lies within four million days")
}
