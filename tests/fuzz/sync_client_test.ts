/** Random walks over a client that blocks: streams read beside each other, left, uploads that ask something themselves. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SyncClient, type SyncResponse } from "@httpx/httpx/sync";
import { seeded } from "../support/random.ts";
import { startThreadServer } from "../support/thread/server.ts";

const SEEDS = 12;
const STEPS = 60;
const PIECE_BYTES = 65_536;

/** A stream that is being read, and how far. */
interface Reading {
  readonly response: SyncResponse;
  readonly chunks: Generator<Uint8Array, void>;
  readonly size: number;
  at: number;
}

class Walk {
  readonly #client: SyncClient;
  readonly #url: string;
  readonly #pick: (limit: number) => number;
  readonly #readings: Reading[] = [];

  constructor(client: SyncClient, url: string, pick: (limit: number) => number) {
    this.#client = client;
    this.#url = url;
    this.#pick = pick;
  }

  step(depth = 0): void {
    const steps = [this.#get, this.#open, this.#read, this.#read, this.#leave, this.#upload];
    steps[this.#pick(depth > 1 ? 5 : 6)]?.call(this, depth);
  }

  end(): void {
    while (this.#readings.length > 0) this.#read();
  }

  #get(): void {
    const size = 1 + this.#pick(3000);
    const content = new Uint8Array(size).fill(size);
    const path = this.#pick(2) === 0 ? "echo" : "keep?to=/echo";
    const answer = this.#client.post(`${this.#url}/${path}`, { content });
    assertEquals([answer.content.length, answer.content[size - 1]], [size, size % 256]);
  }

  #open(): void {
    if (this.#readings.length >= 6) return;
    const pieces = this.#pick(60);
    const sized = this.#pick(2) === 0 ? "&sized" : "";
    const url = `${this.#url}/download?pieces=${pieces}${sized}`;
    const response = this.#client.stream("GET", url);
    const chunks = response.iterBytes();
    this.#readings.push({ response, chunks, size: pieces * PIECE_BYTES, at: 0 });
  }

  #read(): void {
    const at = this.#pick(this.#readings.length || 1);
    const reading = this.#readings[at];
    if (reading === undefined) return;
    const { done, value } = reading.chunks.next();
    if (done) {
      assertEquals(reading.at, reading.size);
      this.#readings.splice(at, 1);
    } else {
      assertEquals(value[0], reading.at % PIECE_BYTES % 251);
      reading.at += value.length;
    }
  }

  #leave(): void {
    const [reading] = this.#readings.splice(this.#pick(this.#readings.length || 1), 1);
    reading?.response.close();
  }

  #upload(depth = 0): void {
    const pieces = this.#pick(20);
    const step = () => this.step(depth + 1);
    const failsAt = this.#pick(4) === 0 ? this.#pick(20) : -1;
    function* content(): Generator<Uint8Array> {
      for (let i = 0; i < pieces; i++) {
        step();
        if (i === failsAt) throw new RangeError("as planned");
        yield new Uint8Array(PIECE_BYTES);
      }
    }
    try {
      const answer = this.#client.post(`${this.#url}/upload`, { content: content() });
      assertEquals(answer.json<{ size: number }>().size, pieces * PIECE_BYTES);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

describe("SyncClient, on a random walk", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`seed ${seed}: every body arrives whole, and nothing hangs`, async () => {
      await using server = await startThreadServer();
      using client = new SyncClient({ timeout: 5000, followRedirects: true });
      const walk = new Walk(client, server.url, seeded(seed));
      for (let i = 0; i < STEPS; i++) walk.step();
      walk.end();
      assertEquals(client.get(server.url).text(), "hello");
    });
  }
});
