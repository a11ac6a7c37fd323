/** got over Node's http, with kept connections and its default of two retries. */
import { Agent } from "node:http";
import got from "npm:got@14";
import type { BenchClient } from "./client.ts";

export function makeClient(): BenchClient {
  const client = got.extend({
    agent: { http: new Agent({ keepAlive: true }) },
    retry: { limit: 2 },
  });
  return {
    async get(url) {
      return (await client.get(url).buffer()).length;
    },
    async post(url, body) {
      return (await client.post(url, { body }).buffer()).length;
    },
    download: () => Promise.reject(new Error("got is not measured in downloads")),
  };
}
