"""What both Python programs share: how they are called, and what they say.

    PROGRAM FILE KEY.pem      verifies one message and reads its claims
    PROGRAM --vectors DIR     verifies every good vector, and refuses every forged one
"""

import datetime
import hashlib
import json
import pathlib
import sys

import cbor2
from cryptography.hazmat.primitives.serialization import load_pem_public_key

SUBMODS, UEID, IAT, NUMBER = 266, 256, 6, -70002


def public_point(pem):
    """x and y of a public key on P-256."""
    numbers = load_pem_public_key(pem.encode()).public_numbers()
    return numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")


def read_claims(claims):
    """One line about a report; about another message, its keys."""
    if SUBMODS not in claims:
        return "claims " + ", ".join(str(key) for key in claims)
    made = datetime.datetime.fromtimestamp(claims[IAT], datetime.timezone.utc)
    device, apps = claims[SUBMODS]["device"], claims[SUBMODS]["apps"]
    known = sum(1 for key, fact in device.items() if key != 0 and not (isinstance(fact, int) and fact < 0))
    seen = ", ".join(sighting[1] for sighting in apps.get(3, []))
    return (
        f"device {claims[UEID][1:].hex()}, report {claims[NUMBER]}, made {made:%Y-%m-%dT%H:%M:%SZ}, "
        f"{known} facts known, {len(apps.get(3, []))} sightings" + (f" ({seen})" if seen else "")
    )


def main(name, verify):
    """`verify(message, pem)` gives payload and what was signed (or None), or raises."""
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} FILE KEY.pem | --vectors DIR")
    if sys.argv[1] == "--vectors":
        sys.exit(check_vectors(name, verify, pathlib.Path(sys.argv[2])))
    message = pathlib.Path(sys.argv[1]).read_bytes()
    try:
        payload, _ = verify(message, pathlib.Path(sys.argv[2]).read_text())
    except Exception as error:
        sys.exit(f"{name}: refused: {type(error).__name__}: {error}")
    print(f"{name}: the signature holds; {read_claims(cbor2.loads(payload))}")


def check_vectors(name, verify, folder):
    """Prints what went wrong and a summary; the number of failures."""
    held, refused, wrong = 0, 0, []
    for path in sorted(folder.glob("*.json")):
        vector = json.loads(path.read_text())
        if vector["open_as"] == "report-sequence":
            continue
        forged = vector.get("error") == "bad-signature"
        if "error" in vector and not forged:
            continue
        try:
            payload, signed = verify(bytes.fromhex(vector["message"]), vector["key"])
        except Exception as error:
            if forged:
                refused += 1
            else:
                wrong.append(f"{path.name}: {type(error).__name__}: {error}")
            continue
        if forged:
            wrong.append(f"{path.name}: a forged message was accepted")
            continue
        fault = compare(vector, cbor2.loads(payload), signed)
        if fault:
            wrong.append(f"{path.name}: {fault}")
        else:
            held += 1
    for line in wrong:
        print(f"{name}: {line}")
    print(f"{name}: {held} good vectors verified and read, {refused} forged ones refused, {len(wrong)} wrong")
    return 1 if wrong or held < 10 or refused < 5 else 0


def compare(vector, claims, signed):
    """What the library read against what our rendering says."""
    said = vector["rendering"]["payload"]
    if signed is not None and hashlib.sha256(signed).hexdigest() != vector["digest"]:
        return "another digest"
    if NUMBER in claims and claims[NUMBER] != said["number"]:
        return "another number"
    if UEID in claims and claims[UEID].hex() != "01" + said["device"]:
        return "another device"
    if SUBMODS in claims:
        read = [sighting[2] for sighting in claims[SUBMODS]["apps"].get(3, [])]
        if read != [sighting["package"] for sighting in said["submods"]["apps"]["sightings"]]:
            return "other sightings"
    return None
