// The console in a real browser. Each check is one sentence; the last line counts them.
import { Checks } from "./checks.mjs";
import { Console } from "./console.mjs";
import { World } from "./world.mjs";
import { everything } from "./pages.mjs";
import { pictures } from "./pictures.mjs";

const checks = new Checks();
const world = await World.start();
const console_ = await Console.open(world);
try {
  for (const check of everything) {
    await checks.run(check.name.replaceAll("_", " "), () => check(world, console_));
  }
  if (process.env.MUSTER_PICTURES === "1") await pictures(world, console_);
} finally {
  await console_.close();
  await world.stop();
}
process.exitCode = checks.end("browser");
