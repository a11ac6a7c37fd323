import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import * as httpx from "@httpx/httpx";
import * as edge from "@httpx/httpx/fetch";

/** What needs sockets or files. */
const NOT_ON_THE_EDGE = ["HTTPTransport", "NetRCAuth", "Proxy", "TLSContext", "createTLSContext"];

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
  it("has the names of @httpx/httpx, but for what needs sockets or files", () => {
    const names = Object.keys(httpx).filter((name) => !NOT_ON_THE_EDGE.includes(name));
    assertEquals(Object.keys(edge).sort(), names.sort());
    assertStrictEquals(edge.Client, edge.FetchClient);
  });

  it("reaches no code of the wire, of sockets, of zlib, or of the Public Suffix List", () => {
    const paths = pathsFrom("mod.ts");
    assert(paths.includes("/src/transports/fetch_transport.ts"), "the walk is broken");
    const wrong =
      /\/wire\/|socket|http_transport|zlib|platform_decoding|runtime\/(pick|failures)|\/public_suffix(_table)?\.ts/;
    assertEquals(paths.filter((path) => wrong.test(path)), []);
  });
});
