/** Compares what was measured with what was aimed at. */
import { CLIENT_TITLES, type ClientName } from "./clients/client.ts";
import { growthOf, medianOf, type Samples } from "./measure.ts";
import type { Figure } from "./figures/figure.ts";
import type { RuntimeName, Target, Workload } from "./workloads/workload.ts";

/** The samples of one workload on one runtime at one concurrency. */
export interface CaseResult {
  readonly workload: Workload;
  readonly runtime: RuntimeName;
  readonly concurrency: number;
  readonly samples: Samples<ClientName>;
}

/** A figure and what came of it. */
export interface FigureResult {
  readonly figure: Figure;
  readonly value: number;
}

/** One target with its outcome. */
export interface Verdict {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  readonly isMet: boolean;
}

export const RUNTIME_TITLES: Readonly<Record<RuntimeName, string>> = {
  deno: "Deno",
  bun: "Bun",
  node: "Node",
  python: "Python",
};

/** A verdict for every target whose figures were measured. */
export function verdicts(
  cases: readonly CaseResult[],
  figures: readonly FigureResult[],
): Verdict[] {
  const workloads = new Set(cases.map(({ workload }) => workload));
  const judged = [...workloads].flatMap((workload) =>
    workload.targets.map((target) => judge(workload, target, cases))
  );
  return [
    ...judged.filter((verdict) => verdict !== null),
    ...figures.map(({ figure, value }) => ({
      what: figure.title,
      measured: `${value.toFixed(1)} ${figure.unit}`,
      target: `< ${figure.atMost} ${figure.unit}`,
      isMet: value < figure.atMost,
    })),
  ];
}

function judge(workload: Workload, target: Target, cases: readonly CaseResult[]): Verdict | null {
  const ours = (concurrency: number) => find(cases, workload, target.runtime, concurrency);
  const [subject] = workload.clients;
  const where = `${workload.title}, ${RUNTIME_TITLES[target.runtime]}`;
  switch (target.kind) {
    case "ratio":
    case "python": {
      const samples = ours(target.concurrency);
      const theirs = target.kind === "python"
        ? find(cases, workload, "python", target.concurrency)
        : samples;
      if (samples === null || !theirs?.has(target.against)) return null;
      const ratio = medianOf(samples, subject) / medianOf(theirs, target.against);
      return {
        what: `${where}, c = ${target.concurrency}, against ${CLIENT_TITLES[target.against]}`,
        measured: `${ratio.toFixed(2)}×`,
        target: `≥ ${target.atLeast}×`,
        isMet: ratio >= target.atLeast,
      };
    }
    case "cost": {
      const [many, few] = [ours(target.concurrency), ours(target.comparedTo)];
      if (many === null || few === null) return null;
      const ratio = medianOf(few, subject) / medianOf(many, subject);
      return {
        what: `${where}, cost at c = ${target.concurrency} over c = ${target.comparedTo}`,
        measured: `${ratio.toFixed(2)}×`,
        target: `≤ ${target.atMost}×`,
        isMet: ratio <= target.atMost,
      };
    }
    case "added": {
      const samples = ours(1);
      if (!samples?.has(target.against)) return null;
      const addedMs = medianOf(samples, subject) - medianOf(samples, target.against);
      return {
        what: `${where}, more than ${CLIENT_TITLES[target.against]}`,
        measured: `${addedMs.toFixed(0)} ms`,
        target: `≤ ${target.atMostMs} ms`,
        isMet: addedMs <= target.atMostMs,
      };
    }
    case "memory": {
      const samples = ours(1);
      if (samples === null) return null;
      const growth = growthOf(samples, subject);
      return {
        what: `${where}, growth of memory`,
        measured: `${growth.toFixed(1)} MB`,
        target: `< ${target.atMostMB} MB`,
        isMet: growth < target.atMostMB,
      };
    }
  }
}

function find(
  cases: readonly CaseResult[],
  workload: Workload,
  runtime: RuntimeName,
  concurrency: number,
): Samples<ClientName> | null {
  const found = cases.find((result) =>
    result.workload === workload && result.runtime === runtime && result.concurrency === concurrency
  );
  return found?.samples ?? null;
}
