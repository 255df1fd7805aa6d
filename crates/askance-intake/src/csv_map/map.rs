//! The column map of delimited text.

use core::fmt;
use core::str::FromStr;

use askance_record::{Rcode, Resolution, RrClass, RrType};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CsvField {
    /// When.
    Ts,
    /// Who asked.
    Client,
    /// The port it asked from.
    ClientPort,
    /// Who was asked.
    Server,
    /// How it travelled.
    Transport,
    /// The message identifier.
    Id,
    /// The name asked for.
    Qname,
    /// The type asked for.
    Qtype,
    /// The class asked for.
    Qclass,
    /// The response code.
    Rcode,
    /// Flags as `dig` names them.
    Flags,
    /// The answers, joined by `;` or `,`.
    Answers,
    /// The least TTL, seconds.
    Ttl,
    /// How many lookups the row stands for.
    Count,
}

impl CsvField {
    /// All fields.
    pub const ALL: [Self; 14] = [
        Self::Ts,
        Self::Client,
        Self::ClientPort,
        Self::Server,
        Self::Transport,
        Self::Id,
        Self::Qname,
        Self::Qtype,
        Self::Qclass,
        Self::Rcode,
        Self::Flags,
        Self::Answers,
        Self::Ttl,
        Self::Count,
    ];

    /// The name in a map.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ts => "ts",
            Self::Client => "client",
            Self::ClientPort => "client_port",
            Self::Server => "server",
            Self::Transport => "transport",
            Self::Id => "id",
            Self::Qname => "qname",
            Self::Qtype => "qtype",
            Self::Qclass => "qclass",
            Self::Rcode => "rcode",
            Self::Flags => "flags",
            Self::Answers => "answers",
            Self::Ttl => "ttl",
            Self::Count => "count",
        }
    }
}

impl fmt::Display for CsvField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for CsvField {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|field| field.as_str() == text).ok_or(())
    }
}

/// One column of a map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvColumn {
    /// What it holds; `None` to leave it out.
    pub field: Option<CsvField>,
    /// Its name in the header, where that is not the field's own.
    pub header: Option<String>,
}

impl CsvColumn {
    /// True where a header's field names this column.
    pub(super) fn is_headed(&self, name: &str) -> bool {
        let own = self.field.map_or("", CsvField::as_str);
        !name.is_empty() && name.eq_ignore_ascii_case(self.header.as_deref().unwrap_or(own))
    }
}

impl From<CsvField> for CsvColumn {
    fn from(field: CsvField) -> Self {
        Self { field: Some(field), header: None }
    }
}

/// What the first line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CsvHeader {
    /// A row like the others.
    #[default]
    No,
    /// A header to step over: columns are told by their place.
    Skip,
    /// A header that tells which column is where.
    Names,
}

/// How stamps are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CsvTime {
    /// Any form that has one reading only.
    #[default]
    Auto,
    /// Seconds, ms, µs or ns since 1970, told by their size.
    Epoch,
    /// RFC 3339, with its zone.
    Rfc3339,
    /// A pattern of `strftime` specifiers.
    Pattern(String),
}

/// How the columns of delimited text are to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvMap {
    /// What stands between two fields; mostly one character.
    pub delimiter: String,
    /// The columns, in their order unless [`CsvHeader::Names`].
    pub columns: Vec<CsvColumn>,
    /// What the first line is.
    pub header: CsvHeader,
    /// How stamps are written.
    pub time: CsvTime,
    /// How fine stamps really are, where they look finer.
    pub resolution: Option<Resolution>,
    /// The type, where no column tells it.
    pub qtype: Option<RrType>,
    /// The class, where no column tells it.
    pub qclass: Option<RrClass>,
    /// The response code, where no column tells it.
    pub rcode: Option<Rcode>,
    /// The client, where no column tells it.
    pub client: Option<String>,
    /// True where a field may stand in double quotes (RFC 4180).
    pub quotes: bool,
}

impl Default for CsvMap {
    fn default() -> Self {
        Self {
            delimiter: ",".to_owned(),
            columns: Vec::new(),
            header: CsvHeader::No,
            time: CsvTime::Auto,
            resolution: None,
            qtype: None,
            qclass: None,
            rcode: None,
            client: None,
            quotes: true,
        }
    }
}

/// Why a column map is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CsvMapError {
    /// No map was given.
    #[error("no column map was given")]
    Missing,
    /// A part that is not `key=value`, or whose key is unknown.
    #[error("{given:?} is no part of a column map")]
    Part {
        /// The part.
        given: Box<str>,
    },
    /// A column that does not exist.
    #[error("there is no column {given:?}")]
    Column {
        /// The name given.
        given: Box<str>,
    },
    /// A needed column that is not named, or not in the header.
    #[error("no column holds {column}")]
    Absent {
        /// The column's name.
        column: &'static str,
    },
    /// A column named twice.
    #[error("column {column} is named twice")]
    Twice {
        /// The column's name.
        column: &'static str,
    },
    /// A value that its key does not take.
    #[error("{key} cannot be {given:?}")]
    Value {
        /// The key.
        key: &'static str,
        /// The value.
        given: Box<str>,
    },
    /// A time pattern that cannot be read.
    #[error("{given:?} is no time pattern")]
    Time {
        /// The pattern.
        given: Box<str>,
    },
}

