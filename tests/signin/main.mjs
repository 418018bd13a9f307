// Signs in with accounts from outside.
import { Checks } from "../browser/checks.mjs";
import { ldap } from "./ldap.mjs";
import { oidc } from "./oidc.mjs";

const checks = new Checks();
await oidc(checks);
await ldap(checks);
process.exit(checks.end("signin"));
