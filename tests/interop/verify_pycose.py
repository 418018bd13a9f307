"""Verifies messages with pycose."""

from importlib.metadata import version

import vectors
from pycose.algorithms import Es256
from pycose.headers import Algorithm
from pycose.keys import EC2Key
from pycose.messages import Sign1Message


def verify(message, pem):
    decoded = Sign1Message.decode(message)
    if decoded.phdr.get(Algorithm) is not Es256:
        raise ValueError("another algorithm than ES256")
    x, y = vectors.public_point(pem)
    decoded.key = EC2Key(crv="P_256", x=x, y=y)
    if not decoded.verify_signature():
        raise ValueError("the signature does not hold")
    return decoded.payload, decoded._create_sig_structure()


vectors.main(f"pycose {version('pycose')}", verify)
