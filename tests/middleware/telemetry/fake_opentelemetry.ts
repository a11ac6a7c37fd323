/** A registration of the OpenTelemetry API that writes down what is reported. */

type Attributes = Record<string, unknown>;

/** A span as it was when it ended. */
export interface EndedSpan {
  readonly name: string;
  readonly kind: number;
  readonly attributes: Attributes;
  readonly status: unknown;
  readonly parent: unknown;
}

/** A measurement. */
export interface Measured {
  readonly name: string;
  readonly value: number;
  readonly attributes: Attributes;
}

const API = Symbol.for("opentelemetry.js.api.1");
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");
const holder = globalThis as { [API]?: unknown };

class FakeContext {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown> = new Map()) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): FakeContext {
    return new FakeContext(new Map(this.#values).set(key, value));
  }
}

/** Registers itself until it is disposed. */
export class FakeOpenTelemetry implements Disposable {
  readonly spans: EndedSpan[] = [];
  readonly measured: Measured[] = [];
  /** What is active where a request is sent. */
  active = new FakeContext().setValue(SPAN, "the caller's");
  isRecording = true;
  readonly #earlier = holder[API];

  constructor() {
    holder[API] = {
      trace: { getTracer: () => this },
      metrics: { getMeter: () => this },
      context: { active: () => this.active, with: (_: unknown, work: () => unknown) => work() },
      propagation: { inject: this.#inject },
    };
  }

  startSpan(
    name: string,
    { kind, attributes }: { kind: number; attributes: Attributes },
    context: FakeContext,
  ) {
    let status: unknown = null;
    const all = { ...attributes };
    const parent = context.getValue(SPAN);
    return {
      id: `span-${name}`,
      isRecording: () => this.isRecording,
      setAttribute: (key: string, value: unknown) => void (all[key] = value),
      setStatus: (value: unknown) => void (status = value),
      end: () => void this.spans.push({ name, kind, attributes: all, status, parent }),
    };
  }

  createHistogram(name: string) {
    return {
      record: (value: number, attributes: Attributes) =>
        void this.measured.push({ name, value, attributes: { ...attributes } }),
    };
  }

  readonly #inject = (
    context: FakeContext,
    carrier: unknown,
    setter: { set(carrier: unknown, name: string, value: string): void },
  ): void => {
    const span = context.getValue(SPAN) as { id?: string };
    setter.set(carrier, "traceparent", span.id ?? "none");
  };

  [Symbol.dispose](): void {
    if (this.#earlier === undefined) delete holder[API];
    else holder[API] = this.#earlier;
  }
}
