/** What is reported of a request and its response: the names of the HTTP semantic conventions, version 1.45. */
import type { Headers } from "../../message/headers.ts";
import { addressOf, bodySourceOf, type Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import { isSecretName } from "../../observe/secret_names.ts";
import type { Attributes, Span } from "./opentelemetry_api.ts";
import type { TelemetryRules } from "./options.ts";

const REDACTED = "REDACTED";

/** A method as it is reported: a name that is not known would make too many series. */
export function knownMethod(method: string, { knownMethods }: TelemetryRules): string {
  return knownMethods.has(method) ? method : "_OTHER";
}

/** What metrics have of a request, and spans too. */
export function requestAttributes(request: Request, rules: TelemetryRules): Attributes {
  const { host, port } = addressOf(request);
  return {
    "http.request.method": knownMethod(request.method, rules),
    "server.address": host,
    "server.port": port,
  };
}

/** What a span begins with; `base` is what its metrics have. */
export function spanAttributes(
  request: Request,
  { rules, base, resendCount }: {
    readonly rules: TelemetryRules;
    readonly base: Attributes;
    readonly resendCount: number;
  },
): Attributes {
  const attributes: Attributes = { ...base, "url.full": redactedURL(request.url, rules) };
  if (base["http.request.method"] !== request.method) {
    attributes["http.request.method_original"] = request.method;
  }
  if (resendCount > 0) attributes["http.request.resend_count"] = resendCount;
  addHeaders(attributes, request.headers, { kind: "request", names: rules.requestHeaders });
  if (rules.isDevelopment) {
    const source = bodySourceOf(request);
    const sizeBytes = source === null ? 0 : source.sizeBytes;
    if (sizeBytes !== null) attributes["http.request.body.size"] = sizeBytes;
    const { url_template: template } = request.extensions;
    if (typeof template === "string") attributes["url.template"] = template;
  }
  return attributes;
}

/** Adds what a response says to a span, and what metrics have of it to their attributes. */
export function addResponse(
  response: Response,
  { span, base, rules }: {
    readonly span: Span | null;
    readonly base: Attributes;
    readonly rules: TelemetryRules;
  },
): void {
  const { status, httpVersion, extensions } = response;
  base["http.response.status_code"] = status;
  base["network.protocol.version"] = httpVersion.replace("HTTP/", "");
  if (status >= 400) base["error.type"] = String(status);
  if (span === null) return;
  for (const name of RESPONSE_NAMES) {
    const value = base[name];
    if (value !== undefined) span.setAttribute(name, value);
  }
  const address = extensions.network_stream?.facts.remoteAddress ?? null;
  if (address !== null) {
    span.setAttribute("network.peer.address", address.host);
    if (address.port !== 0) span.setAttribute("network.peer.port", address.port);
  }
  const attributes: Attributes = {};
  addHeaders(attributes, response.headers, { kind: "response", names: rules.responseHeaders });
  for (const [name, value] of Object.entries(attributes)) span.setAttribute(name, value);
}

const RESPONSE_NAMES = ["http.response.status_code", "network.protocol.version", "error.type"];

/** The class of an error: few values, and no text of the peer's. */
export function errorType(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : "_OTHER";
}

function addHeaders(
  attributes: Attributes,
  headers: Headers,
  { kind, names }: { readonly kind: "request" | "response"; readonly names: readonly string[] },
): void {
  for (const name of names) {
    const values = headers.getList(name);
    if (values.length === 0) continue;
    attributes[`http.${kind}.header.${name}`] = isSecretName(name) ? [REDACTED] : values;
  }
}

/** The signatures that the conventions name; `isSecretName` knows `sig` and `Signature` too. */
const SIGNED = new Set(["AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature"]);

/** A URL without credentials. */
export function redactedURL(url: string, { redactQuery }: TelemetryRules): string {
  let text = url;
  if (text.includes("@")) {
    text = text.replace(/^([a-z]+:\/\/)[^/?#]*@/, `$1${REDACTED}:${REDACTED}@`);
  }
  const begin = text.indexOf("?");
  if (begin < 0) return text;
  return text.slice(0, begin) + text.slice(begin).replace(
    /([?&])([^=&#]+)=([^&#]*)/g,
    (whole, separator: string, name: string) => {
      const isSecret = SIGNED.has(name) || redactQuery.has(name) || isSecretName(name);
      return isSecret ? `${separator}${name}=${REDACTED}` : whole;
    },
  );
}
