import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  ConnectError,
  MockTransport,
  ReadError,
  ReadTimeout,
  Response,
} from "@httpx/httpx";
import { SyncClient } from "@httpx/httpx/sync";
import { type FaultOptions, faults } from "@httpx/httpx/testing";

function clientWith(options: FaultOptions, sent: string[] = []): Client {
  const transport = new MockTransport(({ url }) => {
    sent.push(url);
    return new Response(200, { text: "0123456789" });
  });
  return new Client({ transport, middleware: [faults(options)] });
}

const URL_A = "https://a.example/";
const always = { probability: 1 };

async function outcomes(options: FaultOptions, count = 40): Promise<string> {
  await using client = clientWith(options);
  const seen: string[] = [];
  for (let i = 0; i < count; i++) {
    const response = await client.get(URL_A).catch((error: Error) => error);
    seen.push(
      response instanceof Error ? response.name[0] ?? "" : String(response.status)[0] ?? "",
    );
  }
  return seen.join("");
}

describe("faults()", () => {
  it("does the same for the same seed, and each fault about as often as it is asked to", async () => {
    const options = { refuse: { probability: 0.25 }, status: { probability: 0.25 } };
    const first = await outcomes({ ...options, seed: 7 });
    assertEquals(await outcomes({ ...options, seed: 7 }), first);
    assertEquals(await outcomes({ ...options, seed: 8 }) === first, false);
    const many = await outcomes({ ...options, seed: 1 }, 1000);
    const share = (kind: string) => [...many].filter((one) => one === kind).length / 1000;
    assertEquals([share("C"), share("5")].map((part) => Math.round(part * 10) / 10), [0.3, 0.2]);
  });

  it("changes no fault when another is added", async () => {
    const refused = async (options: FaultOptions) =>
      (await outcomes({ refuse: { probability: 0.5 }, ...options })).replaceAll("5", "2");
    assertEquals(await refused({ status: { probability: 0.5 } }), await refused({}));
  });

  it("refuses before anything is sent, and resets after the server has answered", async () => {
    const sent: string[] = [];
    await using refusing = clientWith({ refuse: always }, sent);
    const refused = await assertRejects(() => refusing.get(URL_A), ConnectError);
    assertEquals([sent.length, refused.safeToRetry, refused.request?.url], [0, true, URL_A]);
    await using resetting = clientWith({ reset: always }, sent);
    const reset = await assertRejects(() => resetting.get(URL_A), ReadError);
    assertEquals([sent.length, reset.safeToRetry], [1, false]);
  });

  it("answers with one of the statuses", async () => {
    const status = { ...always, statuses: [429], headers: { "Retry-After": "0" } };
    await using client = clientWith({ status });
    const response = await client.get(URL_A);
    assertEquals([response.status, response.headers.get("retry-after")], [429, "0"]);
  });

  it("breaks a body off after so many bytes", async () => {
    await using client = clientWith({ truncate: { ...always, afterBytes: 4 } });
    await using response = await client.stream("GET", URL_A);
    let text = "";
    await assertRejects(async () => {
      for await (const chunk of response.iterText()) text += chunk;
    }, ReadError);
    assertEquals(text, "0123");
    await using whole = clientWith({ truncate: { ...always, afterBytes: 10 } });
    assertEquals(await (await whole.get(URL_A)).text(), "0123456789");
  });

  it("stalls a body until the call ends, or the rest comes", async () => {
    await using client = clientWith({ stall: { ...always, afterBytes: 4 } });
    await assertRejects(() => client.get(URL_A, { timeout: { total: 50 } }), ReadTimeout);
    const left = await client.stream("GET", URL_A);
    const reading = left.iterBytes();
    await reading.next();
    await left.close();
    await using slow = clientWith({ stall: { ...always, afterBytes: 4, maxMs: 1 } });
    assertEquals(await (await slow.get(URL_A)).text(), "0123456789");
  });

  it("delays within the call's timeout, and only what it is told to", async () => {
    const only = ({ url }: { url: string }) => url.endsWith("/slow");
    await using client = clientWith({ delay: { ...always, maxMs: 60_000, minMs: 60_000 }, only });
    assertEquals((await client.get(URL_A)).status, 200);
    const slow = () => client.get(`${URL_A}slow`, { timeout: { total: 30 } });
    await assertRejects(slow, Error, "timeout.total");
  });

  it("is the same for a client that blocks", () => {
    const transport = new MockTransport(() => new Response(200));
    using client = new SyncClient({ transport, middleware: [faults({ refuse: always })] });
    assertThrows(() => client.get(URL_A), ConnectError);
  });

  it("refuses what is not a probability", () => {
    for (const probability of [-0.1, 1.1, NaN, "1"]) {
      assertThrows(() => faults({ refuse: { probability: probability as number } }), TypeError);
    }
    assertThrows(
      () => faults({ refused: always } as unknown as FaultOptions),
      TypeError,
      "refused",
    );
  });
});
