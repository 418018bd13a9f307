// A real Muster, with options of a test.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { equal, truth } from "../browser/checks.mjs";

const bin = process.env.MUSTER_BIN;
const run = promisify(execFile);

export class Server {
  async prepare() {
    this.folder = await mkdtemp(join(tmpdir(), "muster-signin-"));
    this.data = join(this.folder, "data");
  }

  async serve(...options) {
    const all = ["serve", "--data", this.data, "--listen", "127.0.0.1:0", "--log", "error", ...options];
    this.child = spawn(join(bin, "muster-server"), all, { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: this.child.stdout });
    this.address = undefined;
    for await (const line of lines) {
      if (line.startsWith("ready ")) this.address = line.slice("ready ".length);
      if (this.address) break;
    }
    if (!this.address) throw new Error("the server ended before it was ready");
    this.child.stdout.resume();
    this.ca = await readFile(join(this.data, "ca.pem"));
  }

  async muster(...words) {
    const { stdout } = await run(join(bin, "muster"), ["--data", this.data, "--json", ...words]);
    return stdout ? JSON.parse(stdout) : null;
  }

  // What it says of why it does not do it.
  async refusal(...words) {
    try {
      await this.muster(...words);
    } catch (error) {
      return error.stderr;
    }
    throw new Error(`muster ${words.join(" ")} was done`);
  }

  async end() {
    if (this.child?.exitCode !== null) return;
    this.child.kill();
    await new Promise((done) => this.child.once("exit", done));
  }

  async stop() {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

// Somebody is not let in, and the page says why.
export function refused(answer, words, status = 403) {
  const said = answer.text.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ").slice(0, 600);
  equal(answer.status, status, `${words}: ${said}`);
  truth(answer.text.includes(words), `the page says why: ${said}`);
  truth(!(answer.headers["set-cookie"] ?? []).some((cookie) => cookie.startsWith("__Host-muster=")), "no session");
}
