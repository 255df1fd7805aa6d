//! One source of records, as the case file describes it.

use serde::Deserialize;

use crate::moment::Moment;

/// What kind of records a source holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// Lookups.
    #[default]
    Dns,
    /// Flows.
    Flow,
    /// A mail server's log.
    Mail,
    /// Zone files.
    Zone,
    /// Results of a survey.
    Survey,
    /// Lookups as delimited text with a column map.
    CsvMap,
}

impl SourceKind {
    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Flow => "flow",
            Self::Mail => "mail",
            Self::Zone => "zone",
            Self::Survey => "survey",
            Self::CsvMap => "csv-map",
        }
    }
}

/// One source of records.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// Its id; lookups of one source are one tap.
    pub id: String,
    /// Path relative to the case folder, or a glob.
    pub path: String,
    /// The format, or `auto`.
    #[serde(default = "auto")]
    pub format: String,
    /// What it holds.
    #[serde(default)]
    pub kind: SourceKind,
    /// Where lookups were seen.
    #[serde(default)]
    pub vantage: Option<String>,
    /// Zone of stamps that name none.
    #[serde(default)]
    pub zone: Option<String>,
    /// Year of stamps that name none.
    #[serde(default)]
    pub year: Option<i16>,
    /// Intervals in which the source recorded.
    #[serde(default)]
    pub covers: Vec<[Moment; 2]>,
    /// What the vantage can show at all.
    #[serde(default)]
    pub keeps: Keeps,
    /// SHA-256 of the file, or of the files of a glob in path order.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Of a mail log: the address under which its host asks.
    #[serde(default)]
    pub client: Option<String>,
    /// Columns of a `csv-map` source.
    #[serde(default)]
    pub map: Option<MapSpec>,
    /// True of rows that were generated: they show what records would look like, and are evidence of nothing.
    #[serde(default)]
    pub synthetic: bool,
    /// Of generated rows: what was assumed to make them, so that "they show what records would look like if" it stands before it.
    #[serde(default)]
    pub assumes: String,
    /// What a reader must know of it that no other key says: where a copy comes from, what is assumed, what is disputed.
    #[serde(default)]
    pub note: String,
}

impl SourceSpec {
    /// Whether it holds counts of lookups by client, without times.
    pub fn is_counts(&self) -> bool {
        self.kind == SourceKind::CsvMap && self.map.as_ref().is_some_and(|map| map.columns.iter().any(|c| c == "count"))
    }
}

fn auto() -> String {
    "auto".to_owned()
}

fn yes() -> bool {
    true
}

/// What a vantage can show at all; whatever it cannot show has no weight.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keeps {
    /// Only these types.
    #[serde(default)]
    pub types: Vec<String>,
    /// Only names under these.
    #[serde(default)]
    pub names: Vec<String>,
    /// Seconds that a stamp is rounded to.
    #[serde(default)]
    pub resolution_s: Option<f64>,
    /// Who chose the rows, and how, where they are not all that was seen: a published subset, a list that was edited.
    #[serde(default)]
    pub chosen: Option<String>,
    /// How many of how many servers of the zone it was kept at.
    #[serde(default)]
    pub servers: Option<[u32; 2]>,
    /// True where it was kept at a server of a zone above: caches of the delegation hide most of what was asked.
    #[serde(default)]
    pub parent_zone: bool,
    /// False where nothing shows that a lookup came from the address that it bears.
    #[serde(default = "yes")]
    pub clients_confirmed: bool,
    /// Of a flow log: only connections of these addresses and prefixes; all where empty.
    #[serde(default)]
    pub addresses: Vec<String>,
}

impl Default for Keeps {
    fn default() -> Self {
        Self {
            types: Vec::new(),
            names: Vec::new(),
            resolution_s: None,
            chosen: None,
            servers: None,
            parent_zone: false,
            clients_confirmed: true,
            addresses: Vec::new(),
        }
    }
}

/// Columns of a `csv-map` source.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapSpec {
    /// One character, or `tab`.
    #[serde(default)]
    pub delimiter: Option<String>,
    /// Column names in order; `-` for one to leave out.
    #[serde(default)]
    pub columns: Vec<String>,
    /// True where the first line names columns.
    #[serde(default)]
    pub header: Option<bool>,
    /// Form of the time stamps.
    #[serde(default)]
    pub time: Option<String>,
    /// True resolution of the stamps, such as `1s`.
    #[serde(default)]
    pub resolution: Option<String>,
    /// Type of every row.
    #[serde(default)]
    pub qtype: Option<String>,
    /// Class of every row.
    #[serde(default)]
    pub qclass: Option<String>,
    /// Response code of every row.
    #[serde(default)]
    pub rcode: Option<String>,
    /// Client of every row.
    #[serde(default)]
    pub client: Option<String>,
    /// Of counts: the name that they are of.
    #[serde(default)]
    pub qname: Option<String>,
}

impl MapSpec {
    /// The same as the text of `--csv-map`, so that there is one parser and one set of rules.
    pub fn to_text(&self) -> String {
        let columns = (!self.columns.is_empty()).then(|| self.columns.join(","));
        let header = self.header.map(|h| if h { "yes" } else { "no" }.to_owned());
        [
            ("delimiter", self.delimiter.clone()),
            ("columns", columns),
            ("header", header),
            ("time", self.time.clone()),
            ("resolution", self.resolution.clone()),
            ("qtype", self.qtype.clone()),
            ("qclass", self.qclass.clone()),
            ("rcode", self.rcode.clone()),
            ("client", self.client.clone()),
        ]
        .into_iter()
        .filter_map(|(key, value)| value.map(|value| format!("{key}={value}")))
        .collect::<Vec<_>>()
        .join(";")
    }
}
