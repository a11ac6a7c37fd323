/**
 * The part of the OpenTelemetry API that is used here, as whatever has registered it provides it: `@opentelemetry/api` and
 * Deno's built-in telemetry keep their providers at one global symbol. Nothing is imported.
 */

/** The value of an attribute. */
export type AttributeValue = string | number | boolean | readonly string[];

/** Attributes by name. */
export type Attributes = Record<string, AttributeValue>;

/** Values that go along with the work of one operation. */
export interface Context {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): Context;
}

/** A span. */
export interface Span {
  isRecording(): boolean;
  setAttribute(name: string, value: AttributeValue): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}

interface SpanOptions {
  readonly kind: number;
  readonly attributes: Attributes;
}

/** Makes spans. */
export interface Tracer {
  startSpan(name: string, options: SpanOptions, context?: Context): Span;
}

/** Takes measurements. */
export interface Histogram {
  record(value: number, attributes: Attributes, context?: Context): void;
}

/** Makes instruments. */
export interface Meter {
  createHistogram(
    name: string,
    options: {
      readonly unit: string;
      readonly description: string;
      readonly advice?: { readonly explicitBucketBoundaries: readonly number[] };
    },
  ): Histogram;
}

interface ContextManager {
  active(): Context;
  with<Result>(context: Context, work: () => Result): Result;
}

interface Propagator {
  inject<Carrier>(
    context: Context,
    carrier: Carrier,
    setter: { set(carrier: Carrier, name: string, value: string): void },
  ): void;
}

/** What is registered; each part may be missing. */
export interface OpenTelemetryAPI {
  readonly trace?: { getTracer(name: string, version: string): Tracer };
  readonly metrics?: { getMeter(name: string, version: string): Meter };
  readonly context?: ContextManager;
  readonly propagation?: Propagator;
}

/** Where version 1 of the API stands. */
const API = /* @__PURE__ */ Symbol.for("opentelemetry.js.api.1");
/** The key under which a context has its span. */
const SPAN = /* @__PURE__ */ Symbol.for("OpenTelemetry Context Key SPAN");

export const SPAN_KIND_CLIENT = 2;
export const STATUS_ERROR = 2;

/** What is registered just now, or `null`. */
export function registeredAPI(): OpenTelemetryAPI | null {
  return (globalThis as { [API]?: OpenTelemetryAPI })[API] ?? null;
}

/** The context with another span. */
export function withSpan(context: Context, span: Span): Context {
  return context.setValue(SPAN, span);
}

/** A context without any value, for programs that have registered no context manager. */
export class RootContext implements Context {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown> = new Map()) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): RootContext {
    return new RootContext(new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): RootContext {
    const values = new Map(this.#values);
    values.delete(key);
    return new RootContext(values);
  }
}
