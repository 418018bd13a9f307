// A real server, organisations, a policy, real agents on prepared folders, and simulated phones.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const bin = process.env.MUSTER_BIN;
const root = join(import.meta.dirname, "..", "..");

const ORGS = [
  ["minpromtorg", "Минпромторг России"],
  ["minfin", "Минфин России"],
  ["minenergo", "Минэнерго России"],
];

const AGENTS = [
  ["good", "aurora-5.2-ok", "minpromtorg", "MP-00117"],
  ["grace", "aurora-5.1-telegram", "minfin", "MF-00042"],
  ["tablet", "linux-tablet", "minenergo", "ME-00008"],
];

const SIMULATED = 50;

export class World {
  running = [];
  agents = {};
  asset = "";
  scan = "";
  schedule = "";

  static async start() {
    const world = new World();
    world.folder = await mkdtemp(join(tmpdir(), "muster-browser-"));
    world.data = join(world.folder, "data");
    try {
      await world.serve();
      for (const [id, title] of ORGS) await world.muster("org", "add", id, "--title", title, "--time-zone", "Europe/Moscow");
      await world.muster("apply", join(root, "catalogue/policies/officials.yaml"));
      const said = ["--tag", AGENTS[0][3], "--carrier", "Иванов И. И.", "--maker", "F+", "--serial", "R570E-00117"];
      world.asset = (await world.muster("asset", "add", "--org", AGENTS[0][2], ...said)).id;
      for (const agent of AGENTS) await world.enrol(...agent);
      for (const name of ["agent-0.1.0.apk", "agent-0.2.0.apk"]) {
        await world.muster("agent-package", "add", join(root, "server/apk/tests/apk", name));
      }
      await world.simulate();
      world.scan = (await world.muster("scan", "--query", "org:minfin", "--reason", "a look at everybody")).scan;
      await world.muster("device", "label", world.agents.good, "role=minister");
      await world.muster("group", "add", "vip", "--query", "label:role=minister", "--columns", "asset_tag,verdict,labels");
      const times = ["--every", "week", "--day", "1", "--at", "08:30"];
      world.schedule = (await world.muster("schedule", "add", "--query", "group:vip", "--reason", "each Monday", ...times)).id;
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  async serve() {
    const options = ["serve", "--data", this.data, "--listen", "127.0.0.1:0", "--log", "warn", "--smallest-group", "1"];
    const { lines } = this.start("muster-server", options, "inherit");
    for await (const line of lines) {
      if (line.startsWith("sign-in ")) this.signIn = line.slice("sign-in ".length);
      if (line.startsWith("ready ")) {
        this.address = line.slice("ready ".length);
        break;
      }
    }
    if (!this.address) throw new Error("the server ended before it was ready");
    // what it prints later is of no interest, but the pipe must not fill
    lines.on("line", () => {});
  }

  async enrol(name, folder, org, tag) {
    const state = join(this.folder, name);
    const common = ["--state", state, "--root", join(root, "tests/roots", folder)];
    const { link } = await this.muster("enrol-token", "--org", org, "--uses", "1");
    await run(join(bin, "muster-agent"), ["enrol", link, ...common, "--asset-tag", tag]);
    await run(join(bin, "muster-agent"), ["report", ...common]);
    this.agents[name] = (await this.muster("device", "list")).find((device) => device.asset_tag === tag).id;
    this.start("muster-agent", ["run", ...common], "ignore");
  }

  // A phone that asks to be enrolled and has to wait for a person; `ended` is the agent's exit status.
  async ask(org, tag) {
    const { link } = await this.muster("enrol-token", "--org", org, "--uses", "1", "--approve", "person");
    const options = ["--state", join(this.folder, tag), "--root", join(root, "tests/roots/sailfish-5.0"), "--asset-tag", tag];
    const { child } = this.start("muster-agent", ["enrol", link, ...options], "ignore");
    return { ended: new Promise((done) => child.once("exit", done)) };
  }

  async simulate() {
    const each = [20, 15, 15];
    for (const [at, [org]] of ORGS.entries()) {
      const { link } = await this.muster("enrol-token", "--org", org, "--uses", String(each[at]), "--approve", "auto");
      const options = ["run", "--server-link", link, "--phones", String(each[at]), "--seed", String(at + 1), "--spread", "1s"];
      this.start("muster-fleet", options, "ignore");
    }
    await until("all simulated phones have reported", async () => {
      const devices = await this.muster("device", "list");
      return devices.filter((device) => device.last_fresh).length === SIMULATED + AGENTS.length;
    });
  }

  // A link to an agent's own page.
  async page(name) {
    const { stdout } = await run(join(bin, "muster-agent"), ["open", "--state", join(this.folder, name)]);
    return stdout.trim();
  }

  // `muster … --json`
  async muster(...words) {
    const { stdout } = await run(join(bin, "muster"), ["--data", this.data, "--json", ...words], { maxBuffer: 64 << 20 });
    return stdout ? JSON.parse(stdout) : null;
  }

  start(program, options, stderr) {
    const child = spawn(join(bin, program), options, { stdio: ["ignore", "pipe", stderr] });
    this.running.push(child);
    const lines = createInterface({ input: child.stdout });
    return { child, lines };
  }

  async stop() {
    const ended = this.running.map((child) => child.exitCode ?? new Promise((done) => child.once("exit", done)));
    for (const child of this.running.reverse()) child.kill("SIGTERM");
    const last = setTimeout(() => this.running.forEach((child) => child.kill("SIGKILL")), 15_000);
    await Promise.all(ended);
    clearTimeout(last);
    await rm(this.folder, { recursive: true, force: true });
  }
}

// Looks again and again until `look` says yes.
export async function until(what, look, patience = 60_000) {
  const end = Date.now() + patience;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`it did not happen that ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
