/** The Basic scheme, RFC 7617: the same credentials with every request, unasked. */
import type { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import { basicCredentials } from "../semantics/basic_credentials.ts";
import { Auth } from "./auth.ts";

/**
 * User name and password, sent as UTF-8 with every request.
 *
 * @example For one client; `auth: ["ada", "lovelace"]` means the same
 * ```ts
 * import { BasicAuth, Client, MockTransport } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport((request) =>
 *   new Response(request.headers.get("authorization"))
 * );
 * await using client = new Client({ transport, auth: new BasicAuth("ada", "lovelace") });
 * const response = await client.get("https://example.org/");
 * assertEquals(await response.text(), "Basic YWRhOmxvdmVsYWNl");
 * ```
 */
export class BasicAuth extends Auth {
  readonly #authorization: string;

  /**
   * Keeps the credentials, encoded.
   *
   * @throws {TypeError} for a user name with a colon in it
   */
  constructor(username: string, password: string) {
    super();
    this.#authorization = basicCredentials(username, password);
  }

  /** Adds the credentials; one step. */
  override *authFlow(request: Request): Generator<Request, void, Response> {
    request.headers.set("Authorization", this.#authorization);
    yield request;
  }
}
