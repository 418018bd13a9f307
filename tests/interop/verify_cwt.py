"""Verifies messages with cwt: as a CWT where the message has no end of validity that is past by now, else as COSE."""

import hashlib
from importlib.metadata import version

import cbor2
import vectors
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from cwt import COSE, CWT, COSEKey

EXPIRES = 4


def verify(message, pem):
    spki = load_pem_public_key(pem.encode()).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = COSEKey.from_pem(pem, alg="ES256", kid=hashlib.sha256(spki).digest()[:8])
    payload = COSE.new().decode(message, key)
    claims = cbor2.loads(payload)
    if EXPIRES not in claims and CWT.new().decode(message, key) != claims:
        raise ValueError("other claims as CWT")
    return payload, None


vectors.main(f"cwt {version('cwt')}", verify)
