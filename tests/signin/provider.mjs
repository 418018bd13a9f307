// A real provider (the certified package oidc-provider), with one person whose groups the tests say, and a way to have it send what no
// honest provider sends: the token that it made is taken apart and signed anew, with the provider's own key or with another.
import { createServer } from "node:http";
import { once } from "node:events";
import { SignJWT, decodeJwt, exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";

export const CLIENT = { id: "muster", secret: "a secret of both" };

// What is wrong with the next token.
const FLAWS = {
  nonce: (claims) => ({ ...claims, nonce: "of another sign-in" }),
  "no-nonce": ({ nonce, ...claims }) => claims,
  audience: (claims) => ({ ...claims, aud: "somebody-else" }),
  issuer: (claims) => ({ ...claims, iss: "https://elsewhere.example" }),
  expired: (claims) => ({ ...claims, iat: claims.iat - 7200, exp: claims.iat - 3600 }),
  key: (claims) => claims,
};

export class TestProvider {
  // Who signs in, as the provider knows them.
  person = { sub: "4711", preferred_username: "anna", name: "Anna Petrova", email: "anna@example.org", email_verified: true, groups: [] };
  flaw = "";

  static async start() {
    const one = new TestProvider();
    one.keys = await generateKeyPair("RS256", { extractable: true });
    one.others = await generateKeyPair("RS256", { extractable: true });
    one.server = createServer((request, response) => one.answer(request, response));
    one.server.listen(0, "127.0.0.1");
    await once(one.server, "listening");
    one.issuer = `http://127.0.0.1:${one.server.address().port}`;
    return one;
  }

  // The client's addresses are known when Muster is.
  async meet(address) {
    const key = { ...(await exportJWK(this.keys.privateKey)), kid: "one", use: "sig", alg: "RS256" };
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          redirect_uris: [`${address}/sign-in/oidc/back`],
          post_logout_redirect_uris: [`${address}/sign-in`],
          response_types: ["code"],
          grant_types: ["authorization_code"],
        },
      ],
      jwks: { keys: [key] },
      cookies: { keys: ["a key of the test"] },
      pkce: { required: () => true },
      conformIdTokenClaims: false,
      // one who names the session is not asked, as with other providers
      features: {
        rpInitiatedLogout: {
          logoutSource(context, form) {
            const named = context.oidc.entities.IdTokenHint?.payload.sub === context.oidc.session.accountId;
            context.body = named ? form.replace("</form>", '<input type="hidden" name="logout" value="yes"/></form>') : `<h1>Sign out?</h1>${form}`;
          },
        },
      },
      claims: { openid: ["sub", "groups"], profile: ["name", "preferred_username"], email: ["email", "email_verified"] },
      findAccount: (_context, id) => ({ accountId: id, claims: () => ({ ...this.person, sub: id }) }),
    });
    provider.on("server_error", (_context, error) => console.error(error));
    this.handler = provider.callback();
  }

  answer(request, response) {
    if (!this.handler) return response.writeHead(503).end();
    if (request.url !== "/token" || !this.flaw) return this.handler(request, response);
    const end = response.end.bind(response);
    response.end = (body) => {
      this.altered(JSON.parse(body)).then((text) => {
        response.setHeader("content-length", Buffer.byteLength(text));
        end(text);
      });
      return response;
    };
    this.handler(request, response);
  }

  async altered(answer) {
    if (!answer.id_token) return JSON.stringify(answer);
    const claims = FLAWS[this.flaw](decodeJwt(answer.id_token));
    const key = this.flaw === "key" ? this.others : this.keys;
    answer.id_token = await new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "one" }).sign(key.privateKey);
    return JSON.stringify(answer);
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export const flaws = Object.keys(FLAWS);
