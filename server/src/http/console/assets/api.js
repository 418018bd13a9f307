// Sends what the forms on the page about the API say, as the person who is signed in, and shows the answer beneath.
"use strict";

(() => {
  const root = document.querySelector("[data-base]");
  if (!root) return;

  // what a form asks for
  const request = (form) => {
    let path = form.dataset.path;
    const query = new URLSearchParams();
    const headers = new Headers({ accept: "application/json, */*", "muster-csrf": root.dataset.csrf });
    for (const field of form.querySelectorAll("[data-in]")) {
      const { name, value } = field;
      if (field.dataset.in === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
      if (value === "") continue;
      if (field.dataset.in === "query") query.append(name, value);
      if (field.dataset.in === "header") headers.set(name, value);
      if (field.dataset.in === "type") headers.set("content-type", value);
    }
    const body = form.querySelector("[data-in=body]")?.value;
    const search = query.size ? `?${query}` : "";
    return new Request(root.dataset.base + path + search, { method: form.dataset.method.toUpperCase(), headers, body });
  };

  // at most so much of an answer is shown; a stream has no end
  const most = 65536;

  const show = async (form) => {
    const into = form.querySelector(".answer");
    into.hidden = false;
    into.textContent = "…";
    const answer = await fetch(request(form), { credentials: "same-origin" });
    const head = [`${answer.status} ${answer.statusText}`, ...["content-type", "etag", "retry-after", "idempotency-replayed"]
      .filter((name) => answer.headers.has(name)).map((name) => `${name}: ${answer.headers.get(name)}`)].join("\n");
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      into.textContent = `${head}\n\n${text}`;
      const { done, value } = reader ? await reader.read() : { done: true };
      if (done || text.length > most) break;
      text += value;
    }
    reader?.cancel();
    try {
      text = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      // it is something else
    }
    into.textContent = `${head}\n\n${text.slice(0, most)}`;
  };

  root.addEventListener("submit", (event) => {
    event.preventDefault();
    show(event.target).catch((error) => {
      event.target.querySelector(".answer").textContent = String(error);
    });
  });

  // an operation can be linked to
  const open = () => document.getElementById(location.hash.slice(1))?.setAttribute("open", "");
  addEventListener("hashchange", open);
  open();
})();
