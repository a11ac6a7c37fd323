/**
 * Bodies on the way to a result, of a followed redirect and of a 401 that is answered: whatever is wrong with one, the call
 * has its result. Both clients, the same table. A small body that is whole stays in `history`.
 */
import { Client, DigestAuth } from "@httpx/httpx";
import { SyncClient } from "@httpx/httpx/sync";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startThreadServer, type ThreadServer } from "../support/thread/server.ts";

/** What is kept of the body, by what is wrong with it; `null` if it is dropped. */
const KEPT: Readonly<Record<string, string | null>> = {
  small: "moved",
  coded: "moved",
  malformed: null,
  stalled: null,
  cut: null,
  endless: null,
  bomb: null,
};

const WAYS = ["redirect", "digest"] as const;

type Outcome = [status: number, text: string, kept: string | null];
type Call = (url: string, auth: DigestAuth | null) => Promise<Outcome>;

const OPTIONS = { followRedirects: true, trustEnv: false } as const;

const CLIENTS: Readonly<Record<string, Call>> = {
  async Client(url, auth) {
    await using client = new Client({ ...OPTIONS, auth });
    const response = await client.get(url);
    const [hop] = response.history;
    const kept = await hop?.text().catch(() => null) ?? null;
    return [response.status, await response.text(), kept];
  },
  "Client.stream()": async (url, auth) => {
    await using client = new Client({ ...OPTIONS, auth });
    await using response = await client.stream("GET", url);
    const [hop] = response.history;
    const kept = await hop?.text().catch(() => null) ?? null;
    return [response.status, await response.text(), kept];
  },
  SyncClient(url, auth) {
    using client = new SyncClient({ ...OPTIONS, auth });
    const response = client.get(url);
    let kept: string | null = null;
    try {
      kept = response.history[0]?.text() ?? null;
    } catch {
      // It was dropped.
    }
    return Promise.resolve([response.status, response.text(), kept]);
  },
};

async function outcomes(server: ThreadServer, call: Call): Promise<[string, Outcome | string][]> {
  const found: [string, Outcome | string][] = [];
  for (const way of WAYS) {
    for (const body of Object.keys(KEPT)) {
      const auth = way === "digest" ? new DigestAuth("ada", "lovelace") : null;
      const url = `${server.url}/unwanted?by=${way}&body=${body}`;
      found.push([`${way}, ${body}`, await call(url, auth).catch(String)]);
    }
  }
  return found;
}

describe("A body that decides nothing", () => {
  for (const [name, call] of Object.entries(CLIENTS)) {
    it(`is kept if it is small and whole, else dropped: ${name}`, async () => {
      await using server = await startThreadServer();
      const expected = WAYS.flatMap((way) =>
        Object.entries(KEPT).map(([body, kept]) => [`${way}, ${body}`, [200, "hello", kept]])
      );
      assertEquals<unknown>(await outcomes(server, call), expected);
    });
  }
});
