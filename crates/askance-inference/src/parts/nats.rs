//! Lists of logarithms in formats without infinities: minus infinity is written as nothing.

use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

pub(super) fn serialize<S: Serializer, const N: usize>(nats: &[f64; N], to: S) -> Result<S::Ok, S::Error> {
    nats.map(|ln| ln.is_finite().then_some(ln)).as_slice().serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<[f64; N], D::Error> {
    let read = Vec::<Option<f64>>::deserialize(from)?;
    let nats: Vec<f64> = read.into_iter().map(|ln| ln.unwrap_or(f64::NEG_INFINITY)).collect();
    let found = nats.len();
    nats.try_into().map_err(|_| D::Error::invalid_length(found, &"as many logarithms as this version scores"))
}
