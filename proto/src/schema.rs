//! What the types of the contract look like in JSON, for the document of the server's API: generated from the types that are answered.

use crate::audit::Image;
use crate::catalogue::Pattern;
use crate::cbor::{Bytes, List};
use crate::facts::{Fact, Read, Reason};
use crate::id::{ChainId, DeviceId, Digest, Kid, Nonce, OrderId};
use crate::key::PublicKey;
use crate::report::{PROFILE, Profile};
use crate::text::Text;
use crate::time::{Day, Span, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

macro_rules! named {
    ($($type:ident: $schema:tt,)*) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        })*
    };
}

named! {
    Image: { "description": "What a thing was before or after an action: a small JSON value.", "type": "object" },
    Digest: { "description": "SHA-256 of something.", "type": "string", "pattern": "^[0-9a-fA-F]{64}$" },
    DeviceId: { "description": "An enrolled device.", "type": "string", "pattern": "^[0-9a-fA-F]{32}$" },
    ChainId: { "description": "One run of numbered reports.", "type": "string", "pattern": "^[0-9a-fA-F]{32}$" },
    OrderId: { "description": "One order.", "type": "string", "pattern": "^[0-9a-fA-F]{32}$" },
    Kid: {
        "description": "The first 8 bytes of SHA-256 over a public key: a hint to find it.",
        "type": "string", "pattern": "^[0-9a-fA-F]{16}$"
    },
    Nonce: {
        "description": "A number used once, of 8 to 64 bytes.",
        "type": "string", "pattern": "^([0-9a-fA-F]{2}){8,64}$"
    },
    Timestamp: { "description": "A moment, in RFC 3339.", "type": "string", "format": "date-time" },
    PublicKey: { "description": "A P-256 public key: its SubjectPublicKeyInfo.", "type": "string", "pattern": "^([0-9a-f]{2})*$" },
    Pattern: { "description": "A pattern of names.", "type": "string" },
    Day: { "description": "A day of the calendar.", "type": "string", "format": "date" },
    Span: { "description": "A length of time, in seconds.", "type": "integer", "format": "int64", "minimum": 0 },
}

macro_rules! inline {
    ($([$($generic:tt)*] $type:ty, $name:literal, |$generator:ident| $schema:expr;)*) => {
        $(impl<$($generic)*> JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        })*
    };
}

inline! {
    [const N: usize] Text<N>, "Text", |_generator| json_schema!({ "type": "string", "maxLength": N });
    [] Bytes, "Bytes", |_generator| json_schema!({ "type": "string", "pattern": "^([0-9a-f]{2})*$" });
    [] Profile, "Profile", |_generator| json_schema!({ "const": PROFILE });
    [] Read, "Read", |_generator| json_schema!({ "type": "null" });
    [T: JsonSchema] List<T>, "List", |generator| generator.subschema_for::<Vec<T>>();
    [T: JsonSchema] Fact<T>, "Fact", |generator| json_schema!({
        "type": "object",
        "properties": {
            "value": generator.subschema_for::<T>(),
            "reason": generator.subschema_for::<Reason>(),
        },
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": false,
    });
}
