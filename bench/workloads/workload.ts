/** What a workload is: which requests, how many at a time, by whom, and what is aimed at. */
import type { ClientName } from "../clients/client.ts";

export type RuntimeName = "deno" | "bun" | "node" | "python";

/** One kind of exchange with the server, measured for each of its clients in turn. */
export interface Workload {
  /** The name of its file; `deno task bench <part of it>` runs it alone. */
  readonly name: string;
  readonly title: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Of the response's body. The body of a POST is of the same size. */
  readonly sizeBytes: number;
  /** Whether the body is read piece by piece, one download at a time, and memory watched. */
  readonly isStreamed: boolean;
  /** Whether each run is a process of its own, from its start to its end. Default: `false`. */
  readonly isWholeProcess?: boolean;
  readonly unit: "requests/s" | "MB/s" | "ms";
  readonly concurrencies: readonly number[];
  /** Ours first: what the others are compared with. */
  readonly clients: readonly [ClientName, ...ClientName[]];
  /** Whether the server is asked over TLS; it speaks HTTP/2 there to whoever offers it. */
  readonly isSecure?: boolean;
  readonly targets: readonly Target[];
}

/** What is aimed at; met or not is said in the report. */
export type Target =
  /** Our figure over another client's on the same runtime. */
  | {
    readonly kind: "ratio";
    readonly runtime: RuntimeName;
    readonly against: ClientName;
    readonly concurrency: number;
    readonly atLeast: number;
  }
  /** Our figure over that of Python's client. */
  | {
    readonly kind: "python";
    readonly runtime: RuntimeName;
    readonly against: ClientName;
    readonly concurrency: number;
    readonly atLeast: number;
  }
  /** The time a request takes, over the time it takes at another concurrency. */
  | {
    readonly kind: "cost";
    readonly runtime: RuntimeName;
    readonly concurrency: number;
    readonly comparedTo: number;
    readonly atMost: number;
  }
  /** How much longer ours takes than another client on the same runtime. */
  | {
    readonly kind: "added";
    readonly runtime: RuntimeName;
    readonly against: ClientName;
    readonly atMostMs: number;
  }
  /** How far memory rose in any of the downloads above its level after the one to warm up. */
  | { readonly kind: "memory"; readonly runtime: RuntimeName; readonly atMostMB: number };

/** Ratios, one for each concurrency named: `ratios("deno", "fetch", { 1: 2.2, 16: 2 })`. */
export function ratios(
  runtime: RuntimeName,
  against: ClientName,
  atLeast: Readonly<Record<number, number>>,
): Target[] {
  return Object.entries(atLeast).map(([concurrency, atLeast]) => ({
    kind: "ratio",
    runtime,
    against,
    concurrency: Number(concurrency),
    atLeast,
  }));
}
