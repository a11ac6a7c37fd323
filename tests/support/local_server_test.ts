import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startLocalServer } from "./local_server.ts";

describe("startLocalServer()", () => {
  it("hands over what came, and counts connections", async () => {
    await using server = await startLocalServer((request, response) => response.end(request.body));
    const init = { method: "POST", body: "hi", headers: { connection: "close", "x-a": "1" } };
    const response = await fetch(`${server.url}/x?y`, init);
    assertEquals(await response.text(), "hi");
    await server.allClosed();
    const [{ method, target, body, headers } = {}] = server.received;
    assertEquals([method, target, body, headers?.["x-a"]], ["POST", "/x?y", "hi", "1"]);
    assertEquals([server.received.length, server.accepted], [1, 1]);
  });
});
