"""Half of the made-up ids become ids of things that are there, so that not every answer is 404; nobody waits, and nothing is long."""

import itertools
import os
import re
import zlib

import schemathesis

DEVICES = os.environ["MUSTER_DEVICES"].split(",")
KNOWN = {
    "/devices": DEVICES,
    "/enrolments": DEVICES,
    "/inventory": DEVICES,
    "/policies": ["phones"],
    "/orgs": ["ministry", "agency"],
    "/agent-packages": ["0.1.0"],
}


schemathesis.serializer.alias("application/cbor-seq", "application/octet-stream")


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    known = next((ids for start, ids in KNOWN.items() if context.operation.path.startswith(start + "/")), None)
    if known and path_parameters:
        for name, value in path_parameters.items():
            chance = zlib.crc32(str(value).encode())
            if chance % 2:
                path_parameters[name] = known[chance // 2 % len(known)]
    return path_parameters


@schemathesis.hook
def map_query(context, query):
    if query and "wait" in query and str(query["wait"]).isdigit():
        query["wait"] = 0
    return query


FRESH = itertools.count()


@schemathesis.hook
def map_headers(context, headers):
    """A key stands for one thing. Sent again, after that thing was deleted, it is answered "made" and makes nothing, as documented."""
    name = next((name for name in headers or {} if name.lower() == "idempotency-key"), None)
    if name and re.fullmatch(r"[!#-~]{16,240}", str(headers[name])):
        headers[name] = f"{headers[name]}-{next(FRESH)}"
    return headers
