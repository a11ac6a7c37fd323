/** Which tests a change of a file should be noticed by, the nearest first. */
import { posix } from "node:path";
import { source } from "../house/source.ts";

/** How many steps of imports lead from a test that is still near. */
const MAX_STEPS = 2;

/** Tests that start servers or other programs are slow, and not about one file. */
const FAR = /^tests\/(house|interop|sdk|examples|bench|mutate|cli|edge|runtime|sync\/programs)\//;

/**
 * First the test that mirrors the file, with those that import it; then those of the mirrored folder and those that
 * import it through one other file.
 */
export function nearTests(path: string, testFiles: readonly string[]): [string[], string[]] {
  const mirror = path.replace(/^src/, "tests").replace(/\.ts$/, "_test.ts");
  const folder = `${posix.dirname(mirror)}/`;
  const tests = testFiles.filter((file) => file.endsWith("_test.ts") && !FAR.test(file));
  const steps = (file: string) => file === mirror ? 0 : stepsTo(path, file, MAX_STEPS);
  const nearest = tests.filter((file) => steps(file) <= 1);
  const others = tests.filter((file) =>
    !nearest.includes(file) && (file.startsWith(folder) || steps(file) <= MAX_STEPS)
  );
  return [nearest, others];
}

/** How many imports lead from one file to another; `Infinity` for more than `atMost`. */
function stepsTo(target: string, from: string, atMost: number): number {
  if (from === target) return 0;
  if (atMost === 0) return Infinity;
  let best = Infinity;
  for (const { target: next, typeOnly } of source(from).imports) {
    if (next === null || typeOnly) continue;
    const file = next.replace(/\?.*$/, ""); // a test may load a module a second time
    if (/^(src|tests)\//.test(file)) best = Math.min(best, 1 + stepsTo(target, file, atMost - 1));
  }
  return best;
}
