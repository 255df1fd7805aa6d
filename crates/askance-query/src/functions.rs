//! Scalar functions of our own queries: head and role of a name within its family, and the key's hash.
//!
//! They are registered in a session made for one query, because they carry that query's families.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use askance_inference::state::Role;
use datafusion::arrow::array::builder::StringViewBuilder;
use datafusion::arrow::array::cast::AsArray as _;
use datafusion::arrow::array::{Array as _, ArrayRef, StringViewArray, UInt8Array, UInt64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::prelude::SessionContext;

use crate::families::{Families, Relation};
use crate::tables::instant_type;

/// Which of the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Which {
    /// `askance_head(qname, client, ts)`.
    Head,
    /// `askance_role(qtype, qname, client, ts)`, a code of [`Role`].
    Role,
    /// `askance_key(tap, vantage, client, head)`, equal on every machine.
    Key,
}

#[derive(Debug)]
struct FamilyFunction {
    which: Which,
    signature: Signature,
    families: Arc<Families>,
}

impl PartialEq for FamilyFunction {
    fn eq(&self, other: &Self) -> bool {
        self.which == other.which && Arc::ptr_eq(&self.families, &other.families)
    }
}

impl Eq for FamilyFunction {}

impl Hash for FamilyFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.which.hash(state);
    }
}

/// A session over the same tables in which the family functions exist.
pub(crate) fn session(context: &SessionContext, families: &Arc<Families>) -> SessionContext {
    let session = SessionContext::new_with_state(context.state());
    for (which, arguments) in [(Which::Head, 3), (Which::Role, 4), (Which::Key, 4)] {
        let signature = Signature::any(arguments, Volatility::Immutable);
        session.register_udf(ScalarUDF::from(FamilyFunction { which, signature, families: families.clone() }));
    }
    session
}

impl ScalarUDFImpl for FamilyFunction {
    fn name(&self) -> &str {
        match self.which {
            Which::Head => "askance_head",
            Which::Role => "askance_role",
            Which::Key => "askance_key",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.which {
            Which::Head => DataType::Utf8View,
            Which::Role => DataType::UInt8,
            Which::Key => DataType::UInt64,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let array = match self.which {
            Which::Head => self.heads(&arrays)?,
            Which::Role => self.roles(&arrays)?,
            Which::Key => keys(&arrays)?,
        };
        Ok(ColumnarValue::Array(array))
    }
}

impl FamilyFunction {
    fn heads(&self, arrays: &[ArrayRef]) -> Result<ArrayRef> {
        let (names, clients) = (text(&arrays[0])?, text(&arrays[1])?);
        let ts = cast(&arrays[2], &instant_type())?;
        let ts = ts.as_primitive::<TimestampMicrosecondType>();
        let mut out = StringViewBuilder::with_capacity(names.len());
        for row in 0..names.len() {
            out.append_option(
                value(&names, row).map(|name| self.families.head(name, value(&clients, row), ts.value(row)).0),
            );
        }
        Ok(Arc::new(out.finish()))
    }

    fn roles(&self, arrays: &[ArrayRef]) -> Result<ArrayRef> {
        let (types, names, clients) = (text(&arrays[0])?, text(&arrays[1])?, text(&arrays[2])?);
        let ts = cast(&arrays[3], &instant_type())?;
        let ts = ts.as_primitive::<TimestampMicrosecondType>();
        let role = |row: usize| {
            let name = value(&names, row).unwrap_or_default();
            let relation = self.families.head(name, value(&clients, row), ts.value(row)).1;
            role(value(&types, row), name, relation).as_u8()
        };
        Ok(Arc::new((0..names.len()).map(role).collect::<UInt8Array>()))
    }
}

/// The part that a lookup plays within its family.
fn role(qtype: Option<&str>, name: &str, relation: Relation) -> Role {
    match (relation, qtype) {
        (Relation::Suffix, _) => Role::SuffixVariant,
        (Relation::Generated, _) => Role::Generated,
        // Rows without a type: the observation says so, and their order of types then has no weight.
        // A resolver that asks label by label asks for an address, or for name servers, on its way to the PTR (RFC 9156, 3).
        (_, None | Some("A" | "NS")) if name.strip_suffix("arpa").is_some_and(|head| head.ends_with('.')) => Role::Ptr,
        (_, Some("A") | None) => Role::A,
        (_, Some("AAAA")) => Role::Aaaa,
        (_, Some("PTR")) => Role::Ptr,
        (_, Some("MX")) => Role::Mx,
        (_, Some("NS" | "SOA")) => Role::NsSoa,
        (Relation::Dmarc, Some("TXT")) => Role::TxtDmarc,
        (Relation::Dkim, Some("TXT" | "CNAME")) => Role::TxtDkim,
        (Relation::Itself | Relation::Given, Some("TXT" | "SPF"))
            if !name.starts_with('_') || name.starts_with("_spf") =>
        {
            Role::TxtSpf
        }
        _ => Role::Other,
    }
}

fn keys(arrays: &[ArrayRef]) -> Result<ArrayRef> {
    let columns = arrays.iter().map(text).collect::<Result<Vec<_>>>()?;
    let key = |row: usize| columns.iter().fold(0xcbf2_9ce4_8422_2325, |hash, column| fnv1a(hash, value(column, row)));
    Ok(Arc::new(UInt64Array::from_iter_values((0..columns[0].len()).map(key))))
}

/// FNV-1a, 64 bits, over a text and an octet that says whether there is one.
fn fnv1a(hash: u64, text: Option<&str>) -> u64 {
    let octets = text.unwrap_or_default().bytes().chain([u8::from(text.is_some())]);
    octets.fold(hash, |hash, octet| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3))
}

fn text(array: &ArrayRef) -> Result<StringViewArray, DataFusionError> {
    Ok(cast(array, &DataType::Utf8View)?.as_string_view().clone())
}

fn value(array: &StringViewArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}
