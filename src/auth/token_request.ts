/**
 * The token endpoint, RFC 6749 §4.4 (client credentials): what it is asked, and what its answer means. A client's secret
 * goes to that one URL: not along a redirect, and into no message.
 */
import { RemoteProtocolError } from "../errors.ts";
import { Request } from "../message/request.ts";
import { parseJSON } from "../message/content/json.ts";
import { HTTPStatusError, type Response } from "../message/response/response.ts";
import type { Timeout } from "../message/timeout.ts";
import { maskSecret, maskURL } from "../observe/mask.ts";
import { basicCredentials } from "../semantics/basic_credentials.ts";
import { isSendableToken } from "./bearer.ts";
import type { IssuedToken } from "./shared_token.ts";

/** A client as its authorization server knows it. */
export interface TokenClient {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authMethod: "basic" | "post";
  /** What is asked beside the grant: scope, audience … */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  readonly timeout: Timeout;
}

/** Longer descriptions of an error are cut. */
const MAX_DESCRIPTION = 200;

/** The request for a token, on behalf of another. */
export function tokenRequest(client: TokenClient, { headers, signal }: Request): Request {
  const form = new URLSearchParams([["grant_type", "client_credentials"]]);
  for (const [name, value] of client.parameters) form.append(name, value);
  const fields: [string, string][] = [
    ["Accept", "application/json"],
    ["Content-Type", "application/x-www-form-urlencoded"],
  ];
  const agent = headers.get("user-agent");
  if (agent !== null) fields.push(["User-Agent", agent]);
  if (client.authMethod === "basic") {
    fields.push(["Authorization", credentials(client)]);
  } else {
    form.append("client_id", client.clientId);
    form.append("client_secret", client.clientSecret);
  }
  return new Request("POST", client.url, {
    headers: fields,
    content: form.toString(),
    extensions: { timeout: client.timeout, follow_redirects: false },
    signal,
  });
}

/** §2.3.1: both are form-encoded before they become Basic credentials. */
function credentials({ clientId, clientSecret }: TokenClient): string {
  return basicCredentials(formEncoded(clientId), formEncoded(clientSecret));
}

function formEncoded(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}

/**
 * The token in the answer, whose body was read.
 *
 * @throws {HTTPStatusError} for a refusal; it has the server's reason
 * @throws {RemoteProtocolError} for an answer without a bearer token
 */
export function readToken(response: Response, client: TokenClient): IssuedToken {
  const members = jsonMembers(response);
  if (!response.isSuccess) throw refusal(response, { client, members });
  const { access_token: value, token_type: type, expires_in: lifetime } = members;
  if (typeof value !== "string" || !isSendableToken(value)) {
    throw noToken(response, "the answer is no JSON with an access_token");
  }
  if (type !== undefined && String(type).toLowerCase() !== "bearer") {
    throw noToken(response, "the answer's token_type is not Bearer");
  }
  const seconds = typeof lifetime === "string" ? parseFloat(lifetime) : lifetime;
  const isKnown = typeof seconds === "number" && !Number.isNaN(seconds);
  return { value, lifetimeMs: isKnown ? Math.max(0, seconds * 1000) : null };
}

/** None, where the answer is no JSON object. */
function jsonMembers(response: Response): Record<string, unknown> {
  try {
    const value = parseJSON(response.content, response);
    return typeof value === "object" ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function noToken(response: Response, fault: string): RemoteProtocolError {
  return new RemoteProtocolError(`Cannot get a token from ${maskURL(response.url)}: ${fault}`, {
    request: response.request,
    phase: "receive",
    requestSent: "yes",
  });
}

/** §5.2: `error` is a code, `error_description` is for people. */
function refusal(
  response: Response,
  { client, members }: {
    readonly client: TokenClient;
    readonly members: Readonly<Record<string, unknown>>;
  },
): HTTPStatusError {
  const facts = [`${response.status} ${shown(response.statusText, client)}`.trim()];
  for (const member of [members.error, members.error_description]) {
    if (typeof member === "string" && member !== "") facts.push(shown(member, client));
  }
  if (response.hasRedirectLocation) facts.push("redirects are not followed with a client's secret");
  return new HTTPStatusError(
    `Cannot get a token from ${maskURL(response.url)}: ${facts.join(": ")}`,
    { request: response.request, response },
  );
}

/** As much of a server's words as a message may have: it may have repeated what it was sent. */
function shown(text: string, client: TokenClient): string {
  const { clientSecret } = client;
  const [, encoded = ""] = credentials(client).split(" ");
  const secrets = [encoded, clientSecret, formEncoded(clientSecret)];
  const clean = secrets.reduce(maskSecret, text).replace(/[^ -~]+/g, " ").trim();
  return clean.slice(0, MAX_DESCRIPTION).replace(/[.\s]+$/, "");
}
