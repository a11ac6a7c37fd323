/** The options of `telemetry()`, and what they come to. */
import { badOption, checkOptionNames } from "../../options/bad_option.ts";
import type { Request } from "../../message/request.ts";

/**
 * What `telemetry()` reports, and how.
 *
 * @example Health checks are not reported, the tenant is
 * ```ts
 * import { telemetry, type TelemetryOptions } from "@httpx/httpx/opentelemetry";
 * import { assertEquals } from "@std/assert";
 *
 * const options: TelemetryOptions = {
 *   filter: (request) => !request.url.endsWith("/health"),
 *   requestHeaders: ["x-tenant"],
 * };
 * assertEquals(typeof telemetry(options).handle, "function");
 * ```
 */
export interface TelemetryOptions {
  /** Whether a request is reported; `false` sends it without span, metrics and propagation. Default: every one is. */
  readonly filter?: ((request: Request) => boolean) | undefined;
  /** Names the span of a request. Keep the number of names small. Default: the method alone, as the conventions have it. */
  readonly spanName?: ((request: Request) => string) | undefined;
  /** Whether a request carries the context on (`traceparent` and so on). Default: every one does. */
  readonly propagate?: ((request: Request) => boolean) | undefined;
  /** Names of request headers that are attributes of the span; credentials among them are `REDACTED`. Default: none. */
  readonly requestHeaders?: readonly string[] | undefined;
  /** The same for response headers. Default: none. */
  readonly responseHeaders?: readonly string[] | undefined;
  /** Names of query parameters whose values are `REDACTED`, beside those that are recognised as credentials. */
  readonly redactQuery?: readonly string[] | undefined;
  /** Methods that are reported by name; others are `_OTHER`. Default: those of RFC 9110, PATCH and QUERY. */
  readonly knownMethods?: readonly string[] | undefined;
  /**
   * Whether attributes and metrics are reported that the conventions have not declared stable: sizes of bodies, and
   * `url.template` of requests with the extension `url_template`. Default: `false`.
   */
  readonly development?: boolean | undefined;
}

const NAMES: { readonly [Name in keyof TelemetryOptions]-?: "function" | "list" | "boolean" } = {
  filter: "function",
  spanName: "function",
  propagate: "function",
  requestHeaders: "list",
  responseHeaders: "list",
  redactQuery: "list",
  knownMethods: "list",
  development: "boolean",
};

/** Options, complete. */
export interface TelemetryRules {
  readonly filter: ((request: Request) => boolean) | null;
  readonly spanName: ((request: Request) => string) | null;
  readonly propagate: ((request: Request) => boolean) | null;
  readonly requestHeaders: readonly string[];
  readonly responseHeaders: readonly string[];
  readonly redactQuery: ReadonlySet<string>;
  readonly knownMethods: ReadonlySet<string>;
  readonly isDevelopment: boolean;
}

const KNOWN_METHODS = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/**
 * Checks the options.
 *
 * @throws {TypeError} for an unknown name, or a value of the wrong kind
 */
export function checkTelemetry(options: TelemetryOptions): TelemetryRules {
  checkOptionNames("telemetry()", { options, known: new Set(Object.keys(NAMES)) });
  for (const [name, kind] of Object.entries(NAMES)) {
    const value = options[name as keyof TelemetryOptions]; // a key of NAMES
    if (value === undefined || (kind === "list" ? isListOfNames(value) : typeof value === kind)) {
      continue;
    }
    throw badOption(name, kind === "list" ? "give a list of names" : `give a ${kind}`);
  }
  return {
    filter: options.filter ?? null,
    spanName: options.spanName ?? null,
    propagate: options.propagate ?? null,
    requestHeaders: lowerCase(options.requestHeaders),
    responseHeaders: lowerCase(options.responseHeaders),
    redactQuery: new Set(options.redactQuery),
    knownMethods: new Set(options.knownMethods ?? [...KNOWN_METHODS, "QUERY", "TRACE"]),
    isDevelopment: options.development ?? false,
  };
}

function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

function lowerCase(names: readonly string[] = []): readonly string[] {
  return names.map((name) => name.toLowerCase());
}
