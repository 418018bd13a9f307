// Holds the register against a real directory, which has more people than it gives at once.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { equal, truth } from "../browser/checks.mjs";
import { Browser, form } from "./browser.mjs";
import { BASE, Directory, PEOPLE, READER } from "./directory.mjs";
import { Server, refused } from "./server.mjs";

const run = promisify(execFile);
const CROWD = 1205;

const unit = (ou, below) => `dn: ou=${ou},${below}\nobjectClass: organizationalUnit\nou: ${ou}\n`;
const staff = `ou=staff,${BASE}`;
const dn = (uid, ou) => `uid=${uid},ou=${ou},${staff}`;
const employee = (number, uid, name, ou) => `dn: ${dn(uid, ou)}
objectClass: inetOrgPerson
uid: ${uid}
sn: ${name}
cn: ${uid}
displayName: ${name}
mail: ${uid}@staff.example.org
employeeNumber: ${number}
`;
const crowd = Array.from({ length: CROWD }, (_, nth) => employee(`C${nth}`, `crowd${nth}`, `Crowd ${nth}`, "minfin"));
const NAMED = [
  employee("0017", "ivanova", "Анна Иванова", "minfin"),
  employee("0018", "petrov", "Boris Petrov", "minfin"),
  employee("0019", "petrov2", "Boris Petrov", "minfin"),
  employee("0020", "general", "Clara General", "army"),
];
const STAFF = [unit("staff", BASE), unit("minfin", staff), unit("army", staff), ...NAMED, ...crowd];

class World extends Server {
  static async start(limit) {
    const world = new World();
    await world.prepare();
    world.directory = await Directory.start(world.folder, STAFF, limit);
    await writeFile(join(world.folder, "reader"), `${READER.password}\n`, { mode: 0o600 });
    await world.begin();
    for (const org of ["minfin", "army"]) await world.muster("org", "add", org, "--title", org);
    return world;
  }

  async begin(url = `ldap://127.0.0.1:${this.directory.plain}`) {
    const keys = [
      `ldap-url = "${url}"`,
      `ldap-base = "${BASE}"`,
      `ldap-bind-dn = "${READER.dn}"`,
      'ldap-bind-password-file = "reader"',
      'ldap-ca = "ldap.pem"',
      `ldap-carrier-base = "${staff}"`,
      'ldap-carrier-id-attribute = "employeeNumber"',
      'ldap-carrier-disabled = "(employeeType=disabled)"',
      `ldap-carrier-map = ["ou=minfin,${staff}=minfin", "OU=Army, ${staff}=army"]`,
    ];
    this.config = join(this.folder, "server.toml");
    await writeFile(this.config, keys.join("\n"));
    await this.serve("--config", this.config);
  }

  async again(...how) {
    await this.end();
    await this.begin(...how);
  }

  phone(org, tag, carrier, ...more) {
    return this.muster("asset", "add", "--org", org, "--tag", tag, "--carrier", carrier, "--life", "in-use", ...more);
  }

  compare(...more) {
    return this.muster("carrier", "import", ...more);
  }

  shown(tag) {
    return this.muster("asset", "show", tag);
  }

  async tags(standing) {
    return (await this.muster("asset", "list", "--standing", standing)).map((one) => one.tag).join(" ");
  }

  // What `muster-server check` finds about the directory.
  async look() {
    const words = ["check", "--json", "--data", this.data, "--config", this.config];
    const { stdout } = await run(join(process.env.MUSTER_BIN, "muster-server"), words).catch((error) => error);
    return JSON.parse(stdout).findings.find((one) => one.what === "directory");
  }

  async stop() {
    await super.end();
    await this.directory.down();
    await super.stop();
  }
}

