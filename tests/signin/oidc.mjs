// Signs in through a real provider.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { equal, truth } from "../browser/checks.mjs";
import { Browser, form } from "./browser.mjs";
import { CLIENT, TestProvider, flaws } from "./provider.mjs";
import { Server, refused } from "./server.mjs";

const MAP = "owners=owner,minfin-it=operator:minfin,lost=auditor:nowhere";

class World extends Server {
  static async start() {
    const world = new World();
    await world.prepare();
    world.provider = await TestProvider.start();
    world.secret = join(world.folder, "secret");
    await writeFile(world.secret, `${CLIENT.secret}\n`, { mode: 0o600 });
    await world.begin(MAP);
    await world.muster("org", "add", "minfin", "--title", "Finance");
    return world;
  }

  async begin(map) {
    const options = ["--oidc-issuer", this.provider.issuer, "--oidc-client-id", CLIENT.id, "--oidc-client-secret-file", this.secret];
    await this.serve(...options, "--oidc-title", "Staff accounts", "--oidc-map", map);
    await this.provider.meet(this.address);
  }

  // From the sign-in page through the provider's pages, up to where Muster answers what came back.
  async signIn(browser = new Browser(this.ca), change = (back) => back) {
    const page = await browser.ask(`${this.address}/sign-in`);
    truth(page.text.includes("Sign in with Staff accounts"), "the button");
    const back = (url) => url.startsWith(`${this.address}/sign-in/oidc/back`);
    let answer = await browser.go(`${this.address}/sign-in/oidc`, {}, back);
    for (let pages = 0; !answer.to && pages < 3; pages++) {
      const action = /<form[^>]*action="([^"]*)"/.exec(answer.text)?.[1];
      truth(action, `no form: ${answer.status} ${answer.text.slice(0, 400)}`);
      const typed = answer.text.includes('name="login"') ? { login: this.provider.person.sub, password: "any" } : {};
      answer = await browser.go(new URL(action, answer.url).href, { form: form(answer, typed) }, back);
    }
    truth(answer.to && back(answer.to), `the provider does not send back: ${answer.status} ${answer.text.slice(0, 400)}`);
    const brought = change(answer.to);
    return { browser, back: brought, came: await browser.go(brought) };
  }

  async stop() {
    this.provider.stop();
    await super.stop();
  }
}

// Somebody is in: a page leads on into the console, and its session is there.
async function entered(world, { browser, came }) {
  equal(came.status, 200, came.text);
  truth(came.text.includes('content="0; url=/"'), "the page leads on");
  truth(came.headers["set-cookie"].some((cookie) => /^__Host-muster=.*Secure; HttpOnly; SameSite=Strict/.test(cookie)), "a session");
  equal((await browser.ask(`${world.address}/account`)).status, 200, "the account's page");
}

async function who_has_no_group_does_not_come_in(world) {
  world.provider.person.groups = ["others", "lost"];
  const { came } = await world.signIn();
  refused(came, "no group of yours");
  equal((await world.muster("person", "list")).some((one) => one.name === "anna"), false, "nobody was added");
}

async function the_first_sign_in_adds_the_person_with_what_the_groups_give(world) {
  world.provider.person.groups = ["minfin-it", "others"];
  const { browser, back, came } = await world.signIn();
  await entered(world, { browser, came });
  const page = await browser.ask(`${world.address}/account`);
  truth(page.text.includes("anna") && page.text.includes("operator (minfin)"), page.text);
  const person = await world.muster("person", "show", "anna");
  equal(JSON.stringify([person.title, person.address, person.providers, person.from_groups]), JSON.stringify(["Anna Petrova", "anna@example.org", ["oidc"], [{ org: "minfin", role: "operator" }]]), "the person");
  refused(await browser.go(back), "does not hold");
}

