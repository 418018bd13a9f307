// The console in Chromium: one signed-in session, in as many windows as wanted. Nothing may be complained about in any of them.
import { chromium } from "playwright-core";
import { equal } from "./checks.mjs";

const OPTIONS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export class Console {
  complaints = [];

  static async open(world) {
    const console_ = new Console();
    const executablePath = process.env.MUSTER_CHROMIUM ?? "/usr/bin/chromium";
    console_.browser = await chromium.launch({ executablePath, args: OPTIONS });
    console_.base = world.address;
    return console_;
  }

  // A window of its own. `scripts: false` is a browser that runs none.
  async window({ lang = "en", scheme = "light", width = 1280, height = 860, scripts = true, signedIn = true } = {}) {
    const context = await this.browser.newContext({
      baseURL: this.base,
      ignoreHTTPSErrors: true,
      locale: lang === "ru" ? "ru-RU" : "en-GB",
      colorScheme: scheme,
      viewport: { width, height },
      javaScriptEnabled: scripts,
      storageState: signedIn ? this.session : undefined,
    });
    const page = await context.newPage();
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(`${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.complaints.push(`${page.url()}: ${error}`));
    page.setDefaultTimeout(20_000);
    return page;
  }

  // Runs `use` with a window, and closes it.
  async with(options, use) {
    const page = await this.window(options);
    try {
      return await use(page);
    } finally {
      await page.context().close();
    }
  }

  async keepSession(page) {
    this.session = await page.context().storageState();
  }

  nothingToComplainAbout() {
    equal(this.complaints.splice(0).join("\n"), "", "what the browser complained about");
  }

  async close() {
    await this.browser.close();
  }
}
