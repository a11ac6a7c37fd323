/** Counts the tests in a JUnit report as `deno test` and `bun test` write it. */

/** Tests by outcome. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts the `testcase` elements of a report by what stands inside them. */
export function countTests(xml: string): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, attributes = "", body = ""] of xml.matchAll(TEST_CASE)) {
    if (attributes.endsWith("/")) counts.passed++;
    else if (/<(failure|error)\b/.test(body)) counts.failed++;
    else if (/<skipped\b/.test(body)) counts.skipped++;
    else counts.passed++;
  }
  return counts;
}

/** Attributes (a quoted value may hold ">"), then nothing or everything up to the end tag. */
const TEST_CASE = /<testcase\b((?:[^>"]|"[^"]*")*)>(?:(?<=\/>)|([\s\S]*?)<\/testcase>)/g;

/** Adds two counts. */
export function sum(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}
