/** The options of a client that extends another: merged over it as the options of a call are. */
import { checkOptionNames } from "../../options/bad_option.ts";
import { Headers, type HeadersInit } from "../../message/headers.ts";
import { headersToSend } from "../../message/request.ts";
import { checkCallRetry, type RetryLike } from "../../message/retry_options.ts";
import { Timeout } from "../../message/timeout.ts";
import type { CallFactory } from "./client_settings.ts";
import type { BaseClientOptions, HookLists } from "./options.ts";

/**
 * How a client that extends another differs from it: see `client.extend()`.
 *
 * @example An API of its own, without the parent's credentials
 * ```ts
 * import { Client, type ExtendOptions, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport((request) => new Response(200, { text: request.url }));
 * await using client = new Client({ transport, baseURL: "https://api.example", auth: ["ada", "pw"] });
 * const options: ExtendOptions = { baseURL: "v2/", auth: null, headers: { "accept": null } };
 * const users = client.extend(options);
 * assertEquals(await (await users.get("users")).text(), "https://api.example/v2/users");
 * assertEquals([users.auth, users.headers.has("accept")], [null, false]);
 * ```
 */
export interface ExtendOptions extends
  Pick<
    BaseClientOptions,
    | "auth"
    | "params"
    | "timeout"
    | "followRedirects"
    | "throwOnError"
    | "maxRedirects"
    | "eventHooks"
    | "middleware"
    | "retry"
    | "defaultEncoding"
    | "maxResponseBytes"
    | "maxDecodedRatio"
  > {
  /** Merged over the parent's; `null` as a value removes a header, and in the place of all of them all but the defaults. */
  readonly headers?: HeadersInit | Readonly<Record<string, string | null>> | null | undefined;
  /** Resolved against the parent's; `null` for none. */
  readonly baseURL?: string | URL | null | undefined;
}

const NAMES: { readonly [Name in keyof ExtendOptions]-?: true } = {
  auth: true,
  params: true,
  timeout: true,
  followRedirects: true,
  throwOnError: true,
  maxRedirects: true,
  eventHooks: true,
  middleware: true,
  retry: true,
  defaultEncoding: true,
  maxResponseBytes: true,
  maxDecodedRatio: true,
  headers: true,
  baseURL: true,
};
const KNOWN: ReadonlySet<string> = /* @__PURE__ */ new Set(/* @__PURE__ */ Object.keys(NAMES));

/**
 * The options of the new client: its own middleware, everything else as it will be.
 *
 * @throws {TypeError} for an option that is unknown, or that belongs to the connections, which are the parent's
 */
export function extendedOptions(
  options: ExtendOptions,
  parent: { readonly calls: CallFactory; readonly hooks: HookLists },
): BaseClientOptions & { readonly headers: Headers } {
  checkOptionNames("extend()", { options, known: KNOWN });
  const { calls, hooks } = parent;
  const inherited = calls.inherited();
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const { auth, params, timeout, eventHooks, middleware = [] } = options;
  return {
    ...inherited,
    ...Object.fromEntries(given),
    headers: mergedHeaders(calls, options.headers),
    baseURL: mergedBase(calls.baseURL, options.baseURL),
    params: params === undefined ? calls.params : params && calls.params.merge(params),
    auth: auth === undefined ? calls.auth : auth,
    timeout: timeout === undefined ? calls.timeout : Timeout.from(timeout, calls.timeout),
    eventHooks: {
      request: [...hooks.request, ...eventHooks?.request ?? []],
      response: [...hooks.response, ...eventHooks?.response ?? []],
    },
    middleware,
  };
}

function mergedHeaders(calls: CallFactory, given: ExtendOptions["headers"]): Headers {
  const own = calls.headers;
  if (given === undefined) return own.copy();
  if (given === null) return calls.headersWith(null);
  const isRecord = !(Symbol.iterator in given) && !(given instanceof Headers);
  if (!isRecord) return own.mergedWith(headersToSend(given as HeadersInit)).copy();
  const entries = Object.entries(given as Record<string, string | null>); // it is no list
  const kept = entries.filter((entry): entry is [string, string] => entry[1] !== null);
  const merged = own.mergedWith(headersToSend(kept)).copy();
  for (const [name, value] of entries) if (value === null) merged.delete(name);
  return merged;
}

function mergedBase(own: string, given: ExtendOptions["baseURL"]): string {
  if (given === undefined) return own;
  if (given === null) return "";
  return own === "" || given instanceof URL ? String(given) : new URL(given, own).href;
}

/** The option `retry` of a call over that of its client. */
export function mergedRetry(
  own: RetryLike | undefined,
  call: RetryLike | undefined,
): RetryLike | undefined {
  if (call === undefined) return own;
  const isRecord = typeof call === "object" && call !== null;
  if (!isRecord || own === undefined || own === null) return call;
  return { ...typeof own === "number" ? { limit: own } : own, ...call };
}

/**
 * The option `retry` of a client that extends another, as it is.
 *
 * @throws {TypeError} for an unknown name, or a value of the wrong kind
 */
export function checkedRetry(retry: RetryLike | undefined): RetryLike | undefined {
  if (retry !== undefined) checkCallRetry(retry);
  return retry;
}
