//! How a struct becomes a map with integer keys, and an enum a small integer: written once, for every message.

/// Declares a struct and its form as a CBOR map. Keys are listed in ascending order of their encoded bytes (0, 1, … then −1, −2, …), which
/// is the order in which they are written. A type decides by [`Wire::absent`](crate::cbor::Wire::absent) whether its entry may be missing;
/// what is absent has one form, which is to be left out. `where len <= N` bounds a list or a map.
macro_rules! wire_map {
    ($(#[$doc:meta])* pub struct $name:ident as $label:literal {
        $($(#[$field_doc:meta])* $key:literal => $field:ident: $type:ty $(where len <= $most:literal)?,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl $name {
            /// The keys of the map and the names of the entries, in the order in which they are written.
            pub const KEYS: &'static [(i64, &'static str)] = &[$(($key, stringify!($field))),*];

            /// The keys of the lists and maps in it, and how many entries each may have.
            pub const BOUNDS: &'static [(i64, usize)] = &[$($(($key, $most),)?)*];

            /// The keys of the entries that may be left out.
            #[must_use]
            pub fn optional() -> Vec<i64> {
                let may_be_left_out = [$(($key, <$type as $crate::cbor::Wire>::absent().is_some())),*];
                may_be_left_out.into_iter().filter(|(_, may)| *may).map(|(key, _)| key).collect()
            }
        }

        impl $crate::cbor::Wire for $name {
            fn put(&self, e: &mut $crate::cbor::Encoder) {
                let len = 0_u64 $(+ u64::from(!$crate::cbor::Wire::is_absent(&self.$field)))*;
                $crate::cbor::written(e.map(len));
                $(if !$crate::cbor::Wire::is_absent(&self.$field) {
                    $crate::cbor::written(e.i64($key));
                    $crate::cbor::Wire::put(&self.$field, e);
                })*
            }

            fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, $crate::cbor::DecodeError> {
                use $crate::cbor::DecodeError;
                $(let mut $field: Option<$type> = None;)*
                let len = d.map().map_err(|_| DecodeError::Type { what: $label, expected: "a map" })?.unwrap_or(0);
                for _ in 0..len {
                    let start = d.position();
                    match d.i64() {
                        $(Ok($key) => {
                            $($crate::cbor::at_most(d, $most, concat!("at most ", $most, " entries"))?;)?
                            let value: $type = $crate::cbor::Wire::take(d)?;
                            if $crate::cbor::Wire::is_absent(&value) {
                                return Err(DecodeError::OutOfBounds { what: stringify!($field), bound: "left out where it is empty" });
                            }
                            $field = Some(value);
                        })*
                        _ => {
                            d.set_position(start);
                            return Err($crate::cbor::unknown_key(d, $label));
                        }
                    }
                }
                Ok(Self {
                    $($field: $field.or_else(<$type as $crate::cbor::Wire>::absent).ok_or(DecodeError::MissingClaim {
                        map: $label,
                        claim: stringify!($field),
                    })?,)*
                })
            }
        }
    };
}

/// Declares a closed list: a small unsigned integer on the wire, a word for people.
macro_rules! wire_enum {
    ($(#[doc = $doc:literal])* pub enum $name:ident as $label:literal {
        $($(#[$variant_doc:meta])* $variant:ident = $number:literal $word:literal,)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant = $number,)*
        }

        impl $name {
            /// Every value, in the order of the numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word that people and APIs use.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text::UnknownWord;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.word() == word)
                    .ok_or_else(|| $crate::text::UnknownWord { what: $label, word: word.to_owned() })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.word())
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_id() -> std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($name)).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let words: Vec<&str> = Self::ALL.iter().map(|value| value.word()).collect();
                schemars::json_schema!({ "description": concat!($($doc),*).trim(), "type": "string", "enum": words })
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }

        impl $crate::cbor::Wire for $name {
            fn put(&self, e: &mut $crate::cbor::Encoder) {
                $crate::cbor::written(e.u8(*self as u8));
            }
            fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, $crate::cbor::DecodeError> {
                match <u64 as $crate::cbor::Wire>::take(d)? {
                    $($number => Ok(Self::$variant),)*
                    value => Err($crate::cbor::DecodeError::UnknownValue { what: $label, value }),
                }
            }
        }
    };
}

pub(crate) use wire_enum;
pub(crate) use wire_map;
