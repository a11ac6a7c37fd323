/**
 * A program with the real OpenTelemetry SDK, on whichever runtime runs it: prints as JSON what was exported of two
 * requests in a span of the program's own. The arguments are the folders of the SDK's packages.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { telemetry } from "../../../src/middleware/telemetry/mod.ts";
import { Client } from "../../../mod.ts";

/** A span as the SDK exports it. */
interface ExportedSpan {
  readonly name: string;
  readonly kind: number;
  readonly parentSpanContext?: { readonly spanId: string };
  readonly attributes: Readonly<Record<string, unknown>>;
}

const [traceFolder = "", metricsFolder = ""] = process.argv.slice(2);
const load = (folder: string, name: string) => createRequire(join(folder, "package.json"))(name);
const { trace, metrics } = load(traceFolder, "@opentelemetry/api");
const sdkTrace = load(traceFolder, "@opentelemetry/sdk-trace-base");
const { NodeTracerProvider } = load(traceFolder, "@opentelemetry/sdk-trace-node");
const sdkMetrics = load(metricsFolder, "@opentelemetry/sdk-metrics");

const spans = new sdkTrace.InMemorySpanExporter();
const spanProcessors = [new sdkTrace.SimpleSpanProcessor(spans)];
new NodeTracerProvider({ spanProcessors }).register();
const exporter = new sdkMetrics.InMemoryMetricExporter(
  sdkMetrics.AggregationTemporality.CUMULATIVE,
);
const reader = new sdkMetrics.PeriodicExportingMetricReader({ exporter });
const meters = new sdkMetrics.MeterProvider({ readers: [reader] });
metrics.setGlobalMeterProvider(meters);

const traceparents: unknown[] = [];
const server = createServer((request, response) => {
  traceparents.push(request.headers["traceparent"]);
  if (request.url === "/from") response.writeHead(302, { location: "/to" });
  response.end();
}).listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;

const outer = await trace.getTracer("program").startActiveSpan("outer", async (span: {
  end(): void;
  spanContext(): { spanId: string; traceId: string };
}) => {
  await using client = new Client({ middleware: [telemetry()], followRedirects: true });
  await client.get(`http://127.0.0.1:${port}/from`);
  span.end();
  return span.spanContext();
});
server.close();
await reader.forceFlush();

const exported = spans.getFinishedSpans().filter(({ name }: { name: string }) => name !== "outer");
const points = exporter.getMetrics()[0].scopeMetrics[0].metrics;
console.log(JSON.stringify({
  spans: exported.map((span: ExportedSpan) => ({
    name: span.name,
    kind: span.kind,
    isChild: span.parentSpanContext?.spanId === outer.spanId,
    status: span.attributes["http.response.status_code"],
    resend: span.attributes["http.request.resend_count"] ?? 0,
  })),
  areCarriedOn: traceparents.every((value) => String(value).includes(outer.traceId)),
  metrics: points.map((
    metric: { descriptor: { name: string; unit: string }; dataPoints: unknown[] },
  ) => [
    metric.descriptor.name,
    metric.descriptor.unit,
    metric.dataPoints.length,
  ]),
}));
await meters.shutdown();
process.exit();
