/** This library for callers that block, as a user gets it. */
import { SyncClient } from "../../src/sync/mod.ts";
import type { BenchClient } from "./client.ts";

export function makeClient(): BenchClient {
  const client = new SyncClient();
  return {
    get(url) {
      return Promise.resolve(client.get(url).content.length);
    },
    post(url, body) {
      return Promise.resolve(client.post(url, { content: body }).content.length);
    },
    download(url, onPiece) {
      using response = client.stream("GET", url);
      let size = 0;
      for (const piece of response.iterRaw()) {
        size += piece.length;
        onPiece();
      }
      return Promise.resolve(size);
    },
  };
}
