//! Lists by mechanism, engine or program, written with names: a file that outlives an order of declaration.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::mechanism::{MECHANISMS, MechanismId};

type Row = BTreeMap<String, f64>;

/// Weights of nought are not written.
fn to_row(values: &[f64], names: &[&str]) -> Row {
    let told = names.iter().zip(values).filter(|(_, value)| **value > 0.0);
    told.map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

/// - returns: zero for what is not named
///
/// # Errors
/// The first name that is none.
fn of_row<const N: usize>(row: &Row, names: &[&str; N]) -> Result<[f64; N], String> {
    let mut out = [0.0; N];
    for (name, value) in row {
        let at = names.iter().position(|known| known == name).ok_or_else(|| format!("{name:?} is not known here"))?;
        out[at] = *value;
    }
    Ok(out)
}

fn mechanisms() -> [&'static str; MECHANISMS] {
    MechanismId::ALL.map(MechanismId::as_str)
}

/// A value for each mechanism.
pub(super) mod offsets {
    use serde::de::Error as _;

    use super::{
        BTreeMap, Deserialize as _, Deserializer, MECHANISMS, Row, Serialize as _, Serializer, mechanisms, of_row,
    };

    pub(in super::super) fn serialize<S: Serializer>(values: &[f64; MECHANISMS], to: S) -> Result<S::Ok, S::Error> {
        // All are written: an offset of zero is one as well.
        mechanisms().into_iter().zip(values).collect::<BTreeMap<_, _>>().serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[f64; MECHANISMS], D::Error> {
        of_row(&Row::deserialize(from)?, &mechanisms()).map_err(D::Error::custom)
    }
}

/// A power for each kind of single facts.
pub(super) mod facts {
    use serde::de::Error as _;

    use super::{BTreeMap, Deserialize as _, Deserializer, Row, Serialize as _, Serializer, of_row};
    use crate::facts::{FACT_NAMES, FACTS};

    pub(in super::super) fn serialize<S: Serializer>(powers: &[f64; FACTS], to: S) -> Result<S::Ok, S::Error> {
        FACT_NAMES.into_iter().zip(powers).collect::<BTreeMap<_, _>>().serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[f64; FACTS], D::Error> {
        let row = Row::deserialize(from)?;
        if row.len() < FACTS {
            return Err(D::Error::invalid_length(row.len(), &"a power for each kind of facts"));
        }
        of_row(&row, &FACT_NAMES).map_err(D::Error::custom)
    }
}

type Weights<const N: usize> = [[f64; N]; MECHANISMS];

fn write<S: Serializer, const N: usize>(weights: &Weights<N>, names: &[&str; N], to: S) -> Result<S::Ok, S::Error> {
    let rows = mechanisms().into_iter().zip(weights);
    rows.map(|(m, row)| (m, to_row(row, names))).collect::<BTreeMap<_, _>>().serialize(to)
}

fn read<'de, D: Deserializer<'de>, const N: usize>(from: D, names: &[&str; N]) -> Result<Weights<N>, D::Error> {
    let mut out = [[0.0; N]; MECHANISMS];
    let rows = BTreeMap::<String, Row>::deserialize(from)?;
    for (m, row) in &rows {
        let m: MechanismId = m.parse().map_err(|()| D::Error::custom(format!("{m:?} is no mechanism")))?;
        out[m.index()] = of_row(row, names).map_err(D::Error::custom)?;
    }
    if rows.len() < MECHANISMS {
        return Err(D::Error::invalid_length(rows.len(), &"a row for each mechanism"));
    }
    Ok(out)
}

/// Weights of timing engines.
pub(super) mod timing {
    use super::{Deserializer, Serializer, Weights, read, write};
    use crate::timing::{ENGINE_NAMES, ENGINES};

    pub(in super::super) fn serialize<S: Serializer>(weights: &Weights<ENGINES>, to: S) -> Result<S::Ok, S::Error> {
        write(weights, &ENGINE_NAMES, to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Weights<ENGINES>, D::Error> {
        read(from, &ENGINE_NAMES)
    }
}

/// Weights of kinds of programs.
pub(super) mod marks {
    use super::{Deserializer, Serializer, Weights, read, write};
    use crate::marks::{PROGRAM_NAMES, PROGRAMS};

    pub(in super::super) fn serialize<S: Serializer>(weights: &Weights<PROGRAMS>, to: S) -> Result<S::Ok, S::Error> {
        write(weights, &PROGRAM_NAMES, to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Weights<PROGRAMS>, D::Error> {
        read(from, &PROGRAM_NAMES)
    }
}
