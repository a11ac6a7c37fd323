/** What a cache reads from a request before it looks anything up: where it would be stored, and what it asks of a cache. */
import { addressOf, bodySourceOf, type CacheMode, type Request } from "../../message/request.ts";
import type { FieldLines } from "../../semantics/fields.ts";
import { directivesOf } from "./policy/directives.ts";
import { FieldNames } from "./policy/field_names.ts";
import type { CacheRequest } from "./policy/policy.ts";
import { parseRange } from "./policy/ranges.ts";
import { sha256 } from "./sha256.ts";

/** How a request is handled. */
export type Plan = Lookup | Unsafe | Bypass;

/** It may be answered from the cache, and its response stored. */
export interface Lookup extends CacheRequest {
  readonly kind: "lookup";
  readonly key: string;
  readonly partition: string;
  readonly isHead: boolean;
  /** Whether it has a precondition of its caller's own: then the server answers. */
  readonly isConditional: boolean;
  /** Whether it asks nothing of caches, so that it may share the response of another. */
  readonly isPlain: boolean;
}

/** It may change what it is sent to (RFC 9111 §4.4). */
export interface Unsafe {
  readonly kind: "unsafe";
  readonly fields: FieldLines;
  readonly key: string;
  readonly partition: string;
}

/** It passes, and nothing is looked up, stored or invalidated. */
export interface Bypass {
  readonly kind: "bypass";
  readonly reason: string;
}

/** Safe methods whose responses are not cacheable (RFC 9110 §9.2.1); unknown ones count as unsafe. */
const SAFE_ALONE: ReadonlySet<string> = new Set([
  ...["OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH", "CONNECT"],
]);

const MODES: ReadonlySet<unknown> = new Set(
  ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"],
);

/** The fields that matter here, found in one pass. */
interface CacheFields {
  control: boolean;
  pragma: boolean;
  range: string | null;
  conditional: boolean;
  authorization: string | null;
  cookie: string | null;
  host: string | null;
  upgrade: boolean;
}

/** Names whose values count, in lower case. */
const NAMES = new FieldNames([
  ...["cache-control", "pragma", "range", "authorization", "cookie", "host", "upgrade"],
  ...["if-none-match", "if-modified-since", "if-match", "if-unmodified-since"],
]);

/** How responses are kept apart. */
export interface PartitionRules {
  /** Whose response it is, in place of a hash of the credentials; or `null`. */
  readonly partitionOf: ((request: Request) => string) | null;
  /** Hashes of credentials that were seen before. */
  readonly hashes: CredentialHashes;
}

/**
 * The plan for a request.
 *
 * @throws {TypeError} for an unknown cache mode, or a partition that is not a string
 */
export function planOf(request: Request, { partitionOf, hashes }: PartitionRules): Plan {
  const { method, extensions } = request;
  const isHead = method === "HEAD";
  const mode = modeOf(extensions.cache);
  if (extensions.target !== undefined) return { kind: "bypass", reason: "target" };
  const fields = request.headers.lines;
  const found = readFields(fields);
  // The response is another protocol, such as WebSocket.
  if (found.upgrade) return { kind: "bypass", reason: "upgrade" };
  const key = keyOf(request.url);
  const owner = partitionOf === null ? hashes.of(found) : checkedPartition(partitionOf(request));
  if (method !== "GET" && !isHead && method !== "QUERY") {
    if (SAFE_ALONE.has(method)) return { kind: "bypass", reason: "method" };
    return { kind: "unsafe", fields, key, partition: owner + placeOf(request, found) };
  }
  // What came from a server that was trusted otherwise is for no other request, nor the reverse.
  if (extensions.verify !== undefined) return { kind: "bypass", reason: "verify" };
  const content = method === "QUERY" ? contentOf(request) : "";
  if (content === null) return { kind: "bypass", reason: "streamed content" };
  if (method !== "QUERY" && bodySourceOf(request) !== null) {
    return { kind: "bypass", reason: "content" };
  }
  const directives = found.control ? directivesOf(fields) : NO_DIRECTIVES;
  if (mode === "no-store" || directives.has("no-store")) {
    return { kind: "bypass", reason: "no-store in the request" };
  }
  const range = found.range === null || method !== "GET" ? null : parseRange(found.range);
  if (range === null && found.range !== null) return { kind: "bypass", reason: "range" };
  return {
    kind: "lookup",
    fields,
    directives,
    mode,
    range,
    key,
    isHead,
    partition: owner + placeOf(request, found) + content,
    isConditional: found.conditional,
    isPlain: mode === "default" && range === null && !isHead && directives.size === 0 &&
      !found.pragma && !found.conditional,
  };
}

