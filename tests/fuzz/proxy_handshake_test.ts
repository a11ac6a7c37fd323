/** Whatever a proxy says: a conversation goes on, is done, or ends with an error of the proxy's, however it is cut. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProxyError } from "../../src/errors.ts";
import type { ProxyHandshake } from "../../src/wire/dial/proxy/handshake.ts";
import { HttpTunnel } from "../../src/wire/dial/proxy/http_tunnel.ts";
import { Socks5 } from "../../src/wire/dial/proxy/socks5.ts";
import { randomSplit } from "../support/every_split.ts";
import { seeded } from "../support/random.ts";

const ROUNDS = 3000;

type Random = (below: number) => number;

/** What real proxies say, to be spoilt. */
const SEEDS: Readonly<Record<string, readonly string[]>> = {
  HttpTunnel: [
    "HTTP/1.1 200 Connection established\r\n\r\n",
    "HTTP/1.0 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n<html>",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  Socks5: [
    "\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50",
    "\x05\x02\x01\x00\x05\x00\x00\x03\x04name\x00\x50more",
    "\x05\x00\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00",
  ],
};

const MAKERS: Readonly<Record<string, () => ProxyHandshake>> = {
  HttpTunnel: () => new HttpTunnel({ authority: "a.test:443", fields: [] }),
  Socks5: () => new Socks5({ host: "a.test", port: 443, credentials: ["ada", "secret"] }),
};

function spoilt(seed: string, random: Random): Uint8Array {
  const bytes = Array.from(seed, (c) => c.charCodeAt(0));
  for (let i = random(4); i > 0; i--) {
    const at = random(bytes.length + 1);
    if (random(3) === 0) bytes.splice(at, 1 + random(4));
    else if (random(2) === 0) bytes.splice(at, 0, random(256));
    else bytes[at] = random(256);
  }
  return Uint8Array.from(bytes);
}

/** How it ends, and what is left over. */
function outcome(handshake: ProxyHandshake, chunks: readonly Uint8Array[]): string {
  assert(handshake.start().length > 0);
  const after: number[] = [];
  try {
    for (const chunk of chunks) {
      const wasDone = handshake.isDone;
      if (!wasDone) handshake.receive(chunk);
      const own = wasDone
        ? 0
        : handshake.isDone
        ? chunk.length - handshake.excessBytes
        : chunk.length;
      after.push(...chunk.slice(own));
    }
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    assertEquals(error.message.includes("secret"), false);
    // How much of it is quoted depends on what had come.
    return `${error.status} ${error.message.replace(/".*"/, "…")}`;
  }
  return handshake.isDone ? `done, then ${after}` : "not yet";
}

for (const [name, make] of Object.entries(MAKERS)) {
  describe(`${name}, told anything`, () => {
    it("ends in the same way however it is told", () => {
      const random = seeded(20261121);
      const seeds = SEEDS[name] ?? [];
      for (let round = 0; round < ROUNDS; round++) {
        const bytes = spoilt(seeds[random(seeds.length)] ?? "", random);
        const whole = outcome(make(), [bytes]);
        const cut = outcome(make(), randomSplit(bytes, random));
        assertEquals(cut, whole, JSON.stringify([...bytes]));
      }
    });
  });
}
