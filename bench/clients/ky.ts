/** ky over the runtime's fetch, with its default of two retries. */
import ky from "npm:ky@1";
import type { BenchClient } from "./client.ts";

export function makeClient(): BenchClient {
  const client = ky.create({ retry: 2 });
  return {
    async get(url) {
      return (await client.get(url).arrayBuffer()).byteLength;
    },
    async post(url, body) {
      return (await client.post(url, { body: body.slice() }).arrayBuffer()).byteLength;
    },
    download: () => Promise.reject(new Error("ky is not measured in downloads")),
  };
}
