// Moves what is live on a page. The server renders everything; when it says that something happened, the page is fetched again and
// each part marked data-live takes its new content in place, a list (data-still) not while the pointer is over it. Rows never change their order. Without this file a link to reload does.
"use strict";

(() => {
  const root = document.querySelector("[data-events]");
  if (!root || !window.EventSource) return;
  const pace = Number(root.dataset.pace) || 250;
  let running = false;
  let again = false;
  let last = 0;

  const renew = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    await new Promise((done) => setTimeout(done, Math.max(0, last + pace - Date.now())));
    last = Date.now();
    again = false;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html", "muster-live": "1" }, credentials: "same-origin" });
      if (answer.redirected) location.reload();
      if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // the next event tries again
    }
    running = false;
    if (again) renew();
  };

  const take = (page) => {
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      if (!fresh || part.contains(document.activeElement)) continue;
      if (part.hasAttribute("data-still") && part.matches(":hover")) continue;
      const open = part.querySelector("details[open]");
      if (open) for (const one of fresh.querySelectorAll("details")) one.open = true;
      if (part.innerHTML !== fresh.innerHTML) part.replaceChildren(...fresh.childNodes);
      part.className = fresh.className;
    }
  };

  const source = new EventSource(root.dataset.events);
  source.addEventListener("order", renew);
  source.addEventListener("device", renew);
  source.addEventListener("open", () => {
    document.documentElement.dataset.connected = "yes";
    renew();
  });
  source.addEventListener("error", () => delete document.documentElement.dataset.connected);
  document.addEventListener("visibilitychange", () => document.hidden || renew());
  setInterval(() => document.hidden || renew(), 60_000);
})();
