/** Basic credentials, or a scheme of your own. */
import { Auth, Client, type Request, type Response } from "@httpx/httpx";
import { startHttpbin } from "./support/httpbin.ts";

await using server = startHttpbin();
await using client = new Client({ baseURL: server.url, auth: ["ada", "lovelace"] });
console.log((await client.get("/basic-auth/ada/lovelace")).status);

/** Sends a token, and asks for a new one when the server refuses it. */
class TokenAuth extends Auth {
  #token = "expired";

  override *authFlow(request: Request): Generator<Request, void, Response> {
    request.headers.set("authorization", `Token ${this.#token}`);
    const response = yield request;
    if (response.status !== 401) return;
    this.#token = "fresh";
    request.headers.set("authorization", `Bearer ${this.#token}`);
    yield request;
  }
}

const response = await client.get("/bearer", { auth: new TokenAuth() });
console.log(await response.json(), response.history.length);