async function another_group_is_taken_up_at_the_next_sign_in(world) {
  world.provider.person.groups = ["owners"];
  const { browser } = await world.signIn();
  const person = await world.muster("person", "show", "anna");
  equal(JSON.stringify(person.from_groups), JSON.stringify([{ role: "owner" }]), "what the groups give");
  equal((await browser.ask(`${world.address}/people`)).status, 200, "the console");
  world.provider.person.groups = [];
  refused((await world.signIn()).came, "no group of yours");
  equal((await browser.ask(`${world.address}/people`)).status, 303, "the session from before");
}

async function tokens_that_are_not_for_this_sign_in_are_refused(world) {
  world.provider.person.groups = ["owners"];
  for (const flaw of flaws) {
    world.provider.flaw = flaw;
    try {
      refused((await world.signIn()).came, "does not hold");
    } catch (error) {
      throw new Error(`a token with a wrong ${flaw}: ${error.message}`);
    } finally {
      world.provider.flaw = "";
    }
  }
  await entered(world, await world.signIn());
}

async function an_answer_of_another_browser_is_refused(world) {
  const browser = new Browser(world.ca);
  const began = await browser.ask(`${world.address}/sign-in/oidc`);
  const state = new URL(began.to).searchParams;
  equal([state.get("code_challenge_method"), state.get("response_type")].join(), "S256,code", "the flow");
  truth(state.get("nonce") && state.get("state"), "nonce and state");
  refused(await new Browser(world.ca).go(`${world.address}/sign-in/oidc/back?code=x&state=${state.get("state")}`), "does not hold");
}

// Each with a code that the provider has just given this browser: nothing else is wrong.
async function what_does_not_come_back_as_it_was_sent_is_refused(world) {
  world.provider.person.groups = ["owners"];
  const other = new URL((await new Browser(world.ca).ask(`${world.address}/sign-in/oidc`)).to).searchParams.get("state");
  const changes = {
    "the state of another browser": (query) => query.set("state", other),
    "no state": (query) => query.delete("state"),
    "another provider": (query) => query.set("iss", "https://other.example.org"),
    "no provider, though it says its name": (query) => query.delete("iss"),
  };
  for (const [what, change] of Object.entries(changes)) {
    const changed = (back) => {
      const url = new URL(back);
      truth(url.searchParams.get("iss") === world.provider.issuer, "the provider says its name");
      change(url.searchParams);
      return url.href;
    };
    try {
      refused((await world.signIn(undefined, changed)).came, "does not hold");
    } catch (error) {
      throw new Error(`${what}: ${error.message}`);
    }
  }
  await entered(world, await world.signIn());
}

async function why_the_provider_lets_nobody_in_is_told_apart(world) {
  for (const [error, says, status] of [["access_denied", "let nobody in", 403], ["invalid_scope", "can’t be reached", 503]]) {
    const browser = new Browser(world.ca);
    const state = new URL((await browser.ask(`${world.address}/sign-in/oidc`)).to).searchParams.get("state");
    refused(await browser.go(`${world.address}/sign-in/oidc/back?error=${error}&error_description=because&state=${state}`), says, status);
  }
}

// Any page can have a browser ask for this: whoever shares its address is not kept out by that.
async function what_no_sign_in_was_begun_for_locks_nobody_out(world) {
  for (let tries = 0; tries < 12; tries++) refused(await new Browser(world.ca).go(`${world.address}/sign-in/oidc/back`), "does not hold");
  world.provider.person.groups = ["owners"];
  await entered(world, await world.signIn());
}

