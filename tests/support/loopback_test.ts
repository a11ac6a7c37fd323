import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connect as connectTCP, type Socket } from "node:net";
import { connect as connectTLS } from "node:tls";
import { authorities, servers } from "./certificates.ts";
import { listen, type ListenOptions, type Loopback } from "./loopback.ts";

const routes: Record<string, ListenOptions> = {
  TCP: {},
  TLS: { tls: servers.good },
  UNIX: { unix: true },
};

describe("listen()", () => {
  for (const [route, options] of Object.entries(routes)) {
    it(`lets a peer read and send over ${route}`, async () => {
      await using server = await listen(async (peer) => {
        const hello = await peer.readText(5);
        await peer.send(`${hello} too`);
        peer.end();
      }, options);
      const socket = dial(server, route);
      socket.write("hello");
      assertEquals(await everything(socket), "hello too");
      socket.destroy();
      await server.allClosed();
    });
  }

  it("counts connections, and cuts them when it is disposed", async () => {
    let accepted = () => {};
    const isAccepted = new Promise<void>((resolve) => accepted = resolve);
    const server = await listen(() => accepted());
    const socket = dial(server, "TCP");
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => {});
    socket.on("end", () => socket.destroy()).resume();
    await isAccepted;
    await server[Symbol.asyncDispose]();
    assertEquals(server.accepted, 1);
    await closed;
  });

  it("rejects on disposal when a handler failed", async () => {
    let started = () => {};
    const hasStarted = new Promise<void>((resolve) => started = resolve);
    const server = await listen(() => {
      started();
      throw new RangeError("not what the test expects");
    });
    const socket = dial(server, "TCP");
    socket.on("error", () => {});
    await hasStarted;
    await assertRejects(
      async () => await server[Symbol.asyncDispose](),
      RangeError,
      "not what the test expects",
    );
    socket.destroy();
  });
});

describe("Peer", () => {
  it("reset() breaks the connection, end() does not", async () => {
    await using server = await listen((peer) => peer.reset());
    const socket = dial(server, "TCP");
    const code = await new Promise((resolve) =>
      socket.on("error", (error: Error & { code?: string }) => resolve(error.code)).resume()
    );
    assertEquals(code, "ECONNRESET");
  });

  it("read() gives what came before the end, echo() gives it back", async () => {
    let got = "";
    await using server = await listen(async (peer) => {
      got = await peer.readText(2);
      await peer.echo();
    });
    const socket = dial(server, "TCP");
    socket.end("abcde");
    assertEquals([await everything(socket), got], ["cde", "ab"]);
  });
});

function dial(server: Loopback, route: string): Socket {
  if (route === "UNIX") return connectTCP({ path: server.path, allowHalfOpen: true });
  const { host, port } = server;
  if (route === "TCP") return connectTCP({ host, port, allowHalfOpen: true });
  return connectTLS({ host, port, ca: authorities.ca });
}

async function everything(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text;
}
