// The checks. Their names are what is printed.
import { equal, truth } from "./checks.mjs";
import { until } from "./world.mjs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const axe = await readFile(join(import.meta.dirname, "node_modules/axe-core/axe.min.js"), "utf8");
const LANGUAGES = { en: "Devices", ru: "Устройства" };

async function a_link_signs_in_once_and_looking_at_it_uses_nothing_up(world, console_) {
  await console_.with({ signedIn: false }, async (page) => {
    await page.goto(world.signIn);
    await page.goto(world.signIn);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL((address) => address.pathname === "/");
    await console_.keepSession(page);
  });
  await console_.with({ signedIn: false }, async (page) => {
    await page.goto(world.signIn);
    await page.getByRole("button", { name: "Sign in" }).click();
    truth((await page.textContent("[role=alert]")).includes("not valid"), "the link worked twice");
  });
  // Chromium writes down that the second answer was a 403, as it should be
  console_.complaints = console_.complaints.filter((complaint) => !complaint.includes("403"));
  console_.nothingToComplainAbout();
}

async function without_a_session_there_is_only_the_sign_in_page(world, console_) {
  await console_.with({ signedIn: false }, async (page) => {
    for (const path of ["/", "/devices", `/devices/${world.agents.good}`, "/audit"]) {
      await page.goto(path);
      equal(new URL(page.url()).pathname, "/sign-in", path);
    }
  });
}

