// Usage: node tests/aurora/page.mjs FILE...
//
// Runs the code behind the page of the Aurora application on what the agent writes (`{"status": …, "failed": …}`), and asks in both
// languages that everything is there and said in words.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const source = readFileSync(new URL("../../aurora-wrapper/qml/status.js", import.meta.url), "utf8").replace(/^\.pragma library$/m, "");
const page = {};
runInNewContext(source, page);

const whole = (sections) => sections.flatMap((section) => [section.title, ...section.lines.map((line) => line.text)]).join("\n");

for (const [key, texts] of Object.entries(page.TEXTS)) {
    assert.deepEqual(Object.keys(texts), ["en", "ru"], key);
    assert.match(texts.ru, /[а-яё]/i, key);
    assert.equal(texts.en.match(/%\d/g)?.join(), texts.ru.match(/%\d/g)?.join(), key);
}

assert.equal(page.file(["sailfish-qml", "ru.muster.Agent", "/data/status.json"]), "/data/status.json");
assert.equal(page.file(["sailfish-qml", "ru.muster.Agent"]), "");
for (const broken of ["", "{", "null", "{}", "[]"]) assert.ok(page.parsed(broken).unread, broken);
assert.equal(page.sections(page.parsed(""), "en").length, 1);

// the button is there as long as the link works
const link = "https://server:1/mine/open?link=x";
assert.equal(page.page({ page: link }, 0, 269_000), link);
assert.equal(page.page({ page: link }, 0, 271_000), "");
assert.equal(page.page({ page: null }, 0, 1), "");
assert.equal(page.page({ page: "file:///etc" }, 0, 1), "");

for (const name of process.argv.slice(2)) {
    const shown = page.parsed(readFileSync(name, "utf8"));
    const { status } = shown;
    assert.ok(status, name);
    for (const language of ["en", "ru"]) {
        const text = [page.standing(shown, language), whole(page.sections(shown, language))].join("\n");
        // the report itself stands there as it was sent
        const words = text.split("\n").filter((line) => !/^[\s{}\[\]]|^$/.test(line)).join("\n");
        for (const odd of ["undefined", "null,", "[object", "state.", "standing.", "%1"]) assert.ok(!words.includes(odd), `${name}: ${odd} in ${words}`);
        for (const entry of status.never_read) assert.ok(text.includes(entry[language]));
        for (const rule of status.verdict?.rules ?? []) {
            assert.ok(text.includes(rule.title[language]), rule.rule);
            assert.equal(rule.shown[language].length, rule.shown_by.length);
            for (const line of rule.shown[language]) assert.ok(text.includes(line), line);
        }
        if (status.last_report) assert.ok(text.includes(String(status.last_report.number)) && text.includes("submods"));
    }
    console.log(`page: ${status.standing}, ${status.verdict?.rules.length ?? 0} rules, in English and Russian`);
}
