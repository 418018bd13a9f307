//! Makes faults and signs them, so that the fault alone is what is wrong.

use crate::good::sealed;
use crate::keys::{Keys, Whose};
use crate::raw::{Item, Parts, parse};
use crate::samples;
use crate::vector::{As, Vector};
use muster_proto::cbor::encode;
use muster_proto::cose::Typ;
use muster_proto::key::Signer;

/// The bad vectors so far.
pub struct Faults<'a> {
    pub keys: &'a Keys,
    pub all: Vec<Vector>,
}

impl Faults<'_> {
    pub fn push(
        &mut self,
        name: &str,
        error: &'static str,
        about: &'static str,
        cddl: bool,
        typ: Typ,
        message: Vec<u8>,
    ) {
        let key = self.keys.pen(Whose::Device).public_key();
        let name = name.to_owned();
        self.all.push(Vector { name, about, open_as: As::One(typ), message, key, error: Some(error), cddl });
    }

    /// Parts of a good report.
    pub fn report(&self) -> Parts {
        Parts::of(&sealed(self.keys, Whose::Device, &samples::aurora_report()))
    }

    pub fn signed(&self, mut parts: Parts) -> Vec<u8> {
        let pen = self.keys.pen(Whose::Device);
        parts.signature = pen.sign(&parts.to_be_signed()).expect("a key in memory signs").to_vec();
        parts.bytes()
    }

    /// A report whose payload was changed before it was signed.
    pub fn payload(
        &mut self,
        name: &str,
        error: &'static str,
        about: &'static str,
        cddl: bool,
        change: impl FnOnce(&mut Item),
    ) {
        let mut payload = parse(&encode(&samples::aurora_report()));
        change(&mut payload);
        self.payload_bytes(name, error, about, cddl, payload.bytes());
    }

    pub fn payload_bytes(
        &mut self,
        name: &str,
        error: &'static str,
        about: &'static str,
        cddl: bool,
        payload: Vec<u8>,
    ) {
        let message = self.signed(Parts { payload: Item::Bytes(payload), ..self.report() });
        self.push(name, error, about, cddl, Typ::Report, message);
    }

    /// A report whose envelope was changed before it was signed.
    pub fn envelope(
        &mut self,
        name: &str,
        error: &'static str,
        about: &'static str,
        cddl: bool,
        change: impl FnOnce(&mut Parts),
    ) {
        let mut parts = self.report();
        change(&mut parts);
        let message = self.signed(parts);
        self.push(name, error, about, cddl, Typ::Report, message);
    }

    /// A report that was changed after it was signed.
    pub fn tampered(
        &mut self,
        name: &str,
        error: &'static str,
        about: &'static str,
        cddl: bool,
        change: impl FnOnce(&mut Parts),
    ) {
        let mut parts = self.report();
        change(&mut parts);
        self.push(name, error, about, cddl, Typ::Report, parts.bytes());
    }
}