async function signing_out_ends_the_session_at_the_provider_too(world) {
  world.provider.person.groups = ["owners"];
  const { browser } = await world.signIn();
  const page = await browser.ask(`${world.address}/account`);
  const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)[1];
  const out = await browser.ask(`${world.address}/sign-out`, { form: { csrf } });
  const to = /content="0; url=([^"]*)"/.exec(out.text)?.[1].replaceAll("&amp;", "&");
  truth(to?.startsWith(`${world.provider.issuer}/session/end?client_id=muster`), `where it leads: ${to}`);
  truth(new URL(to).searchParams.get("id_token_hint")?.split(".").length === 3, `whose session it is: ${to}`);
  truth(out.headers["set-cookie"].some((cookie) => cookie.startsWith("__Secure-muster-oidc-hint=; Path=/sign-out;")), "the token is gone");
  equal((await browser.ask(`${world.address}/account`)).status, 303, "the session here");
  const shown = await browser.go(to);
  equal(shown.status, 200, shown.text);
  truth(!shown.text.includes("Sign out?"), `the provider asks: ${shown.text}`);
  const action = /<form[^>]*action="([^"]*)"/.exec(shown.text)[1];
  const ended = await browser.go(action, { form: form(shown) }, (url) => url.startsWith(world.address));
  equal(ended.to, `${world.address}/sign-in`, "where the provider sends back");
}

async function the_token_of_a_sign_in_is_sent_to_the_end_of_the_session_alone(world) {
  world.provider.person.groups = ["owners"];
  const { came } = await world.signIn();
  const held = came.headers["set-cookie"].find((cookie) => cookie.startsWith("__Secure-muster-oidc-hint="));
  truth(/; Path=\/sign-out; Secure; HttpOnly; SameSite=Strict; Max-Age=43200$/.test(held), `how it is held: ${held}`);
  truth(held.length < 4096, `${held.length} bytes`);
}

async function who_is_shut_out_here_does_not_come_in(world) {
  const { browser } = await world.signIn();
  await world.muster("person", "add", "Keeper", "--grant", "owner");
  await world.muster("person", "disable", "anna");
  equal((await browser.ask(`${world.address}/account`)).status, 303, "the session");
  refused((await world.signIn()).came, "is shut");
}

async function a_name_that_is_taken_here_is_not_taken_over(world) {
  world.provider.person = { ...world.provider.person, sub: "4712", preferred_username: "Keeper" };
  refused((await world.signIn()).came, "has your name");
}

async function what_the_configuration_gives_no_longer_is_gone(world) {
  world.provider.person = { ...world.provider.person, sub: "4713", preferred_username: "boris" };
  world.provider.person.groups = ["minfin-it"];
  await entered(world, await world.signIn());
  await world.end();
  await world.begin("owners=owner");
  const person = await world.muster("person", "show", "boris");
  equal(JSON.stringify(person.from_groups), "[]", "what groups gave");
  refused((await world.signIn()).came, "no group of yours");
}

async function a_provider_that_is_away_is_said_to_be(world) {
  world.provider.stop();
  await world.end();
  await world.begin(MAP);
  const browser = new Browser(world.ca);
  refused(await browser.go(`${world.address}/sign-in/oidc`), "can’t be reached", 503);
  truth((await browser.ask(`${world.address}/sign-in?refused=away&lang=ru`)).text.includes("недоступен"), "the same in Russian");
}

// An address may fail ten times in five minutes: each part has a server of its own.
const PARTS = [
  [who_has_no_group_does_not_come_in, the_first_sign_in_adds_the_person_with_what_the_groups_give, another_group_is_taken_up_at_the_next_sign_in],
  [tokens_that_are_not_for_this_sign_in_are_refused],
  [an_answer_of_another_browser_is_refused, signing_out_ends_the_session_at_the_provider_too, the_token_of_a_sign_in_is_sent_to_the_end_of_the_session_alone, who_is_shut_out_here_does_not_come_in, a_name_that_is_taken_here_is_not_taken_over],
  [what_does_not_come_back_as_it_was_sent_is_refused, why_the_provider_lets_nobody_in_is_told_apart, what_no_sign_in_was_begun_for_locks_nobody_out],
  [what_the_configuration_gives_no_longer_is_gone, a_provider_that_is_away_is_said_to_be],
];

export async function oidc(checks) {
  for (const part of PARTS) {
    const world = await World.start();
    try {
      for (const check of part) await checks.run(`oidc: ${check.name.replaceAll("_", " ")}`, () => check(world));
    } finally {
      await world.stop();
    }
  }
}