impl CsvMap {
    /// Reads a map of `key=value` parts joined by `;`.
    ///
    /// Keys: `delimiter` (any characters, or `tab`, `space`, `comma`, `semicolon`, `pipe`),
    /// `columns` (names joined by `,`, `-` to leave one out, `name:Header text` where a header
    /// names it), `header` (`no`, `yes`), `time` (`auto`, `epoch`, `rfc3339` or a pattern),
    /// `resolution` (`1us`, `1ms`, `1s`, `1min`, `1h`, `1d`), `qtype`, `qclass`, `rcode`,
    /// `client` (what holds where no column tells), `quotes` (`yes`, `no`).
    ///
    /// # Errors
    /// [`CsvMapError`] that names the part.
    ///
    /// # Example
    /// ```
    /// let map = askance_intake::CsvMap::parse("delimiter=|;columns=ts,qname,client;qtype=A;resolution=1s").unwrap();
    /// assert_eq!(map.columns.len(), 3);
    /// ```
    pub fn parse(text: &str) -> Result<Self, CsvMapError> {
        let mut map = Self::default();
        let (mut header, mut quotes) = (false, None);
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(|| CsvMapError::Part { given: part.into() })?;
            match key.trim() {
                "delimiter" => map.delimiter = delimiter(value),
                "columns" => map.columns = columns(value)?,
                "header" => header = yes_or_no("header", value)?,
                "time" => map.time = time(value),
                "resolution" => map.resolution = Some(resolution(value)?),
                "qtype" => map.qtype = Some(coded("qtype", value)?),
                "qclass" => map.qclass = Some(coded("qclass", value)?),
                "rcode" => map.rcode = Some(coded("rcode", value)?),
                "client" => map.client = Some(value.trim().to_owned()),
                "quotes" => quotes = Some(yes_or_no("quotes", value)?),
                _ => return Err(CsvMapError::Part { given: part.into() }),
            }
        }
        map.quotes = quotes.unwrap_or(matches!(map.delimiter.as_str(), "," | ";" | "\t"));
        map.header = match header {
            false => CsvHeader::No,
            true if map.columns.iter().any(|column| column.header.is_some()) => CsvHeader::Names,
            true => CsvHeader::Skip,
        };
        map.check()?;
        Ok(map)
    }

    /// Looks whether the map can work at all.
    ///
    /// # Errors
    /// [`CsvMapError`] where a needed column is missing or one is named twice.
    pub fn check(&self) -> Result<(), CsvMapError> {
        if self.delimiter.is_empty() || self.delimiter.contains(['\n', '\r']) {
            return Err(CsvMapError::Value { key: "delimiter", given: self.delimiter.as_str().into() });
        }
        for field in CsvField::ALL {
            let n = self.columns.iter().filter(|column| column.field == Some(field)).count();
            if n > 1 {
                return Err(CsvMapError::Twice { column: field.as_str() });
            }
            if n == 0 && matches!(field, CsvField::Ts | CsvField::Qname) {
                return Err(CsvMapError::Absent { column: field.as_str() });
            }
        }
        Ok(())
    }
}

fn delimiter(value: &str) -> String {
    match value {
        "tab" | "\\t" => "\t",
        "space" => " ",
        "comma" => ",",
        "semicolon" => ";",
        "pipe" => "|",
        other => other,
    }
    .to_owned()
}

fn columns(value: &str) -> Result<Vec<CsvColumn>, CsvMapError> {
    let column = |part: &str| {
        let (name, header) = match part.split_once(':') {
            Some((name, header)) => (name.trim(), Some(header.trim().to_owned())),
            None => (part.trim(), None),
        };
        let field = match name {
            "-" | "" => None,
            name => Some(name.parse().map_err(|()| CsvMapError::Column { given: name.into() })?),
        };
        Ok(CsvColumn { field, header })
    };
    value.split(',').map(column).collect()
}

fn time(value: &str) -> CsvTime {
    match value.trim() {
        "auto" => CsvTime::Auto,
        "epoch" => CsvTime::Epoch,
        "rfc3339" => CsvTime::Rfc3339,
        pattern => CsvTime::Pattern(pattern.to_owned()),
    }
}

fn resolution(value: &str) -> Result<Resolution, CsvMapError> {
    let all = [
        Resolution::Microsecond,
        Resolution::Millisecond,
        Resolution::Second,
        Resolution::Minute,
        Resolution::Hour,
        Resolution::Day,
    ];
    all.into_iter()
        .find(|resolution| resolution.to_string() == value.trim())
        .ok_or_else(|| CsvMapError::Value { key: "resolution", given: value.into() })
}

fn coded<T: FromStr>(key: &'static str, value: &str) -> Result<T, CsvMapError> {
    value.trim().parse().map_err(|_| CsvMapError::Value { key, given: value.into() })
}

fn yes_or_no(key: &'static str, value: &str) -> Result<bool, CsvMapError> {
    match value.trim() {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(CsvMapError::Value { key, given: value.into() }),
    }
}
