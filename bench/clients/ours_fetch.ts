/** This library's drop-in `fetch`, called as the runtime's own is. */
import { Client } from "../../mod.ts";
import type { BenchClient } from "./client.ts";
import { makeClient } from "./fetch.ts";

export function makeDropIn(): BenchClient {
  return makeClient({}, new Client().fetch);
}
