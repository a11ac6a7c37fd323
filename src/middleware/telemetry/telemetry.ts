/**
 * Client spans and metrics of each request that goes out. A span begins before the request and ends with the body of its
 * response; the metric of its duration is taken then. Without a registered provider a request passes untouched.
 */
import { VERSION } from "../../version.ts";
import { bodySourceOf, type Request } from "../../message/request.ts";
import { bodyOf, type Response } from "../../message/response/response.ts";
import type { DualMiddleware, Next } from "../middleware.ts";
import {
  addResponse,
  errorType,
  knownMethod,
  requestAttributes,
  spanAttributes,
} from "./attributes.ts";
import {
  type Attributes,
  type Context,
  type Histogram,
  type OpenTelemetryAPI,
  registeredAPI,
  RootContext,
  type Span,
  SPAN_KIND_CLIENT,
  STATUS_ERROR,
  type Tracer,
  withSpan,
} from "./opentelemetry_api.ts";
import { checkTelemetry, type TelemetryOptions, type TelemetryRules } from "./options.ts";

/** What spans and metrics come from. */
const SCOPE = "@httpx/httpx";

/**
 * Makes a middleware that reports each request to OpenTelemetry, if that is registered: one client span for each attempt,
 * redirects and retries included, and the duration of each.
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 *
 * @example In a client
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { telemetry } from "@httpx/httpx/opentelemetry";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport(() => new Response(200));
 * await using client = new Client({ transport, middleware: [telemetry()] });
 * assertEquals((await client.get("https://example.org/")).status, 200);
 * ```
 */
export function telemetry(options: TelemetryOptions = {}): DualMiddleware {
  return new Telemetry(checkTelemetry(options));
}

/** The instruments of one registration. */
interface Instruments {
  readonly api: OpenTelemetryAPI;
  readonly trace: OpenTelemetryAPI["trace"];
  readonly metrics: OpenTelemetryAPI["metrics"];
  readonly tracer: Tracer | null;
  readonly duration: Histogram | null;
  readonly requestSize: Histogram | null;
  readonly responseSize: Histogram | null;
}

class Telemetry implements DualMiddleware {
  /** The option `retry` stands around it: each try has a span. */
  readonly seesEachTry = true;
  readonly #rules: TelemetryRules;
  #instruments: Instruments | null = null;
  /** How many requests each call has sent. */
  readonly #sent = new WeakMap<object, number>();

  constructor(rules: TelemetryRules) {
    this.#rules = rules;
  }

  handle(request: Request, next: Next): Promise<Response> {
    const report = this.#begin(request);
    return report === null ? next(request) : this.#reported(report, next);
  }

  handleSync(request: Request, next: (request: Request) => Response): Response {
    const report = this.#begin(request);
    if (report === null) return next(request);
    try {
      const response = report.within(() => next(request));
      report.onResponse(response);
      return response;
    } catch (error) {
      report.end(error);
      throw error;
    }
  }

  async #reported(report: Report, next: Next): Promise<Response> {
    try {
      const response = await report.within(() => next(report.request));
      report.onResponse(response);
      return response;
    } catch (error) {
      report.end(error);
      throw error;
    }
  }

  /** Begins the report of a request; `null` if there is none to make. */
  #begin(request: Request): Report | null {
    const api = registeredAPI();
    if (api === null) return null;
    const { filter, propagate } = this.#rules;
    const instruments = this.#instrumentsOf(api);
    if (instruments.tracer === null && instruments.duration === null) return null;
    if (filter !== null && !filter(request)) return null;
    const report = new Report(request, {
      instruments,
      rules: this.#rules,
      resendCount: this.#countSent(request),
    });
    if (propagate === null || propagate(request)) report.propagate();
    return report;
  }

  /** Made once for a registration: another one, as tests make it, has instruments of its own. */
  #instrumentsOf(api: OpenTelemetryAPI): Instruments {
    const { trace, metrics } = api;
    const known = this.#instruments;
    if (known?.api === api && known.trace === trace && known.metrics === metrics) return known;
    const meter = metrics?.getMeter(SCOPE, VERSION);
    const sizes = this.#rules.isDevelopment ? meter : undefined;
    return this.#instruments = {
      api,
      trace,
      metrics,
      tracer: trace?.getTracer(SCOPE, VERSION) ?? null,
      duration: meter?.createHistogram("http.client.request.duration", DURATION) ?? null,
      requestSize: sizes?.createHistogram("http.client.request.body.size", REQUEST_SIZE) ?? null,
      responseSize: sizes?.createHistogram("http.client.response.body.size", RESPONSE_SIZE) ??
        null,
    };
  }

  #countSent({ extensions: { call } }: Request): number {
    if (call === undefined) return 0;
    const count = this.#sent.get(call) ?? 0;
    this.#sent.set(call, count + 1);
    return count;
  }
}

