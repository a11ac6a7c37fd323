/** This library as a user gets it: a client with its defaults, timeouts included. */
import { Client, type ClientOptions } from "../../mod.ts";
import type { BenchClient } from "./client.ts";

export function makeClient(options: ClientOptions = {}): BenchClient {
  const client = new Client(options);
  return {
    async get(url) {
      return (await (await client.get(url)).bytes()).length;
    },
    async post(url, body) {
      return (await (await client.post(url, { content: body })).bytes()).length;
    },
    async download(url, onPiece) {
      await using response = await client.stream("GET", url);
      let size = 0;
      for await (const piece of response.iterRaw()) {
        size += piece.length;
        onPiece();
      }
      return size;
    },
  };
}
