/** Node's HTTP client from npm, by its fastest call. */
import { request } from "npm:undici@7";
import type { BenchClient } from "./client.ts";

export function makeClient(): BenchClient {
  return {
    async get(url) {
      return (await (await request(url)).body.bytes()).length;
    },
    async post(url, body) {
      return (await (await request(url, { method: "POST", body })).body.bytes()).length;
    },
    async download(url, onPiece) {
      const { body } = await request(url);
      let size = 0;
      for await (const piece of body) {
        size += piece.length;
        onPiece();
      }
      return size;
    },
  };
}
