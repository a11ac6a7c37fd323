/**
 * Where jars come from. A jar shared by all requests of an edge isolate is seldom what anybody wants, so the entry over
 * `fetch` alone carries none; every other one hands in how to make them, when it is loaded.
 */
import type { Cookies, CookiesInit } from "./jar.ts";

/** Makes a jar with some cookies. */
export type JarMaker = (init?: CookiesInit | null) => Cookies;

/** Set when the entry is loaded, before any client is made. */
let current: JarMaker | null = null;

/** Has jars made by `maker` from now on. */
export function useJars(maker: JarMaker): void {
  current = maker;
}

/** What makes jars in this program, or `null` where it has none. */
export function jarMaker(): JarMaker | null {
  return current;
}

/** An empty jar. */
export function makeJar(): Cookies {
  if (current !== null) return current();
  throw new Error('Cannot use cookies: there is no jar; import "@httpx/httpx/fetch/full"');
}
