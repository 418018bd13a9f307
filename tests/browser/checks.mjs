// Runs checks one after the other and counts them.

export class Checks {
  good = 0;
  bad = 0;

  async run(what, check) {
    const start = Date.now();
    try {
      await check();
      this.good += 1;
      console.log(`ok      ${what} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
    } catch (error) {
      this.bad += 1;
      console.log(`FAILED  ${what}\n        ${String(error.stack ?? error).split("\n").join("\n        ")}`);
    }
  }

  end(part) {
    console.log(`${part}: ${this.good} passed, ${this.bad} failed`);
    return this.bad === 0 && this.good > 0 ? 0 : 1;
  }
}

export function equal(found, expected, what) {
  if (found !== expected) throw new Error(`${what}: found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
}

export function truth(condition, what) {
  if (!condition) throw new Error(what);
}
