// Signs in with accounts from outside.
import { Checks } from "../browser/checks.mjs";
import { carriers } from "./carriers.mjs";
import { ldap } from "./ldap.mjs";
import { oidc } from "./oidc.mjs";

const checks = new Checks();
await oidc(checks);
await ldap(checks);
await carriers(checks);
process.exit(checks.end("signin"));
