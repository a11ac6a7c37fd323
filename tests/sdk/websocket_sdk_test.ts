/** Packages of npm that take a `WebSocket` class, given `webSocketOf(client)`, against servers of npm. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Client } from "@httpx/httpx";
import { type WebSocketConstructor, webSocketOf } from "@httpx/httpx/websocket";
import { npmPackageIfAvailable, parseNpmSpecifier } from "../support/npm.ts";

// deno-lint-ignore no-explicit-any -- packages of npm whose types are not installed
type Package = any;

async function load(specifier: string, path = ""): Promise<Package> {
  const folder = await npmPackageIfAvailable(specifier);
  if (folder === null) return null;
  return createRequire(join(folder, "package.json"))(parseNpmSpecifier(specifier).name + path);
}

const ws = await load("ws@8");
const engineServer = await load("engine.io@6");
const engineClient = await load("engine.io-client@6");
const party = await load("partysocket@1", "/ws");
const graphqlWS = await load("graphql-ws@6.0.6");
const trpcServer = await load("@trpc/server@11");
const trpcClient = await load("@trpc/client@11");

/** An HTTP server on loopback, and a client whose WebSocket class it is used with. */
async function withServer(
  serve: (server: Server) => void | (() => void),
  use: (url: string, WebSocket: WebSocketConstructor) => Promise<void>,
): Promise<void> {
  const server = createServer((_, response) => response.end("not here"));
  const stop = serve(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new Client({ trustEnv: false });
  try {
    await use(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, webSocketOf(client));
  } finally {
    await client.close();
    stop?.();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}

describe("webSocketOf(client)", () => {
  (ws && engineServer && engineClient ? it : it.skip)(
    "in engine.io-client: text and bytes",
    async () => {
      await withServer((server) => {
        const engine = engineServer.attach(server, { transports: ["websocket"] });
        engine.on(
          "connection",
          (socket: Package) => socket.on("message", (data: unknown) => socket.send(data)),
        );
        return () => engine.close();
      }, async (url, WebSocket) => {
        // Its transport for the web takes the class from the global scope: here from a class derived of it.
        class Transport extends engineClient.WebSocket {
          createSocket(uri: string, protocols: string[] | undefined) {
            const socket = new WebSocket(uri, protocols);
            socket.binaryType = "arraybuffer"; // it asks for "nodebuffer", which the web does not have
            return socket;
          }
          doWrite(_packet: unknown, data: string | Uint8Array) {
            (this as Package).ws.send(data);
          }
        }
        const socket = new engineClient.Socket(url, { transports: [Transport] });
        const messages: string[] = [];
        const closed = new Promise<string>((resolve) => socket.on("close", resolve));
        await new Promise<void>((resolve) => socket.on("open", resolve));
        socket.binaryType = "arraybuffer";
        const echoed = new Promise<void>((resolve) => {
          socket.on("message", (data: string | ArrayBuffer) => {
            messages.push(typeof data === "string" ? data : `${data.byteLength} bytes`);
            if (messages.length === 2) resolve();
          });
        });
        socket.send("hello");
        socket.send(new Uint8Array(3));
        await echoed;
        socket.close();
        assertEquals([messages, await closed], [["hello", "3 bytes"], "forced close"]);
      });
    },
  );

  (ws && party ? it : it.skip)(
    "in partysocket: reconnects after the server has closed",
    async () => {
      let connections = 0;
      await withServer((server) => {
        const served = new ws.WebSocketServer({ server });
        served.on("connection", (socket: Package) => {
          if (connections++ === 0) socket.close(1012, "restart");
          else socket.on("message", (data: unknown) => socket.send(`echo ${data}`));
        });
      }, async (url, WebSocket) => {
        const socket = new party.default(url, [], {
          WebSocket,
          minReconnectionDelay: 1,
          maxReconnectionDelay: 10,
        });
        const message = new Promise((resolve) =>
          socket.addEventListener("message", (event: MessageEvent) => resolve(event.data))
        );
        socket.addEventListener("open", () => socket.send("hello"));
        assertEquals([await message, connections], ["echo hello", 2]);
        const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
        socket.close();
        await closed;
      });
    },
  );

  (ws && graphqlWS ? it : it.skip)(
    "in graphql-ws: a query and a subscription",
    async () => {
      const handler = createRequire(
        join(await npmPackageIfAvailable("graphql-ws@6.0.6") ?? "", "package.json"),
      );
      const { useServer } = handler("graphql-ws/use/ws");
      await withServer((server) => {
        const served = new ws.WebSocketServer({ server });
        useServer({
          execute: ({ document }: Package) =>
            handler("graphql").execute({
              schema: own(handler),
              document,
              rootValue: { hello: () => "world" },
            }),
          subscribe: ({ document, variableValues }: Package) =>
            handler("graphql").subscribe({
              schema: own(handler),
              document,
              variableValues,
              rootValue: {
                async *count({ to }: { to: number }) {
                  for (let i = 1; i <= to; i++) yield { count: i };
                },
              },
            }),
          onSubscribe: (_: unknown, _id: string, { query, variables }: Package) => ({
            schema: own(handler),
            document: handler("graphql").parse(query),
            variableValues: variables,
          }),
        }, served);
      }, async (url, WebSocket) => {
        const client = graphqlWS.createClient({ url, webSocketImpl: WebSocket });
        const counts: unknown[] = [];
        for await (
          const { data } of client.iterate({ query: "subscription { count(to: 3) }" })
        ) counts.push(data?.count);
        const answers: unknown[] = [];
        for await (const { data } of client.iterate({ query: "{ hello }" })) {
          answers.push(data?.hello);
        }
        assertEquals([counts, answers], [[1, 2, 3], ["world"]]);
        await client.dispose();
      });
    },
  );

  (ws && trpcServer && trpcClient ? it : it.skip)(
    "in @trpc/client's wsLink: a query, a mutation, a subscription",
    async () => {
      const t = trpcServer.initTRPC.create();
      let sum = 0;
      const router = t.router({
        greet: t.procedure.input((name: unknown) => String(name)).query(({ input }: Package) =>
          `hello ${input}`
        ),
        add: t.procedure.input((n: unknown) => Number(n)).mutation(({ input }: Package) =>
          sum += input
        ),
        count: t.procedure.subscription(async function* () {
          for (let i = 0; i < 3; i++) yield i;
        }),
      });
      const { applyWSSHandler } = await load("@trpc/server@11", "/adapters/ws");
      await withServer((server) => {
        applyWSSHandler({ wss: new ws.WebSocketServer({ server }), router });
      }, async (url, WebSocket) => {
        const client = trpcClient.createWSClient({ url, WebSocket });
        const trpc = trpcClient.createTRPCClient({ links: [trpcClient.wsLink({ client })] });
        assertEquals(await trpc.greet.query("Ada"), "hello Ada");
        assertEquals([await trpc.add.mutate(2), await trpc.add.mutate(3)], [2, 5]);
        const counts: unknown[] = [];
        await new Promise<void>((resolve, reject) =>
          trpc.count.subscribe(undefined, {
            onData: (n: unknown) => counts.push(n),
            onComplete: resolve,
            onError: reject,
          })
        );
        assertEquals(counts, [0, 1, 2]);
        await client.close();
      });
    },
  );
});

/** A schema of the same copy of graphql that the server uses. */
function own(require: (name: string) => Package): Package {
  return require("graphql").buildSchema(
    "type Query { hello: String } type Subscription { count(to: Int!): Int }",
  );
}
