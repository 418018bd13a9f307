// Signs in with passwords of a real directory.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { equal, truth } from "../browser/checks.mjs";
import { Browser, form } from "./browser.mjs";
import { BASE, Directory, PEOPLE, READER } from "./directory.mjs";
import { Server, refused } from "./server.mjs";
import { code } from "./totp.mjs";

const owners = `cn=owners,ou=groups,${BASE}`;
const finance = `CN=minfin-it, OU=groups, ${BASE}`;

class World extends Server {
  static async start() {
    const world = new World();
    await world.prepare();
    world.directory = await Directory.start(world.folder);
    await writeFile(join(world.folder, "reader"), `${READER.password}\n`, { mode: 0o600 });
    await world.begin();
    await world.muster("org", "add", "minfin", "--title", "Finance");
    return world;
  }

  async begin(url = `ldaps://127.0.0.1:${this.directory.tls}`, more = "") {
    const keys = [`ldap-url = "${url}"`, `ldap-base = "${BASE}"`, `ldap-bind-dn = "${READER.dn}"`, 'ldap-bind-password-file = "reader"', 'ldap-ca = "ldap.pem"', `ldap-map = ["${owners}=owner", "${finance}=operator:minfin"]`, more];
    const file = join(this.folder, "server.toml");
    await writeFile(file, keys.join("\n"));
    await this.serve("--config", file);
  }

  async again(...how) {
    await this.end();
    await this.begin(...how);
  }

  async type(name, password, typed = "", browser = new Browser(this.ca)) {
    return { browser, came: await browser.go(`${this.address}/sign-in/password`, { form: { name, password, code: typed } }) };
  }

  // The first sign-in: the directory's password, then one-time codes.
  async setUp(name) {
    const { browser, came } = await this.type(name, PEOPLE[name]);
    equal(came.status, 200, came.text);
    truth(came.text.includes("one-time") && !came.text.includes('name="password"'), came.text);
    const secret = /<pre class="secret">([A-Z2-7 ]+)<\/pre>/.exec(came.text)[1];
    const done = await browser.ask(`${this.address}/set-up`, { form: form(came, { code: code(secret) }) });
    equal(done.status, 200, done.text);
    const codes = /<pre class="secret">([^<]+)<\/pre>/.exec(done.text)[1].trim().split("\n");
    return { browser, secret, codes };
  }

  async stop() {
    await super.end();
    await this.directory.down();
    await super.stop();
  }
}

async function inside(world, browser) {
  equal((await browser.ask(`${world.address}/account`)).status, 200, "the account's page");
}

async function the_directory_s_password_and_a_code_of_here_let_somebody_in(world) {
  const anna = await world.setUp("anna");
  world.anna = anna;
  await inside(world, anna.browser);
  const person = await world.muster("person", "show", "anna");
  equal(JSON.stringify([person.title, person.address, person.providers, person.from_groups]), JSON.stringify(["Anna Petrova", "anna@example.org", ["ldap"], [{ org: "minfin", role: "operator" }]]), "the person");
  const { browser } = await world.type("ANNA", PEOPLE.anna, code(anna.secret, 1));
  await inside(world, browser);
}

async function without_the_code_or_with_another_password_nobody_comes_in(world) {
  for (const [name, password, typed] of [
    ["anna", PEOPLE.anna, ""],
    ["anna", PEOPLE.anna, "123456"],
    ["anna", "another", world.anna.codes.at(-1)],
    ["anna", "", ""],
    ["nobody", PEOPLE.anna, ""],
    ["*", PEOPLE.anna, ""],
    ["anna)(uid=*", PEOPLE.anna, ""],
    ["elsewhere", "x", ""],
  ]) {
    refused((await world.type(name, password, typed)).came, "is wrong");
  }
  const { browser } = await world.type("anna", PEOPLE.anna, world.anna.codes.pop());
  await inside(world, browser);
}

async function who_has_no_group_does_not_come_in(world) {
  refused((await world.type("boris", PEOPLE.boris)).came, "no group of yours");
  equal((await world.muster("person", "list")).some((one) => one.name === "boris"), false, "nobody was added");
}

async function another_group_is_taken_up_at_the_next_sign_in(world) {
  const { browser } = await world.type("anna", PEOPLE.anna, world.anna.codes.pop());
  await world.directory.change(`dn: ${owners}\nchangetype: modify\nadd: member\nmember: uid=anna,ou=people,${BASE}\n\ndn: cn=minfin-it,ou=groups,${BASE}\nchangetype: delete\n`);
  await world.type("anna", PEOPLE.anna, world.anna.codes.pop());
  equal(JSON.stringify((await world.muster("person", "show", "anna")).from_groups), JSON.stringify([{ role: "owner" }]), "what the groups give");
  await world.directory.change(`dn: ${owners}\nchangetype: modify\ndelete: member\nmember: uid=anna,ou=people,${BASE}\n`);
  refused((await world.type("anna", PEOPLE.anna, world.anna.codes.pop())).came, "no group of yours");
  equal((await browser.ask(`${world.address}/account`)).status, 303, "the session from before");
}

