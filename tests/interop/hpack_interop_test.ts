/** Our encoder and decoder against those of node:http2, over a connection whose tables live long. */
import { Client } from "@httpx/httpx";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { certificatePath } from "../support/certificates.ts";
import { seeded } from "../support/random.ts";
import { HTTP2_SERVER_KINDS } from "./http2_servers.ts";

const LETTERS = "abcXYZ019 ,;=/%_-\"'{}~\t!";

describe("HPACK with node:http2", () => {
  it("says and understands 400 random lists of fields on one connection", async () => {
    const kind = HTTP2_SERVER_KINDS.find(({ name }) => name === "node:http2");
    if (kind === undefined) throw new Error("node:http2 is always there");
    await using server = await kind.start();
    await using client = new Client({
      baseURL: server.url,
      verify: certificatePath("ca"),
      http2: true,
      limits: { maxConnections: 1 },
    });
    const random = seeded(7541);
    const text = (length: number) =>
      Array.from({ length }, () => LETTERS[random(LETTERS.length)]).join("").trim();
    for (let round = 0; round < 400; round++) {
      const headers: Record<string, string> = {};
      for (let i = random(8); i > 0; i--) {
        headers[`x-${"name".repeat(1 + random(3))}-${random(12)}`] = random(40) === 0
          ? "long ".repeat(random(1500)).trim()
          : text(random(random(3) === 0 ? 60 : 4));
      }
      const response = await client.get("/fields", { headers });
      const raw = await response.json<string[]>();
      const received: Record<string, string> = {};
      for (let i = 0; i < raw.length; i += 2) {
        if (raw[i]?.startsWith("x-")) received[raw[i] ?? ""] = raw[i + 1] ?? "";
      }
      assertEquals(received, headers, `request ${round}`);
      const answered = [...response.headers].filter(([name]) => name.startsWith("x-"));
      assertEquals(Object.fromEntries(answered), headers, `response ${round}`);
    }
  });
});