const DURATION = {
  unit: "s",
  description: "Duration of HTTP client requests.",
  advice: {
    explicitBucketBoundaries: [
      ...[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    ],
  },
};
const REQUEST_SIZE = { unit: "By", description: "Size of HTTP client request bodies." };
const RESPONSE_SIZE = { unit: "By", description: "Size of HTTP client response bodies." };

/** The report of one request, from its beginning to its end. */
class Report {
  readonly request: Request;
  readonly #rules: TelemetryRules;
  readonly #instruments: Instruments;
  readonly #base: Attributes;
  readonly #startedAtMs = performance.now();
  /** `null` for one that is not recorded: it is only propagated. */
  readonly #span: Span | null;
  readonly #spanToEnd: Span | null;
  readonly #context: Context;
  #isOver = false;

  constructor(
    request: Request,
    { instruments, rules, resendCount }: {
      readonly instruments: Instruments;
      readonly rules: TelemetryRules;
      readonly resendCount: number;
    },
  ) {
    this.request = request;
    this.#rules = rules;
    this.#instruments = instruments;
    const base = this.#base = requestAttributes(request, rules);
    const { tracer, api } = instruments;
    const parent = api.context?.active() ?? new RootContext();
    const span = tracer?.startSpan(
      nameOf(request, rules),
      { kind: SPAN_KIND_CLIENT, attributes: spanAttributes(request, { rules, base, resendCount }) },
      parent,
    ) ?? null;
    this.#spanToEnd = span;
    this.#span = span?.isRecording() ? span : null;
    this.#context = span === null ? parent : withSpan(parent, span);
  }

  /** Writes the context into the headers of the request. */
  propagate(): void {
    this.#instruments.api.propagation?.inject(this.#context, this.request, REQUEST_SETTER);
  }

  /** Does work as a part of the span. */
  within<Result>(work: () => Result): Result {
    const { context } = this.#instruments.api;
    return context === undefined ? work() : context.with(this.#context, work);
  }

  /** The head is here; the report ends with the body. */
  onResponse(response: Response): void {
    addResponse(response, { span: this.#span, base: this.#base, rules: this.#rules });
    const body = bodyOf(response);
    body.whenDone(() => this.end(body.failure, body.bytesReceived));
  }

  /** Ends the report; an error that is not `null` is why. */
  end(error: unknown, responseBytes: number | null = null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const base = this.#base;
    if (error !== null) base["error.type"] = errorType(error);
    this.#endSpan(error, responseBytes);
    const { duration, requestSize, responseSize } = this.#instruments;
    const context = this.#context;
    duration?.record((performance.now() - this.#startedAtMs) / 1000, base, context);
    const requestBytes = bodySourceOf(this.request)?.sizeBytes ?? 0;
    requestSize?.record(requestBytes, base, context);
    if (responseBytes !== null) responseSize?.record(responseBytes, base, context);
  }

  #endSpan(error: unknown, responseBytes: number | null): void {
    const span = this.#span;
    if (span !== null) {
      const type = this.#base["error.type"];
      if (error !== null && type !== undefined) span.setAttribute("error.type", type);
      if (type !== undefined) span.setStatus({ code: STATUS_ERROR });
      if (this.#rules.isDevelopment && responseBytes !== null) {
        span.setAttribute("http.response.body.size", responseBytes);
      }
    }
    this.#spanToEnd?.end();
  }
}

function nameOf(request: Request, rules: TelemetryRules): string {
  if (rules.spanName !== null) return rules.spanName(request);
  const method = knownMethod(request.method, rules);
  return method === "_OTHER" ? "HTTP" : method;
}

const REQUEST_SETTER = {
  set({ headers }: Request, name: string, value: string): void {
    headers.set(name, value);
  },
};
