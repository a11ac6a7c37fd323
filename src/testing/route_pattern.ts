/**
 * Which URLs a route takes: `"/users/:id"`, `"https://*.example.com/files/*"`. A part `:name` is one segment of the path, a
 * last part `*` is whatever follows; a host may begin with `*.`. Queries are matched apart, by `params`.
 */

/** What a URL was split into. */
export interface PatternMatch {
  /** The segments that named parts took, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** How a URL differs from a pattern. */
export interface PatternDifference {
  /** What differs: everything before it is the same. */
  readonly part: "scheme" | "host" | "path";
  /** How many segments of the path are the same. */
  readonly sameSegments: number;
}

/** A parsed pattern. */
export class RoutePattern {
  /** As it was given, after the base URL. */
  readonly source: string;
  readonly #scheme: string | null;
  readonly #host: string | null;
  readonly #segments: readonly string[];

  /** @throws {TypeError} for a pattern that is neither a path nor a URL */
  constructor(pattern: string, baseURL: string = "") {
    this.source = joined(pattern, baseURL);
    const [, scheme = null, host = null, path = ""] =
      /^(?:([a-z][a-z0-9+.-]*):\/\/([^/?#]*))?([^?#]*)$/i.exec(this.source) ?? [];
    if (path === "" && host === null || path !== "" && !path.startsWith("/")) {
      throw new TypeError(
        `Cannot make a route for ${
          JSON.stringify(pattern)
        }: give a path that begins with "/", or a URL without a query`,
      );
    }
    this.#scheme = scheme?.toLowerCase() ?? null;
    this.#host = host?.toLowerCase() ?? null;
    this.#segments = segmentsOf(path);
  }

  /** The named segments of a URL, or how it differs. */
  match(url: URL): PatternMatch | PatternDifference {
    if (this.#scheme !== null && `${this.#scheme}:` !== url.protocol) {
      return { part: "scheme", sameSegments: 0 };
    }
    if (this.#host !== null && !isHost(this.#host, url)) return { part: "host", sameSegments: 0 };
    return this.#matchPath(segmentsOf(url.pathname));
  }

  #matchPath(path: readonly string[]): PatternMatch | PatternDifference {
    const params: Record<string, string> = {};
    for (const [i, segment] of this.#segments.entries()) {
      const isLast = i === this.#segments.length - 1;
      if (segment === "*" && isLast) {
        params["*"] = path.slice(i).map(decoded).join("/");
        return { params };
      }
      const given = path[i];
      if (given === undefined) return { part: "path", sameSegments: i };
      if (segment.startsWith(":")) params[segment.slice(1)] = decoded(given);
      else if (decoded(segment) !== decoded(given)) return { part: "path", sameSegments: i };
    }
    return path.length === this.#segments.length
      ? { params }
      : { part: "path", sameSegments: this.#segments.length };
  }
}

function joined(pattern: string, baseURL: string): string {
  if (baseURL === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(pattern)) return pattern;
  return `${baseURL.replace(/\/+$/, "")}/${pattern.replace(/^\/+/, "")}`;
}

function segmentsOf(path: string): string[] {
  return path.split("/").slice(1);
}

function isHost(host: string, { host: given, hostname }: URL): boolean {
  if (!host.startsWith("*.")) return host === given || host === hostname;
  const [suffix = "", port] = host.slice(1).split(":");
  return hostname.endsWith(suffix) && (port === undefined || given.endsWith(`:${port}`));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a lone "%" is itself
  }
}
