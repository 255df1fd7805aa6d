//! Zeek rows as JSON objects, one a line.

use core::fmt;
use std::borrow::Cow;

use askance_record::{FlowRecord, Lookup};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::conn::{self, Sums};
use super::dns;
use super::row::{Key, Refusal};
use super::tsv::{Column, Schema};
use crate::stamp::Clock;
use crate::text::scan::ttl_of;

/// Reads an object of `dns.log`.
pub(super) fn dns(
    line: &[u8],
    schema: &Schema,
    scratch: &mut Vec<u8>,
    clock: &mut Clock,
    lookup: &mut Lookup,
    key: &mut Key,
) -> Result<(), Refusal> {
    if let Some(inner) = nested(line)? {
        let inner = inner.as_bytes();
        if inner.first() != Some(&b'{') {
            return if schema.is_known() {
                dns::row(inner, schema, scratch, clock, lookup, key)
            } else {
                Err(Refusal::Reason("row before any #fields"))
            };
        }
        return dns(inner, schema, scratch, clock, lookup, key);
    }
    let mut ttls = Vec::new();
    each_field(line, &mut |column, value| {
        match (column, value) {
            (Column::Answers, Value::List(items)) => {
                lookup.answers_known = true;
                for item in items.iter().take(dns::ANSWERS_MAX) {
                    dns::answer(schema.octets(item.as_bytes(), scratch), lookup);
                }
            }
            (Column::Ttls, Value::List(items)) => ttls.extend(items.iter().map(|ttl| ttl_of(ttl.as_bytes()))),
            (column, Value::Text(text)) => {
                // Zeek writes octets that are no UTF-8 as `\xHH` in JSON too.
                dns::field(column, schema.octets(text.as_bytes(), scratch), clock, lookup, key)?;
            }
            (_, Value::List(_) | Value::Null) => {}
        }
        Ok(())
    })?;
    dns::put_ttls(ttls.into_iter(), lookup);
    Ok(())
}

/// Reads an object of `conn.log`.
pub(super) fn conn(
    line: &[u8],
    schema: &Schema,
    scratch: &mut Vec<u8>,
    clock: &mut Clock,
    flow: &mut FlowRecord,
) -> Result<(), Refusal> {
    if let Some(inner) = nested(line)? {
        let inner = inner.as_bytes();
        if inner.first() != Some(&b'{') {
            return if schema.is_known() {
                conn::row(inner, schema, scratch, clock, flow)
            } else {
                Err(Refusal::Reason("row before any #fields"))
            };
        }
        return conn(inner, schema, scratch, clock, flow);
    }
    let mut sums = Sums::default();
    each_field(line, &mut |column, value| match value {
        Value::Text(text) => conn::field(column, text.as_bytes(), clock, flow, &mut sums),
        Value::List(_) | Value::Null => Ok(()),
    })?;
    conn::finish(flow, sums)
}

/// The line that a Splunk export holds in `result._raw`.
fn nested(line: &[u8]) -> Result<Option<Cow<'_, str>>, Refusal> {
    #[derive(serde::Deserialize)]
    struct Outer<'a> {
        #[serde(borrow)]
        result: Option<Inner<'a>>,
    }
    #[derive(serde::Deserialize)]
    struct Inner<'a> {
        #[serde(borrow, rename = "_raw")]
        raw: Option<Cow<'a, str>>,
    }
    if memchr::memmem::find(line, b"\"_raw\"").is_none() {
        return Ok(None);
    }
    let outer: Outer<'_> = serde_json::from_slice(line).map_err(|_| Refusal::Reason("damaged JSON"))?;
    let raw = outer.result.and_then(|inner| inner.raw);
    // One level only: an export of an export is not Zeek's.
    match raw {
        Some(raw) if memchr::memmem::find(raw.as_bytes(), b"\"_raw\"").is_some() => {
            Err(Refusal::Reason("row nested more than once"))
        }
        raw => Ok(raw),
    }
}

/// A value of one field. Numbers and booleans keep their text.
enum Value<'a> {
    Null,
    Text(Cow<'a, str>),
    List(Vec<Cow<'a, str>>),
}

type Each<'e> = dyn FnMut(Column, Value<'_>) -> Result<(), Refusal> + 'e;

/// Calls `each` with every field of interest of a JSON object; `id` may be an object of its own.
fn each_field(line: &[u8], each: &mut Each<'_>) -> Result<(), Refusal> {
    let mut refusal = None;
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    let object = Object { each, refusal: &mut refusal, inside_id: false };
    let outcome = object.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    match (refusal, outcome) {
        (Some(refusal), _) => Err(refusal),
        (None, Ok(())) => Ok(()),
        (None, Err(_)) => Err(Refusal::Reason("damaged JSON")),
    }
}

struct Object<'e, 'r> {
    each: &'e mut Each<'r>,
    refusal: &'e mut Option<Refusal>,
    inside_id: bool,
}

impl<'de> DeserializeSeed<'de> for Object<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text(key)) = map.next_key::<Text<'de>>()? {
            let column = match (&*key, self.inside_id) {
                ("id", false) => {
                    let object = Object { each: self.each, refusal: self.refusal, inside_id: true };
                    map.next_value_seed(object)?;
                    continue;
                }
                ("orig_h", true) => Column::OrigH,
                ("orig_p", true) => Column::OrigP,
                ("resp_h", true) => Column::RespH,
                ("resp_p", true) => Column::RespP,
                (key, _) => Column::of(key.as_bytes()),
            };
            if column == Column::Other {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value_seed(AnyValue)?;
            if let Err(refusal) = (self.each)(column, value) {
                *self.refusal = Some(refusal);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

/// A text, borrowed where the JSON has no escape in it.
struct Text<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match AnyValue.deserialize(deserializer)? {
            Value::Text(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("a text was due")),
        }
    }
}

struct AnyValue;

impl<'de> DeserializeSeed<'de> for AnyValue {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, number, boolean, list or null")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(if value { "T" } else { "F" })))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value.to_string())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        // Zeek counts time in microseconds; more digits would only show the binary fraction.
        Ok(Value::Text(Cow::Owned(format!("{value:.6}"))))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            if let Value::Text(text) = item {
                list.push(text);
            }
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Null)
    }
}
