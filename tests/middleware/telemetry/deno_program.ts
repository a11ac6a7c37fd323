/** Two requests under Deno's built-in telemetry (`OTEL_DENO=true`), with nothing imported for it. */
import { telemetry } from "../../../src/middleware/telemetry/mod.ts";
import { Client } from "../../../mod.ts";

const server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
{
  await using client = new Client({ middleware: [telemetry()] });
  for (let i = 0; i < 2; i++) await client.get(`http://127.0.0.1:${server.addr.port}/`);
}
await server.shutdown();
