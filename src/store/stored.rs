//! How values of the domain are stored: natively in PostgreSQL, and in SQLite so that they compare as they should.
//!
//! Instants are TIMESTAMPTZ or INTEGER microseconds (text would compare wrongly), days DATE or `YYYY-MM-DD`, amounts
//! NUMERIC or decimal text, words of an enum text under their serde name, and anything else JSON. PostgreSQL refuses the
//! character NUL in text and in JSON, so it is left out, for both databases alike.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Postgres, Sqlite};

/// An instant, to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct When(pub Timestamp);

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day(pub Date);

/// An amount of money with two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amount(pub Decimal);

/// An enum's value under its serde name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<T>(pub T);

/// A whole value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Json<T>(pub T);

/// Text that others wrote: without NUL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a>(pub &'a str);

/// The longest text that is indexed, in bytes: PostgreSQL refuses a row whose indexed columns exceed 2 700.
const LONGEST_KEY: usize = 1_000;

/// Text that others wrote and that is searched for: without NUL, and no longer than an index bears. Stored and looked
/// up in the same form.
pub(crate) fn key(text: &str) -> Cow<'_, str> {
    let cut = text.get(..text.floor_char_boundary(LONGEST_KEY)).unwrap_or(text);
    without_nul(cut)
}

/// Texts to be looked up, as the JSON array that `json_each` takes.
pub(crate) fn keys<T: AsRef<str>>(texts: &[T]) -> String {
    Value::Array(texts.iter().map(|text| Value::from(key(text.as_ref()))).collect()).to_string()
}

/// Row ids, as the JSON array that `json_each` takes.
pub(crate) fn ids(ids: &[i64]) -> String {
    Value::from(ids).to_string()
}

/// The instant as it will be read back: whole microseconds.
pub(crate) fn to_microsecond(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

fn value_without_nul(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(text.replace('\0', "")),
        Value::Array(values) => Value::Array(values.into_iter().map(value_without_nul).collect()),
        Value::Object(fields) => {
            let clean = |(name, value): (String, Value)| (name.replace('\0', ""), value_without_nul(value));
            Value::Object(fields.into_iter().map(clean).collect())
        }
        other => other,
    }
}

/// How one type is stored in one database: as which type of sqlx, and the way there and back. A generic type names what
/// each of the two ways needs.
macro_rules! stored {
    ([$($generics:tt)*] {$($outward:tt)*} {$($inward:tt)*} $t:ty, $db:ty as $column:ty, $out:expr, $back:expr) => {
        impl<$($generics)*> sqlx::Type<$db> for $t {
            fn type_info() -> <$db as sqlx::Database>::TypeInfo {
                <$column as sqlx::Type<$db>>::type_info()
            }
            fn compatible(ty: &<$db as sqlx::Database>::TypeInfo) -> bool {
                <$column as sqlx::Type<$db>>::compatible(ty)
            }
        }
        impl<$($generics)*> sqlx::Encode<'_, $db> for $t where $($outward)* {
            fn encode_by_ref(&self, buffer: &mut <$db as sqlx::Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let out: fn(&Self) -> Result<$column, BoxDynError> = $out;
                <$column as sqlx::Encode<$db>>::encode(out(self)?, buffer)
            }
        }
        impl<$($generics)*> sqlx::Decode<'_, $db> for $t where $($inward)* {
            fn decode(value: <$db as sqlx::Database>::ValueRef<'_>) -> Result<Self, BoxDynError> {
                let back: fn($column) -> Result<Self, BoxDynError> = $back;
                back(<$column as sqlx::Decode<$db>>::decode(value)?)
            }
        }
    };
    ($t:ty, $db:ty as $column:ty, $out:expr, $back:expr) => {
        stored!([] {} {} $t, $db as $column, $out, $back);
    };
}

stored!(When, Sqlite as i64, |when| Ok(when.0.as_microsecond()), |us| Ok(When(Timestamp::from_microsecond(us)?)));
stored!(When, Postgres as jiff_sqlx::Timestamp, |when| Ok(to_microsecond(when.0).into()), |at| Ok(When(at.to_jiff())));

stored!(Day, Sqlite as String, |day| Ok(day.0.to_string()), |text| Ok(Day(text.parse()?)));
stored!(Day, Postgres as jiff_sqlx::Date, |day| Ok(day.0.into()), |day| Ok(Day(day.to_jiff())));

stored!(Amount, Sqlite as String, |amount| Ok(format!("{:.2}", amount.0)), |text| Ok(Amount(text.parse()?)));
// PostgreSQL drops the decimals of a zero on the way.
stored!(Amount, Postgres as Decimal, |amount| Ok(amount.0), |mut amount| {
    amount.rescale(2);
    Ok(Amount(amount))
});

stored!([T] {T: Serialize} {T: DeserializeOwned} Word<T>, Sqlite as String, word, meaning);
stored!([T] {T: Serialize} {T: DeserializeOwned} Word<T>, Postgres as String, word, meaning);

stored!([T] {T: Serialize} {T: DeserializeOwned} Json<T>, Sqlite as String,
    |json| Ok(value_without_nul(serde_json::to_value(&json.0)?).to_string()), |text| Ok(Json(serde_json::from_str(&text)?)));
stored!([T] {T: Serialize} {T: DeserializeOwned} Json<T>, Postgres as sqlx::types::Json<Value>,
    |json| Ok(sqlx::types::Json(value_without_nul(serde_json::to_value(&json.0)?))),
    |json| Ok(Json(serde_json::from_value(json.0)?)));

fn word<T: Serialize>(word: &Word<T>) -> Result<String, BoxDynError> {
    match serde_json::to_value(&word.0)? {
        Value::String(text) => Ok(text),
        other => Err(format!("{other} is not a word").into()),
    }
}

fn meaning<T: DeserializeOwned>(text: String) -> Result<Word<T>, BoxDynError> {
    Ok(Word(serde_json::from_value(Value::String(text))?))
}

/// [`Text`] is only written: reading gives a `String`.
macro_rules! text {
    ($db:ty) => {
        impl sqlx::Type<$db> for Text<'_> {
            fn type_info() -> <$db as sqlx::Database>::TypeInfo {
                <str as sqlx::Type<$db>>::type_info()
            }
        }
        impl<'q> sqlx::Encode<'q, $db> for Text<'_> {
            fn encode_by_ref(
                &self,
                buffer: &mut <$db as sqlx::Database>::ArgumentBuffer,
            ) -> Result<IsNull, BoxDynError> {
                <Cow<'_, str> as sqlx::Encode<'q, $db>>::encode(without_nul(self.0), buffer)
            }
        }
    };
}

text!(Sqlite);
text!(Postgres);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_cut_between_characters_and_holds_no_nul() {
        assert_eq!(key("a\0b"), "ab");
        assert_eq!(key(&"é".repeat(600)).len(), LONGEST_KEY);
        assert_eq!(key(&format!("x{}", "é".repeat(600))).len(), LONGEST_KEY - 1);
    }

    #[test]
    fn nul_leaves_every_depth_of_a_value() {
        let value = serde_json::json!({"a\0": ["x\0y", {"b": "\0"}], "c": "\\u0000"});
        assert_eq!(value_without_nul(value), serde_json::json!({"a": ["xy", {"b": ""}], "c": "\\u0000"}));
    }
}
