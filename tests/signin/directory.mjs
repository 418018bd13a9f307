// A real directory: Debian's slapd, as a process of this user, with TLS, people and groups.
import { execFile, spawn } from "node:child_process";
import { createServer, connect } from "node:net";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = process.env.SLAPD_ROOT;

export const BASE = "dc=example,dc=org";
export const READER = { dn: `cn=reader,${BASE}`, password: "the reader's" };
export const PEOPLE = { anna: "Anna's own", boris: "Boris's own", clara: "Clara's own" };

const person = (uid, cn) => `dn: uid=${uid},ou=people,${BASE}
objectClass: inetOrgPerson
uid: ${uid}
sn: ${cn}
cn: ${cn}
displayName: ${cn} Petrova
mail: ${uid}@example.org
userPassword: ${PEOPLE[uid]}
`;
const group = (cn, ...members) => `dn: cn=${cn},ou=groups,${BASE}
objectClass: groupOfNames
cn: ${cn}
${members.map((uid) => `member: uid=${uid},ou=people,${BASE}`).join("\n")}
`;
const ENTRIES = [
  `dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n`,
  `dn: ou=people,${BASE}\nobjectClass: organizationalUnit\nou: people\n`,
  `dn: ou=groups,${BASE}\nobjectClass: organizationalUnit\nou: groups\n`,
  `dn: ${READER.dn}\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\ncn: reader\nuserPassword: ${READER.password}\n`,
  // another directory's entry: nobody follows it
  `dn: ou=elsewhere,${BASE}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\nref: ldap://127.0.0.1:1/ou=elsewhere,${BASE}\n`,
  person("anna", "Anna"),
  person("boris", "Boris"),
  person("clara", "Clara"),
  group("minfin-it", "anna"),
  group("owners", "clara"),
];

export class Directory {
  // `more` entries beside those above; `limit` is what the reader may be given at once, and in pages.
  static async start(folder, more = [], limit = "size.soft=1000 size.hard=1000 size.prtotal=unlimited") {
    const one = new Directory();
    one.folder = folder;
    const data = join(folder, "entries");
    await mkdir(data);
    one.ca = join(folder, "ldap.pem");
    const key = join(folder, "ldap.key");
    await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=directory", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", one.ca]);
    one.conf = join(folder, "slapd.conf");
    const schemas = ["core", "cosine", "inetorgperson"].map((name) => `include ${root}/etc/ldap/schema/${name}.schema`);
    const lines = [...schemas, `modulepath ${root}/usr/lib/ldap`, "moduleload back_mdb", `pidfile ${join(folder, "slapd.pid")}`, `TLSCertificateFile ${one.ca}`, `TLSCertificateKeyFile ${key}`, "security simple_bind=128", "database mdb", `suffix "${BASE}"`, `directory ${data}`, `rootdn "cn=root,${BASE}"`, "rootpw root", `limits dn.exact="${READER.dn}" ${limit}`, 'access to attrs=userPassword by anonymous auth by * none', `access to * by dn.exact="${READER.dn}" read by * none`];
    await writeFile(one.conf, lines.join("\n") + "\n");
    const entries = join(folder, "entries.ldif");
    await writeFile(entries, [...ENTRIES, ...more].join("\n"));
    await one.tool("add", "-l", entries);
    [one.plain, one.tls] = await free(2);
    await one.up();
    return one;
  }

  tool(what, ...words) {
    return run(`${root}/usr/sbin/slapd`, ["-T", what, "-f", this.conf, ...words], { env: environment() });
  }

  async up() {
    const addresses = `ldap://127.0.0.1:${this.plain} ldaps://127.0.0.1:${this.tls}`;
    this.child = spawn(`${root}/usr/sbin/slapd`, ["-d", "0", "-h", addresses, "-f", this.conf], { stdio: ["ignore", "inherit", "inherit"], env: environment() });
    for (let tries = 0; !(await answers(this.tls)); tries++) {
      if (tries === 200 || this.child.exitCode !== null) throw new Error("slapd does not come up");
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  // What no program of ours does: people and groups change.
  async change(ldif) {
    await this.down();
    const file = join(this.folder, "change.ldif");
    await writeFile(file, ldif);
    await this.tool("modify", "-l", file);
    await this.up();
  }

  async down() {
    if (this.child.exitCode !== null) return;
    this.child.kill("SIGINT");
    await once(this.child, "exit");
  }
}

function environment() {
  return { ...process.env, LD_LIBRARY_PATH: process.env.SLAPD_LIBS };
}

async function free(many) {
  const servers = [];
  for (let nth = 0; nth < many; nth++) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.push(server);
  }
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

function answers(port) {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1", () => done(socket.end() && true));
    socket.on("error", () => done(false));
  });
}
