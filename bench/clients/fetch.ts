/** The runtime's own `fetch`. */
import type { BenchClient } from "./client.ts";

export function makeClient(): BenchClient {
  return {
    async get(url) {
      return (await (await fetch(url)).bytes()).length;
    },
    async post(url, body) {
      const request: RequestInit = { method: "POST", body: body as BodyInit }; // typed without its buffer
      return (await (await fetch(url, request)).bytes()).length;
    },
    async download(url, onPiece) {
      const { body } = await fetch(url);
      let size = 0;
      for await (const piece of body ?? []) {
        size += piece.length;
        onPiece();
      }
      return size;
    },
  };
}