// WCAG 2.2 A and AA, as far as a program can tell.
async function hinders_nobody(page, where) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  const grave = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  const said = grave.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => `${node.target} (${node.failureSummary})`).slice(0, 3).join("; ")}`);
  equal(said.join("\n"), "", `what hinders people on ${where}`);
}

async function every_page_stands_in_both_languages_both_schemes_and_on_a_phone(world, console_) {
  const paths = [
    "/",
    "/board",
    "/board?day=2026-01-01&all=1",
    "/search",
    "/search?q=min",
    "/devices",
    "/devices?verdict=failing",
    "/devices?columns=id,asset_tag,status,labels,apps,enrolled&sort=org,-seen",
    "/groups",
    ...Object.values(world.agents).map((id) => `/devices/${id}`),
    `/devices/${world.agents.good}/reports/1`,
    "/register",
    `/register/${world.asset}`,
    `/register/${world.asset}/handout`,
    "/policies",
    "/policies/officials",
    "/policy-editor",
    "/policy-editor?policy=officials",
    "/exemptions",
    "/enrolment",
    "/packages",
    "/people",
    "/people/admin",
    "/account",
    "/scans",
    `/scans/${world.scan}`,
    `/scans/${world.scan}?state=reported`,
    "/schedules",
    `/schedules/${world.schedule}`,
    "/register/new",
    "/register/carriers",
    `/register/${world.asset}/edit`,
    `/register/${world.asset}/forget`,
    "/rules/silence",
    "/settings",
    "/orgs",
    "/orgs/minfin/calendar",
    "/hooks",
    "/mail",
    "/audit",
    "/disputes",
    "/disputes?state=all",
  ];
  for (const lang of ["en", "ru"]) {
    for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 360]]) {
      await console_.with({ lang, scheme, width }, async (page) => {
        for (const path of paths) {
          const answer = await page.goto(path);
          equal(answer.status(), 200, path);
          equal(await page.getAttribute("html", "lang"), lang, `language of ${path}`);
          truth((await page.textContent("nav")).includes(LANGUAGES[lang]), `navigation of ${path} in ${lang}`);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          truth(wide <= 0, `${path} is ${wide} px wider than ${width} in ${lang}`);
          await hinders_nobody(page, `${path} in ${lang}, ${scheme}, ${width} px`);
        }
      });
    }
  }
  console_.nothingToComplainAbout();
}

// With the forms of a table open, and names and queries that have no place to break.
async function long_groups_and_schedules_fit_at_every_width(world, console_) {
  const query = `verdict:failing,grace org:minfin,minenergo model:${"AVeryLongModelName".repeat(8)}`;
  const title = "Phones-of-everybody-who-was-called-back-from-abroad".repeat(2);
  await world.muster("group", "add", "a-group-whose-name-goes-on-and-on-for-48-letters", "--query", query, "--title", title, "--title-ru", title);
  await world.muster("schedule", "add", "--query", query, "--reason", "Reason".repeat(30), "--every", "month", "--day", "31", "--at", "08:30");
  for (const lang of ["en", "ru"]) {
    for (const width of [360, 375, 800, 1280]) {
      await console_.with({ lang, width }, async (page) => {
        for (const path of ["/groups", "/schedules"]) {
          await page.goto(path);
          for (const folded of await page.$$("main details")) await folded.evaluate((one) => { one.open = true; });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          truth(wide <= 0, `${path} is ${wide} px wider than ${width} in ${lang}`);
        }
        await page.goto("/groups");
        truth(await page.isVisible("td.found [data-count]"), `how many phones a group finds, at ${width} px`);
      });
    }
  }
  console_.nothingToComplainAbout();
}

// A page of its own for whoever carries the phone, in a browser that runs no scripts; and the answer of whoever helps.
async function a_carrier_opens_the_page_asks_once_more_and_is_answered(world, console_) {
  const names = { en: ["Open the page", "This is wrong", "Check now", "Send"], ru: ["Открыть страницу", "Это неверно", "Проверить сейчас", "Отправить"] };
  for (const lang of ["en", "ru"]) {
    for (const [scheme, width] of [["light", 360], ["dark", 1280]]) {
      await console_.with({ lang, scheme, width, signedIn: false }, async (page) => {
        const looked = async (where) => {
          equal(await page.getAttribute("html", "lang"), lang, `language of ${where}`);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          truth(wide <= 0, `${where} is ${wide} px wider than ${width} in ${lang}`);
          await hinders_nobody(page, `${where} in ${lang}, ${scheme}, ${width} px`);
        };
        await page.goto(await world.page("grace"));
        await looked("the link's page");
        await page.getByRole("button", { name: names[lang][0] }).click();
        await page.waitForURL((address) => address.pathname === "/mine");
        truth((await page.textContent("main")).includes(names[lang][1]), "the page is there");
        for (const summary of await page.locator("summary").all()) await summary.click();
        await looked("/mine");
        await page.goto("/mine/privacy");
        await looked("/mine/privacy");
      });
    }
  }
  await console_.with({ signedIn: false, scripts: false, width: 360 }, async (page) => {
    await page.goto(await world.page("grace"));
    await page.getByRole("button", { name: names.en[0] }).click();
    await page.getByRole("button", { name: names.en[2] }).click();
    await page.waitForURL((address) => address.pathname === "/mine");
    equal(await page.getByRole("button", { name: names.en[2] }).count(), 0, "it is asked for once in five minutes");
    await page.locator("#disputes summary").click();
    await page.locator("textarea").fill("It was removed yesterday.");
    await page.getByRole("button", { name: names.en[3] }).click();
    await page.getByText("It was removed yesterday.").waitFor();
    const [dispute] = await world.muster("dispute", "list", "--state", "open");
    await world.muster("dispute", "answer", String(dispute.id), "Thank you, we look.");
    await page.reload();
    await page.getByText("Thank you, we look.").waitFor();
  });
  await console_.with({}, async (page) => {
    await page.goto("/disputes?state=answered");
    await page.getByText("It was removed yesterday.").waitFor();
  });
  console_.nothingToComplainAbout();
}

// Everything with a name from the keyboard alone; the same from a page, where no scripts run.
async function what_has_a_name_is_found_without_a_mouse(world, console_) {
  for (const [lang, reads] of [["en", "Roll-out"], ["ru", "Переход"]]) {
    await console_.with({ lang, width: lang === "ru" ? 360 : 1280, scheme: lang === "ru" ? "dark" : "light" }, async (page) => {
      await page.goto("/audit");
      await page.keyboard.press("Control+KeyK");
      const box = page.locator("dialog.palette");
      await box.getByRole("link", { name: reads }).waitFor();
      await hinders_nobody(page, `the palette in ${lang}`);
      await page.keyboard.press("Escape");
      await box.waitFor({ state: "hidden" });
      await page.locator("a.finder").click();
      await page.keyboard.type("mf-0004");
      await box.getByRole("link", { name: "MF-00042" }).waitFor();
      await page.keyboard.press("ArrowDown");
      equal(await page.evaluate(() => document.activeElement.textContent), "MF-00042", "an arrow goes to what was found");
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("Enter");
      await page.waitForURL((address) => address.pathname === `/devices/${world.agents.grace}`);
      // who types faster than the server answers comes to what was typed
      await page.keyboard.press("Control+KeyK");
      await page.keyboard.type("silence");
      await page.keyboard.press("Enter");
      await page.waitForURL((address) => address.pathname === "/rules/silence");
      await page.keyboard.press("Control+KeyK");
      await page.keyboard.type("nosuchthing");
      await box.getByRole("link", { name: /nosuchthing|Devices|Устройства/ }).first().waitFor();
    });
  }
  await console_.with({ scripts: false }, async (page) => {
    await page.goto("/");
    await page.locator("a.finder").click();
    await page.getByRole("searchbox").fill("MINFIN");
    await page.getByRole("button", { name: "Find", exact: true }).click();
    equal(await page.locator('#found a[href="/devices?org=minfin"]').count(), 1, "the organisation");
  });
  console_.nothingToComplainAbout();
}

async function the_policy_for_contents_is_strict_and_holds(_world, console_) {
  await console_.with({}, async (page) => {
    const answer = await page.goto("/devices");
    const policy = answer.headers()["content-security-policy"];
    equal(
      policy,
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; " +
        "frame-ancestors 'none'; base-uri 'none'",
      "the policy",
    );
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      return window.ran === true;
    });
    equal(ran, false, "an inline script ran");
  });
  truth(console_.complaints.splice(0).some((complaint) => complaint.includes("Content Security Policy")), "no complaint");
}

async function every_figure_leads_to_a_list_of_that_length(world, console_) {
  await console_.with({}, async (page) => {
    await page.goto("/devices");
    const figures = await page.$$eval("[data-count]", (links) => links.map((link) => [link.getAttribute("href"), +link.dataset.count]));
    truth(figures.length >= 5, `${figures.length} figures`);
    for (const [address, count] of figures) {
      await page.goto(address);
      equal(await page.locator("tbody tr").count(), count, address);
    }
    const said = await world.muster("device", "list");
    equal(figures.at(-1)[1], said.length, "devices in the console and on the command line");
  });
  console_.nothingToComplainAbout();
}

async function the_roll_out_says_what_the_lists_and_the_api_say(world, console_) {
  const told = await world.muster("board", "show");
  await console_.with({}, async (page) => {
    for (const start of ["/", "/board"]) {
      await page.goto(start);
      const figures = await page.$$eval("[data-count]", (links) => links.map((link) => [link.getAttribute("href"), +link.dataset.count]));
      truth(figures.length >= 5, `${figures.length} figures on ${start}`);
      for (const [address, count] of figures) {
        await page.goto(address);
        equal(await page.locator("table.list tbody tr").count(), count, `${address}, from ${start}`);
      }
    }
    await page.goto("/board");
    const minfin = told.orgs.find((org) => org.id === "minfin");
    equal(+(await page.textContent("#grace-minfin")), minfin.figures.grace, "phones in grace");
    await page.locator("input[name=day]").fill("2026-01-01");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    truth((await page.textContent("main")).includes("No day had been counted by then"), "a day before the first");
  });
  console_.nothingToComplainAbout();
}

async function charts_are_drawn_and_are_tables_without_scripts(_world, console_) {
  await console_.with({}, async (page) => {
    await page.goto("/");
    await page.waitForFunction(() => window.Chart && Object.keys(Chart.instances).length >= 2);
    const charts = await page.evaluate(() => Object.values(Chart.instances).map((chart) => chart.data.datasets.map((set) => set.data.at(-1))));
    const rows = await page.$$eval("table[data-chart]", (tables) => tables.map((table) => [...table.tBodies[0].rows[0].cells].slice(1).map((cell) => +cell.dataset.n)));
    equal(JSON.stringify(charts), JSON.stringify(rows), "what is drawn is what the tables say");
    truth(rows[0].reduce((sum, n) => sum + n, 0) > 50, "phones in the chart of this day");
    equal(await page.locator(".chart canvas:visible").count(), charts.length, "charts that can be seen");
  });
  await console_.with({ scripts: false }, async (page) => {
    await page.goto("/");
    equal(await page.locator(".chart canvas:visible").count(), 0, "charts without scripts");
    truth(await page.locator("table[data-chart]").first().isVisible(), "the table stands open");
  });
  console_.nothingToComplainAbout();
}

async function the_vendored_library_is_the_one_that_was_released() {
  const folder = join(import.meta.dirname, "..", "..");
  const [ours, released] = await Promise.all(
    ["server/src/http/console/assets/vendor/chart.umd.js", "tests/browser/node_modules/chart.js/dist/chart.umd.js"].map((file) => readFile(join(folder, file))),
  );
  truth(ours.equals(released), "chart.umd.js differs from the release in package-lock.json");
}

async function the_language_is_changed_and_remembered(_world, console_) {
  await console_.with({ lang: "en" }, async (page) => {
    await page.goto("/devices?verdict=compliant");
    await page.getByTitle("Русский").click();
    equal(await page.getAttribute("html", "lang"), "ru", "language");
    truth(page.url().includes("verdict=compliant"), "the list is another");
    await page.goto("/audit");
    equal(await page.getAttribute("html", "lang"), "ru", "language of the next page");
  });
}

async function devices_are_found_by_what_one_knows_of_them(world, console_) {
  await console_.with({}, async (page) => {
    await page.goto("/devices");
    await page.getByRole("searchbox").fill("mf-00042");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    equal(await page.locator("tbody tr").count(), 1, "devices with this asset tag");
    await page.locator("tbody .name a").click();
    truth(page.url().endsWith(world.agents.grace), "the device");
    await page.goto("/devices?q=nosuchthing");
    truth((await page.textContent("main")).includes("No device is like that"), "an empty list says what to do");
  });
}

async function a_device_says_why_since_when_and_what_shows_it(world, console_) {
  await console_.with({}, async (page) => {
    await page.goto(`/devices/${world.agents.grace}`);
    const text = await page.textContent("main");
    for (const part of ["harbour-fernschreiber", "Remove the messenger from the work phone", "The signature holds", "The chain is unbroken since"]) {
      truth(text.includes(part), `the page does not say ${part}`);
    }
    const told = await world.muster("device", "show", world.agents.grace);
    equal(await page.locator("#findings tbody tr").count(), told.findings.length, "findings in the console and in the API");
    truth((await page.getAttribute("#verdict time", "title")).match(/\d\d:\d\d:\d\d/), "the exact time on hover");
    equal(await page.locator("#verdict .state").getAttribute("class"), `state ${told.verdict.state}`, "the verdict");
    await page.locator("#evidence a").first().click();
    truth((await page.textContent("main")).includes("The signature holds"), "the report is verified");
  });
  console_.nothingToComplainAbout();
}

async function a_scan_moves_to_reported_while_one_looks_at_it(world, console_) {
  await console_.with({}, async (page) => {
    await page.goto(`/devices/${world.agents.good}`);
    await page.waitForFunction(() => document.documentElement.dataset.connected === "yes");
    await page.getByPlaceholder("Reason").fill("the browser test");
    const clicked = Date.now();
    await page.getByRole("button", { name: "Scan now" }).click();
    await page.waitForSelector(".order[data-state]");
    // from here on nothing is clicked and nothing is loaded: the page moves by itself
    await page.waitForSelector('.order[data-state="reported"]', { timeout: 30_000 });
    const took = await page.textContent(".order .took");
    console.log(`        ${((Date.now() - clicked) / 1000).toFixed(1)} s in the browser; the page says: ${took}`);
    truth(/\d/.test(took), "how long it took");
    for (const step of ["queued", "delivered", "reported"]) {
      truth((await page.textContent(".order .life")).includes(step), `no step ${step}`);
    }
    await page.locator(".order .asked a").first().click();
    truth((await page.textContent("main")).includes("the browser test"), "the order has its reason");
  });
  console_.nothingToComplainAbout();
}

async function what_others_do_shows_without_a_click(world, console_) {
  await console_.with({}, async (page) => {
    await page.goto(`/devices/${world.agents.tablet}`);
    await page.waitForFunction(() => document.documentElement.dataset.connected === "yes");
    await world.muster("scan", world.agents.tablet, "--reason", "from the command line", "--wait", "30");
    await page.getByText("from the command line").first().waitFor();
    await page.waitForSelector('.order[data-state="reported"]');
  });
}

async function many_phones_are_scanned_and_the_figures_move(world, console_) {
  await console_.with({}, async (page) => {
    await page.goto("/scans");
    await page.locator("form.ask input[name=reason]").fill("before the meeting");
    await page.locator("textarea[name=names]").fill("MP-00117\nme-00008\nnobody");
    await page.getByRole("button", { name: "Whom would it ask?" }).click();
    equal(await page.getAttribute("h1", "data-count"), "2", "phones that would be asked");
    truth((await page.locator(".named").allTextContents()).join(" ").includes("nobody"), "a name that nobody has is named");
    await page.getByRole("button", { name: "Ask 2 devices" }).click();
    await page.waitForURL(/\/scans\/[0-9a-f]{32}$/);
    // from here on nothing is clicked and nothing is loaded: the figures move by themselves
    await page.locator('#progress a[href$="state=reported"][data-count="2"]').waitFor({ timeout: 60_000 });
    truth((await page.textContent(".took")).match(/\d/), "how long it took");
    await page.locator('#progress a[href$="state=reported"]').click();
    equal(await page.locator(".answers tbody tr").count(), 2, "phones that have answered");
  });
  await console_.with({ scripts: false, lang: "ru", width: 360 }, async (page) => {
    await page.goto("/scans");
    await page.locator("form.ask input[name=reason]").fill("без скриптов");
    await page.locator("textarea[name=names]").fill("MP-00117");
    await page.getByRole("button", { name: "Кого это коснётся?" }).click();
    await page.getByRole("button", { name: "Спросить 1 устройство" }).click();
    await until("the phone has answered", async () => {
      await page.getByRole("link", { name: "Посмотреть снова" }).click();
      return (await page.locator('#progress a[href$="state=reported"][data-count="1"]').count()) === 1;
    });
  });
  console_.nothingToComplainAbout();
}

async function a_rule_says_who_breaks_it(world, console_) {
  await console_.with({}, async (page) => {
    await page.goto(`/devices/${world.agents.grace}`);
    await page.locator("#findings a.title").first().click();
    truth(new URL(page.url()).pathname.startsWith("/rules/"), "a finding leads to its rule");
    const figures = await page.$$eval("[data-count]", (links) => links.map((link) => [link.getAttribute("href"), +link.dataset.count]));
    truth(figures.some(([, count]) => count > 0), "somebody breaks it");
    await page.waitForFunction(() => window.Chart && Object.keys(Chart.instances).length === 1);
    for (const [address, count] of figures) {
      await page.goto(address);
      equal(await page.locator("table.list tbody tr").count(), count, address);
    }
  });
  console_.nothingToComplainAbout();
}

async function a_hook_is_added_and_its_secret_shown_once(_world, console_) {
  await console_.with({ scripts: false }, async (page) => {
    await page.goto("/hooks");
    await page.locator("input[name=title]").fill("SIEM");
    await page.locator("input[name=url]").fill("https://siem.example.org/secret-path");
    await page.getByLabel("Failing").check();
    await page.getByRole("button", { name: "Add", exact: true }).click();
    truth((await page.textContent(".secret")).startsWith("whsec_"), "the secret");
    await page.goto("/hooks");
    equal(await page.locator(".secret").count(), 0, "secrets shown again");
    truth(!(await page.textContent("main")).includes("secret-path"), "the list keeps the path to itself");
    await page.getByRole("link", { name: "SIEM" }).click();
    await page.getByRole("button", { name: "Pause" }).click();
    truth((await page.textContent("main")).includes("paused"), "it is paused");
    await page.goto("/hooks");
    await page.getByRole("button", { name: "Take away: SIEM" }).click();
    truth((await page.textContent("main")).includes("SIEM"), "it asks back, and names what it is about");
    await page.getByRole("button", { name: "Yes, do it" }).click();
    truth((await page.textContent("main")).includes("No hook yet"), "it is gone");
  });
  console_.nothingToComplainAbout();
}

async function all_of_it_works_without_scripts(world, console_) {
  await console_.with({ scripts: false }, async (page) => {
    await page.goto("/devices");
    await page.getByRole("combobox", { name: "Organisation", exact: true }).selectOption("minfin");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    truth(page.url().includes("org=minfin"), "the filter");
    await page.goto(`/devices/${world.agents.grace}`);
    await page.getByPlaceholder("Reason").fill("without scripts");
    await page.getByRole("button", { name: "Scan now" }).click();
    await until("the order is reported", async () => {
      await page.getByRole("link", { name: "Look again" }).click();
      return (await page.getAttribute(".order", "data-state")) === "reported";
    });
  });
  console_.nothingToComplainAbout();
}

async function a_link_for_phones_is_made_shown_once_and_works(world, console_) {
  await console_.with({}, async (page) => {
    await page.goto("/enrolment");
    await page.locator("select[name=org]").selectOption("minenergo");
    await page.getByRole("button", { name: "Make an enrolment link" }).click();
    const link = await page.textContent(".secret");
    truth(link.startsWith("muster://"), link);
    equal(new URL(page.url()).pathname, "/enrolment", "the address keeps no secret");
    await page.goto("/enrolment");
    equal(await page.locator(".secret").count(), 0, "links shown again");
    await page.goto("/audit");
    truth((await page.textContent("tbody")).includes("minenergo"), "the audit has it");
  });
}

async function a_phone_waits_until_a_person_approves_it(world, console_) {
  const { ended } = await world.ask("minfin", "MF-00777");
  await console_.with({}, async (page) => {
    const row = page.locator("tr", { hasText: "MF-00777" });
    await until("the phone waits", async () => {
      await page.goto("/enrolment");
      return (await row.count()) === 1;
    });
    truth((await row.textContent()).match(/[0-9A-Z]{4}-[0-9A-Z]{4}/), "the code to compare");
    await row.getByRole("button", { name: "Approve" }).click();
    await page.getByText("Nobody waits").waitFor();
    equal(await ended, 0, "how the agent's enrolment ended");
    await page.goto("/devices?q=MF-00777");
    equal(await page.locator("tbody tr").count(), 1, "devices with this asset tag");
  });
  console_.nothingToComplainAbout();
}

async function another_administrator_comes_in_and_goes(_world, console_) {
  const link = await console_.with({}, async (page) => {
    await page.goto("/people");
    await page.getByLabel("Name").fill("Б. Иванов");
    await page.getByLabel("Role").selectOption("auditor");
    await page.getByRole("button", { name: "Add a person" }).click();
    await page.getByRole("button", { name: "Link for signing in once" }).click();
    return page.textContent(".secret");
  });
  await console_.with({ signedIn: false, lang: "ru" }, async (page) => {
    await page.goto(link);
    await page.getByRole("button", { name: "Вход" }).click();
    truth((await page.textContent(".person")).includes("Б. Иванов"), "the name");
    await page.getByRole("button", { name: "Выйти" }).click();
    await page.goto("/devices");
    equal(new URL(page.url()).pathname, "/sign-in", "after signing out");
  });
  console_.nothingToComplainAbout();
}

async function what_is_not_there_is_said(_world, console_) {
  await console_.with({}, async (page) => {
    const answer = await page.goto("/devices/00000000000000000000000000000000");
    equal(answer.status(), 404, "status");
    truth((await page.textContent("main")).includes("There is nothing here"), "what happened");
    equal(await page.locator("main a.button").count(), 1, "what to do");
  });
  console_.complaints.splice(0);
}

// In the order in which they run: the first one signs in for all.
export const everything = [
  a_link_signs_in_once_and_looking_at_it_uses_nothing_up,
  without_a_session_there_is_only_the_sign_in_page,
  every_page_stands_in_both_languages_both_schemes_and_on_a_phone,
  a_carrier_opens_the_page_asks_once_more_and_is_answered,
  what_has_a_name_is_found_without_a_mouse,
  the_policy_for_contents_is_strict_and_holds,
  every_figure_leads_to_a_list_of_that_length,
  the_roll_out_says_what_the_lists_and_the_api_say,
  charts_are_drawn_and_are_tables_without_scripts,
  the_vendored_library_is_the_one_that_was_released,
  the_language_is_changed_and_remembered,
  devices_are_found_by_what_one_knows_of_them,
  a_device_says_why_since_when_and_what_shows_it,
  a_scan_moves_to_reported_while_one_looks_at_it,
  what_others_do_shows_without_a_click,
  many_phones_are_scanned_and_the_figures_move,
  a_rule_says_who_breaks_it,
  a_hook_is_added_and_its_secret_shown_once,
  all_of_it_works_without_scripts,
  a_link_for_phones_is_made_shown_once_and_works,
  a_phone_waits_until_a_person_approves_it,
  another_administrator_comes_in_and_goes,
  what_is_not_there_is_said,
  long_groups_and_schedules_fit_at_every_width,
];
