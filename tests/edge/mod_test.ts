import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import * as httpx from "@httpx/httpx";
import * as edge from "@httpx/httpx/fetch";
import * as full from "@httpx/httpx/fetch/full";

/** What needs sockets or files, and what the edge entries call `Client`. */
const NOT_ON_THE_EDGE = [
  ...["FetchClient", "HTTPTransport", "NetRCAuth", "Proxy", "TLSContext", "createTLSContext"],
];

/** What takes room that a small bundle has not. */
const IN_FULL = [
  ...["AppTransport", "BearerAuth", "codes", "Cookies", "DigestAuth", "MockTransport"],
  "OAuth2ClientCredentials",
];

/** Every file that is loaded with a file; imports of types alone are erased. */
function reachableFrom(entry: URL, found: Map<string, URL> = new Map()): URL[] {
  if (found.has(entry.href)) return [];
  found.set(entry.href, entry);
  const text = readFileSync(entry, "utf8");
  for (const match of text.matchAll(/^(?:import|export)(?! type\b)[^;"]*"(\.[^"]+)";/gm)) {
    reachableFrom(new URL(match[1] ?? "", entry), found);
  }
  return [...found.values()];
}

function pathsFrom(entry: string): string[] {
  return reachableFrom(new URL(`../../src/edge/${entry}`, import.meta.url))
    .map(({ pathname }) => pathname.slice(pathname.lastIndexOf("/src/")));
}

describe("@httpx/httpx/fetch", () => {
  it("has the names of its full sister, but for what takes room", () => {
    const names = Object.keys(full).filter((name) => !IN_FULL.includes(name));
    assertEquals(Object.keys(edge).sort(), names.sort());
  });

  it("reaches nothing that is handed in by others", () => {
    const handedIn =
      /whole|jar\.ts|set_cookie|suffix|content_coding|multipart|more_|open_file|patterns|guess|phrases|url_fault|web_fetch|\/clock\/(?!call)/;
    assertEquals(pathsFrom("mod.ts").filter((path) => handedIn.test(path)), []);
  });
});

describe("@httpx/httpx/fetch/full", () => {
  it("has the names of @httpx/httpx, but for what needs sockets", () => {
    const names = Object.keys(httpx).filter((name) => !NOT_ON_THE_EDGE.includes(name));
    assertEquals(Object.keys(full).sort(), names.sort());
  });

  it("reaches no code of the wire, of sockets, or of the Public Suffix List", () => {
    const paths = pathsFrom("full.ts");
    assert(paths.includes("/src/transports/fetch_transport.ts"), "the walk is broken");
    const wrong =
      /\/wire\/|socket|http_transport|zlib_|runtime\/(pick|failures)|public_suffix(_table)?\.ts/;
    const allowed = "/src/message/cookies/public_suffix/compact_public_suffix.ts";
    assertEquals(paths.filter((path) => wrong.test(path) && path !== allowed), []);
  });
});
