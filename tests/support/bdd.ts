/**
 * `describe` and `it` of `@std/testing/bdd` over `Deno.test`, for machines that reach npm but not JSR:
 * the npm copy of std (`deno-std`) leaves out a file that its `bdd` imports. Each `it` is a test of its
 * own, so that Deno's sanitizers watch every one of them.
 */

type Body = () => void | Promise<void>;

const path: string[] = [];

/** Groups tests under a name. */
export function describe(name: string, body: () => void): void {
  path.push(name);
  try {
    body();
  } finally {
    path.pop();
  }
}

/** Registers one test. */
export function it(name: string, body: Body): void {
  Deno.test({ name: [...path, name].join(" > "), fn: () => body() });
}

/** Registers a test that is reported as skipped. */
it.skip = function skip(name: string, body: Body): void {
  Deno.test({ name: [...path, name].join(" > "), ignore: true, fn: () => body() });
};
