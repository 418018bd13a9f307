// The pictures in docs/pictures, as people will see the pages.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { small } from "./png.mjs";

const folder = join(import.meta.dirname, "..", "..", "docs", "pictures");

const PICTURES = [
  { name: "console-devices", path: () => "/devices" },
  { name: "console-device", path: (world) => `/devices/${world.agents.grace}` },
  { name: "console-failing", path: (world) => `/devices/${world.agents.tablet}`, scheme: "dark" },
  { name: "console-report", path: (world) => `/devices/${world.agents.good}/reports/1` },
  { name: "console-enrolment", path: () => "/enrolment" },
  { name: "console-audit", path: () => "/audit", scheme: "dark" },
  { name: "console-narrow", path: () => "/devices", width: 360, height: 720 },
];

const MOST = 150 * 1024;

export async function pictures(world, console_) {
  await mkdir(folder, { recursive: true });
  for (const { name, path, scheme, width, height } of PICTURES) {
    for (const lang of ["en", "ru"]) {
      await console_.with({ lang, scheme, width, height: height ?? 900 }, async (page) => {
        await page.goto(path(world));
        const picture = small(await page.screenshot());
        const file = `${name}-${lang}.png`;
        if (picture.length > MOST) throw new Error(`${file} has ${picture.length} bytes, at most ${MOST} are wanted`);
        await writeFile(join(folder, file), picture);
        console.log(`picture ${file} (${Math.round(picture.length / 1024)} KiB)`);
      });
    }
  }
}
