// As much of a browser as a sign-in needs: cookies for each server, redirects, forms. It trusts Muster's own CA.
import http from "node:http";
import https from "node:https";

export class Browser {
  jars = new Map();

  constructor(ca) {
    this.ca = ca;
  }

  // Asks once; with a token as a program.
  async ask(url, { form, token } = {}) {
    const { protocol, host } = new URL(url);
    const jar = this.jars.get(host) ?? new Map();
    this.jars.set(host, jar);
    const headers = { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") };
    const body = form && new URLSearchParams(form).toString();
    if (token) headers.authorization = `Bearer ${token}`;
    if (form) headers["content-type"] = "application/x-www-form-urlencoded";
    const options = { method: form ? "POST" : "GET", headers, ca: this.ca };
    const answer = await new Promise((done, failed) => {
      const request = (protocol === "https:" ? https : http).request(url, options, (response) => {
        const pieces = [];
        response.on("data", (piece) => pieces.push(piece));
        response.on("end", () => done({ status: response.statusCode, headers: response.headers, text: Buffer.concat(pieces).toString() }));
      });
      request.on("error", failed);
      request.end(body);
    });
    for (const cookie of answer.headers["set-cookie"] ?? []) {
      const [pair] = cookie.split(";");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1)];
      if (value === "" || /max-age=0|expires=Thu, 01 Jan 1970/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    return { ...answer, url, to: answer.headers.location && new URL(answer.headers.location, url).href };
  }

  // Goes where the servers send it, up to `until` or a page.
  async go(url, options = {}, until = () => false) {
    let answer = await this.ask(url, options);
    for (let hops = 0; answer.to; hops++) {
      if (hops === 20) throw new Error(`redirected without an end: ${answer.to}`);
      if (until(answer.to)) return answer;
      answer = await this.ask(answer.to);
    }
    return answer;
  }
}

// What a page's form sends, with `more`.
export function form(page, more = {}) {
  const fields = [...page.text.matchAll(/<input[^>]*type="?hidden"?[^>]*>/g)].map(([input]) => [/name="([^"]*)"/.exec(input)?.[1], /value="([^"]*)"/.exec(input)?.[1] ?? ""]);
  return { ...Object.fromEntries(fields), ...more };
}
