import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { denoProgram, runtime, scriptCommand } from "../../support/runtimes.ts";
import { npmPackage, npmProgram } from "../../support/npm.ts";

const PROGRAM = fileURLToPath(new URL("sdk_program.ts", import.meta.url));
const BUILT_IN = fileURLToPath(new URL("deno_program.ts", import.meta.url));

/** Runs a program to its end, and returns what it printed. */
async function outputOf(
  [program = "", ...args]: readonly string[],
  environment: Record<string, string> = {},
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const env = { ...process.env, ...environment };
  execFile(program, args, { env, timeout: 50_000 }, (error, stdout, stderr) => {
    if (error === null) resolve(stdout);
    else reject(new Error(`${error.message}\n${stderr}`));
  });
  return await promise;
}

const EXPECTED = {
  spans: [
    { name: "GET", kind: 2, isChild: true, status: 302, resend: 0 },
    { name: "GET", kind: 2, isChild: true, status: 200, resend: 1 },
  ],
  areCarriedOn: true,
  metrics: [["http.client.request.duration", "s", 2]],
};

describe("telemetry() with OpenTelemetry's own SDK", () => {
  const folders = () =>
    Promise.all([
      npmPackage("@opentelemetry/sdk-trace-node@2"),
      npmPackage("@opentelemetry/sdk-metrics@2"),
    ]);

  it(`exports spans and metrics on ${runtime}`, async () => {
    const output = await outputOf(scriptCommand(PROGRAM, await folders()));
    assertEquals(JSON.parse(output), EXPECTED);
  });

  it("exports spans and metrics on Node", async () => {
    const node = await npmProgram("node@24", "node");
    assertEquals(JSON.parse(await outputOf([node, PROGRAM, ...await folders()])), EXPECTED);
  });
});

describe("telemetry() with Deno's built-in telemetry", () => {
  it("exports spans over our sockets by OTLP", async () => {
    const bodies: string[] = [];
    const collector = createServer((request, response) => {
      request.setEncoding("utf8");
      let body = "";
      request.on("data", (text: string) => body += text);
      request.on("end", () => {
        if (request.url === "/v1/traces") bodies.push(body);
        response.end("{}");
      });
    }).listen(0, "127.0.0.1");
    await once(collector, "listening");
    const { port } = collector.address() as AddressInfo;
    const command = [denoProgram(), "run", "--no-check", "-A", BUILT_IN];
    await outputOf(command, {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    });
    collector.close();
    const spans = bodies.flatMap((body) => JSON.parse(body).resourceSpans).flatMap((resource) =>
      resource.scopeSpans
    ).filter(({ scope }) => scope.name === "@httpx/httpx").flatMap(({ spans }) => spans);
    assertEquals(spans.map(({ name, kind }) => [name, kind]), [["GET", 3], ["GET", 3]]);
  });
});
