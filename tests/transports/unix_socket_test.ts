/** A server on a UNIX socket, as Docker's: its API, its streams, and a connection that it hands over. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, ConnectError, HTTPTransport, type NetworkStream } from "@httpx/httpx";
import { done, EXCHANGE_11, Followed } from "../support/connections/followed.ts";
import { listen } from "../support/loopback.ts";

interface Docker extends AsyncDisposable {
  readonly path: string;
}

/** An API on a UNIX socket. */
async function startDocker(): Promise<Docker> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-docker-"));
  const path = join(folder, "docker.sock");
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await rm(folder, { recursive: true });
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://docker");
  const json = (status: number, value: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  let body = "";
  for await (const chunk of request) body += chunk;
  switch (`${request.method} ${pathname.replace("/v1.43", "")}`) {
    case "GET /info":
      return void json(200, { Containers: 4, Images: 74, Host: request.headers.host });
    case "GET /containers/json":
      return void json(200, [{ Id: "7", Filters: searchParams.get("filters") }]);
    case "POST /containers/create":
      return void json(201, { Id: searchParams.get("name"), ...JSON.parse(body) });
    case "POST /containers/7/start":
      return void response.writeHead(204).end();
    case "GET /events":
      for (const Action of ["create", "start", "die"]) {
        response.write(`${JSON.stringify({ Action })}\n`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return void response.end();
    case "POST /build":
      return void json(200, { bytes: body.length });
    default:
      return void json(404, { message: `No such container: ${pathname}` });
  }
}

describe("A UNIX-socket server", () => {
  it("answers as any other, whatever host the URL names", async () => {
    await using docker = await startDocker();
    await using client = new Client({ uds: docker.path, baseURL: "http://docker/v1.43" });
    const info = await (await client.get("info")).json<Record<string, unknown>>();
    assertEquals(info, { Containers: 4, Images: 74, Host: "docker" });
    const filters = JSON.stringify({ status: ["running"] });
    const list = await client.get("containers/json", { params: { filters } });
    assertEquals(await list.json(), [{ Id: "7", Filters: filters }]);
    const made = await client.post("containers/create", {
      params: { name: "web" },
      json: { Image: "nginx" },
    });
    assertEquals([made.status, await made.json()], [201, { Id: "web", Image: "nginx" }]);
    assertEquals((await client.post("containers/7/start")).status, 204);
    const missing = await client.get("containers/8/json");
    assertEquals([missing.status, missing.isClientError], [404, true]);
  });

  it("streams its events, and takes a large upload", async () => {
    await using docker = await startDocker();
    await using client = new Client({ uds: docker.path, baseURL: "http://docker" });
    const actions: string[] = [];
    {
      await using response = await client.stream("GET", "/events");
      for await (const line of response.iterLines()) actions.push(JSON.parse(line).Action);
    }
    assertEquals(actions, ["create", "start", "die"]);
    const content = new Blob(["x".repeat(2 ** 20)]);
    assertEquals(await (await client.post("/build", { content })).json(), { bytes: 2 ** 20 });
  });

  it("keeps its connections, and tells of them as such", async () => {
    await using docker = await startDocker();
    const transport = new HTTPTransport({ uds: docker.path });
    await using client = new Client({ mounts: { "all://docker": transport } });
    const [first, second] = [new Followed(), new Followed()];
    await client.get("http://docker/info", first.options);
    await client.get("http://docker/info", second.options);
    const step = "connection.connect_unix_socket";
    assertEquals(first.events, [...done(step), ...EXCHANGE_11]);
    assertEquals(first.info(`${step}.started`), { path: docker.path, timeout: 5000 });
    assertEquals(second.events, EXCHANGE_11);
    assertEquals(transport.stats.idle, 1);
  });

  it("hands over a container's terminal", async () => {
    await using docker = await listen(async (peer) => {
      await peer.readSome();
      await peer.send(
        "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n" +
          "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n$ ",
      );
      await peer.echo();
    }, { unix: true });
    await using client = new Client({ uds: docker.path });
    const response = await client.post("http://docker/containers/7/attach", {
      params: { stream: true, stdin: true, stdout: true },
      headers: { connection: "Upgrade", upgrade: "tcp" },
    });
    assertEquals([response.status, response.statusText], [101, "UPGRADED"]);
    await using terminal = response.extensions.network_stream as NetworkStream;
    const next = async () => new TextDecoder().decode(await terminal.read() ?? undefined);
    assertEquals(await next(), "$ ");
    await terminal.write(new TextEncoder().encode("ls\n"));
    assertEquals(await next(), "ls\n");
  });

  it("that is not there is named by its path", async () => {
    await using client = new Client({ uds: "/tmp/httpx-no-such.sock" });
    const followed = new Followed();
    const error = await assertRejects(
      () => client.get("http://docker/info", followed.options),
      ConnectError,
      "Cannot connect to /tmp/httpx-no-such.sock: there is no such socket",
    );
    assertEquals(error.requestSent, "no");
    assertEquals(followed.events, [
      "connection.connect_unix_socket.started",
      "connection.connect_unix_socket.failed",
    ]);
  });
});