// The cure for a lost phone takes nothing that groups give: there is no password of here afterwards.
async function who_has_lost_the_phone_keeps_what_groups_give(world) {
  const { link } = await world.muster("person", "link", "anna");
  const browser = new Browser(world.ca);
  const page = await browser.ask(link);
  truth(!page.text.includes('name="password"'), "no password is chosen");
  const secret = /<pre class="secret">([A-Z2-7 ]+)<\/pre>/.exec(page.text)[1];
  const done = await browser.ask(`${world.address}/set-up`, { form: form(page, { code: code(secret) }) });
  equal(done.status, 200, done.text);
  const codes = /<pre class="secret">([^<]+)<\/pre>/.exec(done.text)[1].trim().split("\n");
  equal((await world.muster("person", "list")).find((one) => one.name === "anna").password, false, "a password of here");
  refused((await world.type("anna", PEOPLE.anna, world.anna.codes.pop())).came, "is wrong");
  const again = await world.type("anna", PEOPLE.anna, codes[0]);
  const account = await again.browser.ask(`${world.address}/account`);
  truth(account.text.includes("operator (minfin)"), account.text);
  // and renews recovery codes by a code, for the password is the directory's
  const csrf = /name="csrf" value="([^"]*)"/.exec(account.text)[1];
  truth(account.text.includes("or a recovery code") && !account.text.includes('action="/account/password"'), account.text);
  equal((await again.browser.ask(`${world.address}/account/codes`, { form: { csrf, old: "123456" } })).status, 422, "a wrong code");
  equal((await again.browser.ask(`${world.address}/account/codes`, { form: { csrf, old: codes[1] } })).status, 200, "new codes");
}

// They reach the directory one after the other, so that what is wrong is counted before the next is tried.
async function many_wrong_passwords_at_once_are_many_in_a_row(world) {
  const clara = await world.setUp("clara");
  const all = await Promise.all(Array.from({ length: 8 }, () => world.type("clara", "wrong", clara.codes[0])));
  for (const { came } of all) truth([403, 429, 503].includes(came.status), `${came.status}`);
  truth(all.some(({ came }) => came.status === 503), "some had to wait for their turn");
}

async function after_five_wrong_passwords_the_account_waits(world) {
  const clara = await world.setUp("clara");
  for (let tries = 0; tries < 5; tries++) refused((await world.type("clara", "wrong", clara.codes[0])).came, "is wrong");
  refused((await world.type("clara", PEOPLE.clara, clara.codes[0])).came, "is wrong");
  const person = (await world.muster("person", "list")).find((one) => one.name === "clara");
  truth(person.locked, "it waits");
  await world.muster("person", "enable", "clara");
  await inside(world, (await world.type("clara", PEOPLE.clara, clara.codes[0])).browser);
}

async function start_tls_is_as_good_and_nothing_goes_in_the_clear(world) {
  const clara = await world.setUp("clara");
  await world.again(`ldap://127.0.0.1:${world.directory.plain}`);
  await inside(world, (await world.type("clara", PEOPLE.clara, clara.codes[0])).browser);
  // the directory takes no password without TLS, and says so
  await world.again(`ldap://127.0.0.1:${world.directory.plain}?tls=off`);
  refused((await world.type("clara", PEOPLE.clara, clara.codes[1])).came, "can’t be reached", 503);
}

async function one_that_shows_another_certificate_is_not_believed(world) {
  await writeFile(join(world.folder, "ldap.pem"), world.ca);
  await world.again();
  refused((await world.type("clara", PEOPLE.clara)).came, "can’t be reached", 503);
}

async function while_it_is_away_those_of_here_go_on(world) {
  await world.directory.down();
  refused((await world.type("clara", PEOPLE.clara)).came, "can’t be reached", 503);
  await world.muster("person", "add", "Keeper", "--grant", "owner");
  const { link } = await world.muster("person", "link", "Keeper");
  const browser = new Browser(world.ca);
  const page = await browser.ask(link);
  const secret = /<pre class="secret">([A-Z2-7 ]+)<\/pre>/.exec(page.text)[1];
  const password = "a long one of the keeper's";
  const done = await browser.ask(`${world.address}/set-up`, { form: form(page, { password, again: password, code: code(secret) }) });
  equal(done.status, 200, done.text);
  await inside(world, (await world.type("Keeper", password, code(secret, 1))).browser);
}

// An address may fail ten times in five minutes: each part has a server of its own.
const PARTS = [
  [the_directory_s_password_and_a_code_of_here_let_somebody_in, without_the_code_or_with_another_password_nobody_comes_in],
  [the_directory_s_password_and_a_code_of_here_let_somebody_in, who_has_no_group_does_not_come_in, another_group_is_taken_up_at_the_next_sign_in],
  [the_directory_s_password_and_a_code_of_here_let_somebody_in, who_has_lost_the_phone_keeps_what_groups_give],
  [many_wrong_passwords_at_once_are_many_in_a_row],
  [after_five_wrong_passwords_the_account_waits],
  [start_tls_is_as_good_and_nothing_goes_in_the_clear, one_that_shows_another_certificate_is_not_believed, while_it_is_away_those_of_here_go_on],
];

export async function ldap(checks) {
  for (const part of PARTS) {
    const world = await World.start();
    try {
      for (const check of part) await checks.run(`ldap: ${check.name.replaceAll("_", " ")}`, () => check(world));
    } finally {
      await world.stop();
    }
  }
}
