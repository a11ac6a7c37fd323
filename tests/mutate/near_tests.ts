/** Which tests a change of a file should be noticed by, the nearest first. */
import { posix } from "node:path";
import { source } from "../house/source.ts";

/** How many steps of imports lead from a test that is still near. */
const MAX_STEPS = 2;

/** Tests that start servers or other programs are slow, and not about one file. */
const FAR = /^tests\/(house|interop|sdk|examples|bench|mutate|cli|edge|runtime|sync\/programs)\//;

/**
 * First the test that mirrors the file, with those that import it; then those of its room (the mirrored folder, or the
 * nearest one that has tests) and those that import it through others; then those of its wing (`tests/wire/` …).
 */
export function nearTests(path: string, testFiles: readonly string[]): string[][] {
  const mirror = path.replace(/^src/, "tests").replace(/\.ts$/, "_test.ts");
  const tests = testFiles.filter((file) => file.endsWith("_test.ts") && !FAR.test(file));
  const steps = (file: string) => file === mirror ? 0 : stepsTo(path, file, MAX_STEPS);
  const room = roomOf(mirror, tests);
  const wing = mirror.split("/").slice(0, 2).join("/") + "/";
  const rings = [
    tests.filter((file) => steps(file) <= 1),
    tests.filter((file) => file.startsWith(room) || steps(file) <= MAX_STEPS),
    tests.filter((file) => file.startsWith(wing)),
  ];
  return rings.map((ring, i) => ring.filter((file) => !rings.slice(0, i).flat().includes(file)));
}

/** The mirrored folder, or the nearest one around it that has tests. */
function roomOf(mirror: string, tests: readonly string[]): string {
  let folder = posix.dirname(mirror);
  while (folder.includes("/") && !tests.some((file) => posix.dirname(file) === folder)) {
    folder = posix.dirname(folder);
  }
  return `${folder}/`;
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
