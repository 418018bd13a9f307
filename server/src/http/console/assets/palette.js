// The box over a page in which everything with a name is found: Ctrl K (⌘K), arrows, Enter, Escape. What it shows the server has made: the
// list of the page /search. Without this file the link leads there. No single letter is a shortcut, for whoever dictates or types by chance.
"use strict";

(() => {
  const link = document.querySelector("[data-palette]");
  if (!link || !window.HTMLDialogElement) return;
  const mac = /^(Mac|iP)/.test(navigator.platform);
  const hint = link.querySelector("kbd");
  hint.textContent = mac ? "⌘K" : "Ctrl K";
  hint.hidden = false;
  link.setAttribute("aria-keyshortcuts", mac ? "Meta+K" : "Control+K");

  const make = (name, marks, ...within) => {
    const one = document.createElement(name);
    for (const [mark, value] of Object.entries(marks)) one.setAttribute(mark, value);
    one.append(...within);
    return one;
  };
  const called = link.firstChild.textContent.trim();
  const field = make("input", { type: "search", maxlength: "200", autocomplete: "off", spellcheck: "false", "aria-label": called, placeholder: called });
  const close = make("button", { type: "button", class: "quiet" }, link.dataset.close);
  const list = make("div", { class: "found" });
  const said = make("p", { class: "hint", role: "status" });
  const keys = make("p", { class: "hint keys" }, link.dataset.keys);
  const box = make("dialog", { class: "palette", "aria-label": called }, make("div", { class: "line" }, field, close), said, list, keys);
  document.body.append(box);

  // of several answers under way the newest question's is shown
  let asked = null;
  const look = async () => {
    asked?.abort();
    const mine = (asked = new AbortController());
    try {
      const address = `/search?q=${encodeURIComponent(field.value.trim())}`;
      const answer = await fetch(address, { headers: { accept: "text/html" }, credentials: "same-origin", signal: mine.signal });
      if (answer.redirected) return location.assign(answer.url);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById("found");
      list.replaceChildren(...(found ? found.childNodes : []));
      said.textContent = links().length ? "" : link.dataset.none;
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = link.dataset.none;
    }
    if (asked === mine) asked = null;
  };

  const links = () => [...list.querySelectorAll("a")];
  let soon = 0;
  const open = () => {
    if (box.open) return;
    field.value = "";
    box.showModal();
    look();
  };

  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  close.addEventListener("click", () => box.close());
  field.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(look, 120);
  });

  // by the place of the key, so that it is the same one with every layout
  document.addEventListener("keydown", (event) => {
    if (event.code !== "KeyK" || event.altKey || event.shiftKey || !(mac ? event.metaKey : event.ctrlKey)) return;
    event.preventDefault();
    open();
  });

  box.addEventListener("keydown", async (event) => {
    const all = links();
    const at = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") (all[at + 1] ?? all[0])?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? all[at - 1] : at === 0 ? field : all.at(-1))?.focus();
    else if (event.key === "Enter" && event.target === field) {
      // what is typed decides, though its answer may be under way
      clearTimeout(soon);
      await look();
      links()[0]?.click();
    } else return;
    event.preventDefault();
  });
})();
