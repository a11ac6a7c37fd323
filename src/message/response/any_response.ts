/** What a response's head answers: its status, its URL, its fields. The same for both kinds of clients. */
import type { Cookies } from "../cookies/jar.ts";
import { charsetOf } from "../content/charset.ts";
import type { Headers } from "../headers.ts";
import { type Link, parseLinks } from "../../semantics/link.ts";
import { reasonPhrase } from "../../semantics/reason_phrases.ts";
import { isFollowed, statusClass } from "../../semantics/status.ts";
import type { ResponseExtensions } from "./extensions.ts";

/**
 * What a `Response` and the `SyncResponse` of a synchronous client have in common: everything but the body.
 *
 * @example A function for the responses of both clients
 * ```ts
 * import { type AnyResponse, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const describe = ({ status, statusText }: AnyResponse) => `${status} ${statusText}`;
 * assertEquals(describe(new Response(404)), "404 Not Found");
 * ```
 */
export abstract class AnyResponse {
  /** The status code, 100 to 999. */
  abstract readonly status: number;
  /** What travels along but was not in the head: `http_version`, `network_stream` … */
  abstract readonly extensions: ResponseExtensions;
  /** The fields of the head. */
  abstract readonly headers: Headers;
  /** The URL of the request, or `""`. */
  abstract readonly url: string;
  /** The cookies that this response set. */
  abstract readonly cookies: Cookies;

  /** The reason phrase that the server sent, or the usual one. */
  get statusText(): string {
    const sent = this.extensions.reason_phrase;
    return typeof sent === "string" ? sent : reasonPhrase(this.status);
  }

  /** `"HTTP/1.1"`, `"HTTP/1.0"` or `"HTTP/2"`. */
  get httpVersion(): string {
    const version = this.extensions.http_version;
    return typeof version === "string" ? version : "HTTP/1.1";
  }

  /** 2xx */
  get ok(): boolean {
    return statusClass(this.status) === 2;
  }

  /** Always `"default"`, as for a web response that is not from `fetch`. */
  get type(): "default" {
    return "default";
  }

  /** 1xx */
  get isInformational(): boolean {
    return statusClass(this.status) === 1;
  }

  /** 2xx; the same as `ok`. */
  get isSuccess(): boolean {
    return this.ok;
  }

  /** 3xx, with or without a `Location`. */
  get isRedirect(): boolean {
    return statusClass(this.status) === 3;
  }

  /** 4xx */
  get isClientError(): boolean {
    return statusClass(this.status) === 4;
  }

  /** 5xx */
  get isServerError(): boolean {
    return statusClass(this.status) === 5;
  }

  /** 4xx or 5xx */
  get isError(): boolean {
    return this.isClientError || this.isServerError;
  }

  /** Whether it is a redirect that can be followed: 301, 302, 303, 307 or 308 with a `Location`. */
  get hasRedirectLocation(): boolean {
    return isFollowed(this.status) && this.headers.has("location");
  }

  /** The `Link` header by relation, else by URL (RFC 8288); URLs are resolved against that of the response. */
  get links(): Record<string, Link> {
    const value = this.headers.get("link");
    return value === null ? {} : parseLinks(value, this.url);
  }

  /** The charset that `Content-Type` names, or `null` if it names none that is known. */
  get charsetEncoding(): string | null {
    return charsetOf(this.headers.get("content-type"));
  }

  /** Returns a short description: `<Response [200 OK]>`. */
  toString(): string {
    return `<Response [${`${this.status} ${this.statusText}`.trim()}]>`;
  }

  /** The same: for logs of JSON. */
  toJSON(): string {
    return this.toString();
  }
}