/** What all users had in common would be one partition for all: a promise, for one. */
function checkedPartition(partition: unknown): string {
  if (typeof partition === "string") return partition;
  throw new TypeError(
    `Cannot use cache() option "partition": it returned ${
      partition instanceof Promise ? "a promise" : typeof partition
    }; return a string`,
  );
}

const NO_DIRECTIVES: CacheRequest["directives"] = new Map();

/** The key of a URL: without its fragment, and without credentials, which are sent as a field. */
export function keyOf(url: string): string {
  const hash = url.indexOf("#");
  const whole = hash < 0 ? url : url.slice(0, hash);
  if (!whole.includes("@")) return whole;
  const parsed = new URL(whole);
  parsed.username = parsed.password = "";
  return parsed.href;
}

function modeOf(given: unknown): CacheMode {
  if (given === undefined) return "default";
  if (MODES.has(given)) return given as CacheMode; // one of them
  throw new TypeError(`Cannot use extension "cache": give one of ${[...MODES].join(", ")}`);
}

function readFields(fields: FieldLines): CacheFields {
  const found: CacheFields = {
    control: false,
    pragma: false,
    range: null,
    conditional: false,
    authorization: null,
    cookie: null,
    host: null,
    upgrade: false,
  };
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const given = fields[i] ?? "";
    if (!NAMES.has(given)) continue;
    const name = given.toLowerCase();
    const value = fields[i + 1] ?? "";
    if (name === "cache-control") found.control = true;
    else if (name === "pragma") found.pragma = true;
    else if (name === "range") found.range = value;
    else if (name === "authorization") found.authorization = joined(found.authorization, value);
    else if (name === "cookie") found.cookie = joined(found.cookie, value);
    else if (name === "host") found.host = value;
    else if (name === "upgrade") found.upgrade = true;
    else found.conditional = true;
  }
  return found;
}

function joined(earlier: string | null, value: string): string {
  return earlier === null ? value : `${earlier}\n${value}`;
}

/** As many hashes are remembered: a client has few credentials and sends them again and again. */
const MAX_REMEMBERED = 64;

/** Hashes of what a server may tell users apart by: the key of a stored response must give nothing away. */
export class CredentialHashes {
  readonly #hashes = new Map<string, string>();

  /** The hash of a request's credentials; `""` if it has none. */
  of({ authorization, cookie }: Pick<CacheFields, "authorization" | "cookie">): string {
    if (authorization === null && cookie === null) return "";
    const text = `${authorization ?? ""}\0${cookie ?? ""}`;
    let hash = this.#hashes.get(text);
    if (hash !== undefined) return hash;
    if (this.#hashes.size >= MAX_REMEMBERED) this.#hashes.clear();
    this.#hashes.set(text, hash = sha256(text));
    return hash;
  }

  /** Forgets the credentials. */
  clear(): void {
    this.#hashes.clear();
  }
}

/** Another server at the same URL: a `Host` of the caller's own, another name for TLS. */
function placeOf(request: Request, { host }: CacheFields): string {
  const { extensions } = request;
  const target = addressOf(request);
  const own = host === null || host === target.authority ? "" : ` host ${host}`;
  const { sni_hostname: name } = extensions;
  return name === undefined ? own : `${own} tls ${name}`;
}

/** What a QUERY asks (RFC 10008 §2.7): its content and what describes it; `null` for a stream. */
function contentOf(request: Request): string | null {
  const { headers } = request;
  const bodySource = bodySourceOf(request);
  const bytes = bodySource === null ? new Uint8Array(0) : bodySource.bytes;
  if (bytes === null) return null;
  const described = ["content-type", "content-encoding", "content-language"]
    .map((name) => headers.get(name) ?? "").join("\0");
  return ` query ${sha256(described)}${sha256(bytes)}`;
}
