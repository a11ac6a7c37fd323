/** Writes results as Markdown and as a chart in SVG that reads on light and on dark pages. */
import { CLIENT_NAMES, CLIENT_TITLES, type ClientName } from "./clients/client.ts";
import { cpuOf, growthOf, medianOf, spread } from "./measure.ts";
import { type CaseResult, RUNTIME_TITLES, type Verdict } from "./verdict.ts";

/** What the report says of itself. */
export interface Circumstances {
  /** "2025-11-20" */
  readonly date: string;
  readonly machine: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
}

/** The whole report as Markdown. */
export function markdownReport(
  cases: readonly CaseResult[],
  verdicts: readonly Verdict[],
  circumstances: Circumstances,
): string {
  const { date, machine, rounds, seconds } = circumstances;
  const missed = verdicts.filter(({ isMet }) => !isMet).length;
  return [
    `# Speed, ${date}`,
    "",
    ...machine.map((line) => `- ${line}`),
    `- ${rounds} rounds of ${seconds} s for each figure, clients in turn within a round, medians; ± is half the range`,
    "- µs: CPU time of the client's process for each request, of a download for each MB",
    "",
    ...workloadTables(cases),
    "## Targets",
    "",
    missed === 0 ? "All met." : `${missed} of ${verdicts.length} missed.`,
    "",
    ...table(
      ["", "what", "measured", "target"],
      verdicts.map((
        { isMet, what, measured, target },
      ) => [isMet ? "✓" : "✗", what, measured, target]),
    ),
    "",
  ].join("\n");
}

function workloadTables(cases: readonly CaseResult[]): string[] {
  const workloads = new Set(cases.map(({ workload }) => workload));
  return [...workloads].flatMap((workload) => {
    const own = cases.filter((result) => result.workload === workload);
    const clients = CLIENT_NAMES.filter((name) => own.some(({ samples }) => samples.has(name)));
    const header = ["", ...clients.map((name) => CLIENT_TITLES[name])];
    const rows = own.map((result) => [
      result.workload.isWholeProcess
        ? RUNTIME_TITLES[result.runtime]
        : `${RUNTIME_TITLES[result.runtime]}, c = ${result.concurrency}`,
      ...clients.map((name) => cell(result, name)),
    ]);
    return [`## ${workload.title}, ${workload.unit}`, "", ...table(header, rows), ""];
  });
}

function cell({ samples, workload }: CaseResult, name: ClientName): string {
  const values = (samples.get(name) ?? []).map(({ value }) => value);
  if (values.length === 0) return "";
  const figure = `${grouped(medianOf(samples, name))} ±${(spread(values) * 100).toFixed(0)} %`;
  const cpu = cpuOf(samples, name);
  return [
    figure,
    ...Number.isNaN(cpu) ? [] : [`${cpu.toFixed(1)} µs`],
    ...workload.isStreamed ? [`+${growthOf(samples, name).toFixed(0)} MB`] : [],
  ].join(", ");
}

/** A Markdown table; the first column to the left, figures to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, i) => (i === 0 ? "---" : "---:"));
  return [line(header), line(rule), ...rows.map(line)];
}

/** 45400 as "45,400". */
export function grouped(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

const BAR = { height: 16, gap: 4, groupGap: 22, labels: 150, length: 420, figures: 90, top: 54 };

/** A bar chart of one workload: a group for each runtime and concurrency, a bar for each client. */
export function svgChart(title: string, cases: readonly CaseResult[]): string {
  const groups = cases.map((result) => ({
    label: result.workload.isWholeProcess
      ? RUNTIME_TITLES[result.runtime]
      : `${RUNTIME_TITLES[result.runtime]}, ${result.concurrency} at a time`,
    bars: CLIENT_NAMES.filter((name) => result.samples.has(name)).map((name) => ({
      name,
      value: medianOf(result.samples, name),
    })),
  }));
  const longest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const parts: string[] = [];
  let y = BAR.top;
  for (const { label, bars } of groups) {
    parts.push(`<text class="group" x="0" y="${y + 12}">${label}</text>`);
    for (const { name, value } of bars) {
      parts.push(bar(name, value, y, value / longest));
      y += BAR.height + BAR.gap;
    }
    y += BAR.groupGap - BAR.gap;
  }
  const width = BAR.labels + 80 + BAR.length + BAR.figures;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-label="${title}">
<style>${CHART_STYLE}</style>
<text class="title" x="0" y="20">${title}</text>
${parts.join("\n")}
</svg>
`;
}

function bar(name: ClientName, value: number, y: number, share: number): string {
  const x = BAR.labels + 80;
  const width = Math.max(1, Math.round(share * BAR.length));
  const middle = y + 12;
  return `<text class="name" x="${x - 8}" y="${middle}">${CLIENT_TITLES[name]}</text>` +
    `<rect class="${name}" x="${x}" y="${y}" width="${width}" height="${BAR.height}" rx="2"/>` +
    `<text class="figure" x="${x + width + 6}" y="${middle}">${grouped(value)}</text>`;
}

/** Middle tones stand out on white and on black; the text follows the reader's scheme. */
const CHART_STYLE = `
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.name { text-anchor: end }
.figure, .name { fill: #57606a; font-size: 12px }
.ours { fill: #2f81f7 } .fetch { fill: #d29922 } .undici { fill: #a371f7 }
.raw_loop { fill: #8b949e } .python_httpx { fill: #3fb950 } .ky { fill: #db61a2 } .got { fill: #39c5cf } .axios { fill: #f0883e }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .figure, .name { fill: #9da7b3 } }
`;