async function everybody_is_read_in_pages_and_carriers_are_known_by_their_ids(world) {
  await world.phone("minfin", "MF-1", "ivanova@STAFF.example.org");
  await world.phone("minfin", "MF-2", "Boris Petrov");
  await world.phone("minfin", "MF-3", "Nobody There");
  await world.phone("minfin", "MF-4", "Clara General");
  await world.phone("minfin", "MF-5", "Crowd 1204");
  await world.phone("army", "AR-1", "x", "--carrier-id", "0020");
  const plan = await world.compare("--dry-run");
  equal(JSON.stringify([plan.people, plan.skipped, plan.phones, plan.linked, plan.several, plan.unknown]), JSON.stringify([CROWD + 4, 0, 6, 2, 1, 2]), "the plan");
  equal((await world.shown("MF-1")).carrier_id, null, "nothing was written");
  await world.compare();
  const anna = await world.shown("MF-1");
  equal(JSON.stringify([anna.carrier, anna.carrier_id, anna.carrier_standing]), JSON.stringify(["Анна Иванова", "0017", "known"]), "by the mail address");
  equal((await world.shown("MF-5")).carrier_id, "C1204", "who stands on the last page");
  equal((await world.shown("AR-1")).carrier, "Clara General", "by the id");
  equal(await world.tags("unclear"), "MF-2 MF-3 MF-4", "namesakes, nobody, and somebody of another organisation");
  await world.muster("asset", "edit", "MF-2", "--carrier-id", "0019");
  const again = await world.compare();
  equal(JSON.stringify([again.changed, again.unknown]), JSON.stringify([1, 2]), "whom somebody named");
}

async function names_follow_and_who_is_gone_is_seen(world) {
  const changes = [
    `dn: ${dn("ivanova", "minfin")}\nchangetype: modify\nreplace: displayName\ndisplayName: Anna Sidorova\n`,
    `dn: ${dn("petrov2", "minfin")}\nchangetype: modify\nadd: employeeType\nemployeeType: disabled\n`,
    `dn: ${dn("crowd1204", "minfin")}\nchangetype: delete\n`,
    // another entry with the same id
    `dn: ${dn("general", "army")}\nchangetype: delete\n`,
    employee("0020", "general", "Clara General", "minfin").replace("\n", "\nchangetype: add\n"),
  ];
  await world.directory.change(changes.join("\n"));
  const done = await world.compare();
  equal(JSON.stringify([done.renamed, done.gone, done.left, done.disabled, done.moved]), JSON.stringify([1, 2, 1, 1, 1]), "what came of it");
  equal((await world.shown("MF-1")).carrier, "Anna Sidorova", "her name");
  equal(await world.tags("to-return"), "MF-2 MF-5", "shut out, and gone");
  equal(await world.tags("moved"), "AR-1", "in another organisation");
  equal((await world.shown("AR-1")).carrier_org, "minfin", "in which");
  const history = await world.muster("asset", "history", "MF-1");
  truth(history.some((one) => one.part === "carrier" && one.becomes === "Anna Sidorova"), "its history says so");
  const view = await world.muster("carrier", "show");
  equal(JSON.stringify([view.compared, view.every_hours, view.last.outcome]), JSON.stringify([true, 24, "done"]), "the last time");
  await world.muster("asset", "edit", "MF-5", "--life", "spare");
  equal(await world.tags("to-return"), "MF-2", "what came back");
}

async function the_console_shows_and_does_the_same(world) {
  const { link } = await world.muster("sign-in-link", "--name", "Keeper", "--role", "owner");
  const browser = new Browser(world.ca);
  const page = await browser.ask(link);
  await browser.go(`${world.address}/sign-in`, { form: form(page, {}) });
  const register = await browser.ask(`${world.address}/register`);
  truth(register.text.includes('href="/register/carriers"') && register.text.includes("standing=to-return"), "the register leads there");
  const shown = await browser.ask(`${world.address}/register/carriers`);
  equal(shown.status, 200, shown.text);
  const planned = await browser.ask(`${world.address}/register/carriers`, { form: form(shown, { do: "plan" }) });
  truth(planned.text.includes("What it would change") && planned.text.includes("MF-3"), planned.text);
  const done = await browser.ask(`${world.address}/register/carriers`, { form: form(shown, { do: "import" }) });
  truth(done.text.includes("What it changed") && done.text.includes("MF-3"), done.text);
}

async function without_a_map_nobody_signs_in_with_its_passwords(world) {
  const typed = { name: "anna", password: PEOPLE.anna, code: "" };
  const answer = await new Browser(world.ca).ask(`${world.address}/sign-in/password`, { form: typed });
  refused(answer, "is wrong");
}

