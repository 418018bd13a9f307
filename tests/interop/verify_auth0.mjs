// Verifies messages with @auth0/cose.
//
//     node verify_auth0.mjs FILE KEY.pem      verifies one message and reads its claims
//     node verify_auth0.mjs --vectors DIR     verifies every good vector, and refuses every forged one

import { createHash, createPublicKey } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Sign1 } from "@auth0/cose";
import { Decoder } from "cbor-x";

const require = createRequire(import.meta.url);
const name = `@auth0/cose ${require("@auth0/cose/package.json").version}`;
const SUBMODS = 266, UEID = 256, IAT = 6, NUMBER = -70002, ES256 = -7;
const cbor = new Decoder({ mapsAsObjects: false, useRecords: false });
const hex = (bytes) => Buffer.from(bytes).toString("hex");

async function verify(message, pem) {
  const decoded = Sign1.decode(message);
  await decoded.verify(createPublicKey(pem), { algorithms: [ES256] });
  const signed = Sign1.Signature1(decoded.encodedProtectedHeaders, new Uint8Array(), decoded.payload);
  return { claims: cbor.decode(decoded.payload), digest: createHash("sha256").update(signed).digest("hex") };
}

function readClaims(claims) {
  if (!claims.has(SUBMODS)) return `claims ${[...claims.keys()].join(", ")}`;
  const made = new Date(Number(claims.get(IAT)) * 1000).toISOString().replace(".000", "");
  const device = claims.get(SUBMODS).get("device");
  const known = [...device].filter(([key, fact]) => key !== 0 && !(typeof fact === "number" && fact < 0)).length;
  const seen = (claims.get(SUBMODS).get("apps").get(3) ?? []).map((sighting) => sighting.get(1));
  return (
    `device ${hex(claims.get(UEID).slice(1))}, report ${claims.get(NUMBER)}, made ${made}, ` +
    `${known} facts known, ${seen.length} sightings` + (seen.length ? ` (${seen.join(", ")})` : "")
  );
}

// What the library read against what our rendering says.
function compare(vector, { claims, digest }) {
  const said = vector.rendering.payload;
  if (digest !== vector.digest) return "another digest";
  // the file's numbers are JSON: what is beyond 2^53 comes back rounded
  if (claims.has(NUMBER) && Number(claims.get(NUMBER)) !== said.number) return "another number";
  if (claims.has(UEID) && hex(claims.get(UEID)) !== `01${said.device}`) return "another device";
  if (claims.has(SUBMODS)) {
    const read = (claims.get(SUBMODS).get("apps").get(3) ?? []).map((sighting) => sighting.get(2));
    const written = said.submods.apps.sightings.map((sighting) => sighting.package);
    if (read.join("\n") !== written.join("\n")) return "other sightings";
  }
  return null;
}

async function checkVectors(folder) {
  let held = 0, refused = 0;
  const wrong = [];
  for (const file of readdirSync(folder).filter((file) => file.endsWith(".json")).sort()) {
    const vector = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const forged = vector.error === "bad-signature";
    if (vector.open_as === "report-sequence" || (vector.error && !forged)) continue;
    try {
      const fault = compare(vector, await verify(Buffer.from(vector.message, "hex"), vector.key));
      if (forged) wrong.push(`${file}: a forged message was accepted`);
      else if (fault) wrong.push(`${file}: ${fault}`);
      else held += 1;
    } catch (error) {
      if (forged) refused += 1;
      else wrong.push(`${file}: ${error}`);
    }
  }
  for (const line of wrong) console.log(`${name}: ${line}`);
  console.log(`${name}: ${held} good vectors verified and read, ${refused} forged ones refused, ${wrong.length} wrong`);
  return wrong.length || held < 10 || refused < 5 ? 1 : 0;
}

const [first, second] = process.argv.slice(2);
if (!second) {
  console.error("usage: node verify_auth0.mjs FILE KEY.pem | --vectors DIR");
  process.exit(2);
} else if (first === "--vectors") {
  process.exit(await checkVectors(second));
} else {
  try {
    const { claims } = await verify(readFileSync(first), readFileSync(second, "utf8"));
    console.log(`${name}: the signature holds; ${readClaims(claims)}`);
  } catch (error) {
    console.error(`${name}: refused: ${error}`);
    process.exit(1);
  }
}
