import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ClientName } from "../../bench/clients/client.ts";
import { grouped, markdownReport, svgChart, table } from "../../bench/report.ts";
import { type CaseResult, verdicts } from "../../bench/verdict.ts";
import type { Workload } from "../../bench/workloads/workload.ts";

const workload: Workload = {
  name: "get_1k",
  title: "1 KB GET",
  method: "GET",
  path: "/1k.bin",
  sizeBytes: 1024,
  isStreamed: false,
  unit: "requests/s",
  concurrencies: [16, 512],
  clients: ["ours", "fetch"],
  targets: [
    { kind: "ratio", runtime: "deno", against: "fetch", concurrency: 16, atLeast: 2 },
    { kind: "ratio", runtime: "bun", against: "fetch", concurrency: 16, atLeast: 2 },
    { kind: "cost", runtime: "deno", concurrency: 512, comparedTo: 16, atMost: 1.2 },
    { kind: "memory", runtime: "deno", atMostMB: 16 },
  ],
};

function result(concurrency: number, figures: Partial<Record<ClientName, number[]>>): CaseResult {
  const samples = new Map(
    Object.entries(figures).map(([name, values]) => [
      name as ClientName, // the keys of the record
      values.map((value) => ({ value })),
    ]),
  );
  return { workload, runtime: "deno", concurrency, samples };
}

const cases = [
  result(16, { ours: [40_000, 44_000, 42_000], fetch: [21_000, 20_000, 22_000] }),
  result(512, { ours: [30_000] }),
];

describe("verdicts()", () => {
  it("judges the targets that were measured, on their limit too, and no other", () => {
    assertEquals(verdicts(cases, []), [
      {
        what: "1 KB GET, Deno, c = 16, against fetch",
        measured: "2.00×",
        target: "≥ 2×",
        isMet: true,
      },
      {
        what: "1 KB GET, Deno, cost at c = 512 over c = 16",
        measured: "1.40×",
        target: "≤ 1.2×",
        isMet: false,
      },
    ]);
  });
});

describe("a target in milliseconds", () => {
  const process: Workload = {
    ...workload,
    title: "A process",
    isWholeProcess: true,
    unit: "ms",
    concurrencies: [1],
    targets: [{ kind: "added", runtime: "deno", against: "fetch", atMostMs: 35 }],
  };
  const measured = (ours: number, fetch: number): CaseResult => ({
    ...result(1, { ours: [ours], fetch: [fetch] }),
    workload: process,
  });

  it("is met on its limit, and missed above it", () => {
    const verdict = { what: "A process, Deno, more than fetch", target: "≤ 35 ms" };
    assertEquals(verdicts([measured(60, 25)], []), [{
      ...verdict,
      measured: "35 ms",
      isMet: true,
    }]);
    assertEquals(verdicts([measured(61, 25)], []), [{
      ...verdict,
      measured: "36 ms",
      isMet: false,
    }]);
  });

  it("stands in a row without a concurrency", () => {
    const text = markdownReport([measured(60, 25)], [], {
      date: "2025-01-02",
      machine: [],
      rounds: 1,
      seconds: 1,
    });
    assertStringIncludes(text, "## A process, ms");
    assertStringIncludes(text, "| Deno | 60 ±0 % | 25 ±0 % |");
  });
});

describe("markdownReport()", () => {
  it("has the CPU time of a request beside its rate", () => {
    const samples = new Map<ClientName, { value: number; cpuMicros: number }[]>([
      ["ours", [{ value: 100, cpuMicros: 16.24 }]],
    ]);
    const text = markdownReport([{ workload, runtime: "node", concurrency: 16, samples }], [], {
      date: "2025-01-02",
      machine: [],
      rounds: 1,
      seconds: 1,
    });
    assertStringIncludes(text, "| Node, c = 16 | 100 ±0 %, 16.2 µs |");
  });

  it("has the machine, a table for each workload and the targets", () => {
    const text = markdownReport(cases, verdicts(cases, []), {
      date: "2025-01-02",
      machine: ["One core"],
      rounds: 5,
      seconds: 1,
    });
    assertStringIncludes(text, "# Speed, 2025-01-02\n\n- One core\n- 5 rounds of 1 s");
    assertStringIncludes(text, "| Deno, c = 16 | 42,000 ±5 % | 21,000 ±5 % |");
    assertStringIncludes(text, "1 of 2 missed.");
    assertStringIncludes(
      text,
      "| ✗ | 1 KB GET, Deno, cost at c = 512 over c = 16 | 1.40× | ≤ 1.2× |",
    );
  });
});

describe("svgChart()", () => {
  it("has a bar for every client, the longest at full length", () => {
    const svg = svgChart("Speed", cases);
    assertEquals(svg.match(/<rect /g)?.length, 3);
    assertMatch(svg, /<rect class="ours" x="230" y="54" width="420"/);
    assertMatch(svg, /<rect class="fetch" x="230" y="74" width="210"/);
    assertStringIncludes(svg, "prefers-color-scheme: dark");
  });
});

describe("table() and grouped()", () => {
  it("write Markdown", () => {
    assertEquals(table(["a", "b"], [["c", grouped(1234567)]]), [
      "| a | b |",
      "| --- | ---: |",
      "| c | 1,234,567 |",
    ]);
    assertEquals([grouped(0), grouped(999.5), grouped(12)], ["0", "1,000", "12"]);
  });
});