async function whoever_keeps_a_branch_compares_that(world) {
  await world.phone("minfin", "MF-6", "Crowd 7");
  const { token } = await world.muster("api-token", "create", "army-keeper", "--role", "operator", "--org", "army");
  const answer = await new Browser(world.ca).ask(`${world.address}/api/v1/carriers/import?dry_run=true`, { token, form: {} });
  equal(answer.status, 200, answer.text);
  const plan = JSON.parse(answer.text);
  equal(plan.phones, 1, "phones of the branch");
  truth(!answer.text.includes("MF-6") && !answer.text.includes("Crowd"), answer.text);
}

async function more_than_a_quarter_are_not_gone_unasked(world) {
  for (let nth = 0; nth < 8; nth++) await world.phone("minfin", `T-${nth}`, `Crowd ${nth}`);
  await world.compare();
  await world.directory.change([0, 1, 2, 3].map((nth) => `dn: ${dn(`crowd${nth}`, "minfin")}\nchangetype: delete\n`).join("\n"));
  equal((await world.compare("--dry-run")).too_many, true, "the plan");
  const refusal = await world.refusal("carrier", "import");
  truth(refusal.includes("4 would be gone") && refusal.includes("--accept-many"), refusal);
  equal(await world.tags("to-return"), "", "nothing was changed");
  equal((await world.muster("carrier", "show")).last.outcome, "stopped", "it is seen");
  equal((await world.compare("--accept-many")).gone, 4, "what was accepted");
  equal(await world.tags("to-return"), "T-0 T-1 T-2 T-3", "they are asked back");
}

async function tls_is_spoken_from_the_start_too_and_never_nothing(world) {
  equal((await world.look()).state, "ok", "over StartTLS");
  await world.again(`ldaps://127.0.0.1:${world.directory.tls}`);
  truth((await world.compare()).people > 1000, "over TLS from the start");
  await world.again(`ldap://127.0.0.1:${world.directory.plain}?tls=off`);
  const refusal = await world.refusal("carrier", "import");
  truth(refusal.includes("nothing was changed"), refusal);
  await world.again();
}

async function a_directory_that_is_away_changes_nothing(world) {
  await world.phone("minfin", "MF-7", "Crowd 7");
  await world.compare();
  const before = await world.shown("MF-7");
  await world.directory.down();
  const refusal = await world.refusal("carrier", "import");
  truth(refusal.includes("reach the directory") && refusal.includes("nothing was changed"), refusal);
  equal(JSON.stringify(await world.shown("MF-7")), JSON.stringify(before), "the phone");
  const { last } = await world.muster("carrier", "show");
  equal(last.outcome, "failed", "it is seen");
  truth(last.done && last.done < last.at, "and when it was done");
  const { link } = await world.muster("sign-in-link", "--name", "Keeper", "--role", "owner");
  const browser = new Browser(world.ca);
  await browser.go(`${world.address}/sign-in`, { form: form(await browser.ask(link)) });
  const register = await browser.ask(`${world.address}/register?lang=en`);
  truth(/Last time<\/a>: failed/.test(register.text), "the register says so");
  const found = await world.look();
  equal(found.state, "warning", "muster-server check");
  truth(found.seen.includes("reach the directory"), found.seen);
}

async function a_part_alone_is_not_taken_for_everybody(world) {
  await world.phone("minfin", "MF-8", "Crowd 8");
  const refusal = await world.refusal("carrier", "import");
  truth(refusal.includes("a part alone") && refusal.includes("result 4"), refusal);
  equal((await world.shown("MF-8")).carrier_standing, null, "nothing was changed");
}

const PARTS = [
  [undefined, [everybody_is_read_in_pages_and_carriers_are_known_by_their_ids, names_follow_and_who_is_gone_is_seen, the_console_shows_and_does_the_same, without_a_map_nobody_signs_in_with_its_passwords, whoever_keeps_a_branch_compares_that]],
  [undefined, [more_than_a_quarter_are_not_gone_unasked, tls_is_spoken_from_the_start_too_and_never_nothing, a_directory_that_is_away_changes_nothing]],
  ["size.soft=600 size.hard=600 size.prtotal=600", [a_part_alone_is_not_taken_for_everybody]],
];

export async function carriers(checks) {
  for (const [limit, part] of PARTS) {
    const world = await World.start(limit);
    try {
      for (const check of part) await checks.run(`carriers: ${check.name.replaceAll("_", " ")}`, () => check(world));
    } finally {
      await world.stop();
    }
  }
}
