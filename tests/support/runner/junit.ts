/** Reads what became of the tests from a JUnit report as `deno test` and `bun test` write it. */

/** Tests by outcome. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** What the failed ones say, as far as the report has it: name, then error. */
  readonly failures: string[];
}

/** Counts the `testcase` elements of a report by what stands inside them. */
export function countTests(xml: string): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const [, attributes = "", body = ""] of xml.matchAll(TEST_CASE)) {
    const failure = attributes.endsWith("/") ? null : FAILURE.exec(body);
    if (failure !== null) {
      counts.failed++;
      counts.failures.push(describe(attributes, failure[1] ?? "", failure[2] ?? ""));
    } else if (/<skipped\b/.test(body)) counts.skipped++;
    else counts.passed++;
  }
  return counts;
}

/** Attributes (a quoted value may hold ">"), then nothing or everything up to the end tag. */
const TEST_CASE = /<testcase\b((?:[^>"]|"[^"]*")*)>(?:(?<=\/>)|([\s\S]*?)<\/testcase>)/g;
const FAILURE =
  /<(?:failure|error)\b((?:[^>"]|"[^"]*")*)>(?:(?<=\/>)|([\s\S]*?)<\/(?:failure|error)>)/;

/** `class > name`, then the error with its stack where the report has one, else its message. */
function describe(testCase: string, failure: string, stack: string): string {
  const name = [attribute(testCase, "classname"), attribute(testCase, "name")].join(" > ");
  return `${name}\n${unescape(stack).trim() || attribute(failure, "message")}`;
}

function attribute(attributes: string, name: string): string {
  return unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
}

function unescape(xml: string): string {
  return xml.replace(
    /&(?:#(\d+)|(\w+));/g,
    (reference, code, name) =>
      code ? String.fromCodePoint(Number(code)) : ENTITIES[name] ?? reference,
  );
}

/** XML 1.0, section 4.6. */
const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** Adds two counts. */
export function sum(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}
