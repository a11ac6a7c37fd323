/**
 * `describe` and `it` of `@std/testing/bdd`, for every runtime: over `Deno.test` on Deno, over `bun:test` on
 * Bun. Each `it` is one test with a deadline and, on Deno, with the sanitizers watching it alone; std's own
 * makes one test of a whole `describe`, and npm's copy of std lacks a file it needs.
 */

type Body = () => void | Promise<void>;

/** How a runtime takes one test. */
interface Registrar {
  describe(name: string, body: () => void): void;
  test(name: string, body: Body): void;
  skip(name: string, body: Body): void;
}

/** Registers a test; `it.skip` registers one that is reported as skipped. */
interface It {
  (name: string, body: Body): void;
  skip(name: string, body: Body): void;
}

/** Far above what any test needs: a test that hangs fails under its own name. */
const DEADLINE_MS = 60_000;

const registrar: Registrar = "Bun" in globalThis ? await bunRegistrar() : denoRegistrar();

/** Groups tests under a name. */
export function describe(name: string, body: () => void): void {
  registrar.describe(name, body);
}

function register(name: string, body: Body): void {
  registrar.test(name, body);
}

/** Registers one test. */
export const it: It = Object.assign(register, {
  skip: (name: string, body: Body) => registrar.skip(name, body),
});

function denoRegistrar(): Registrar {
  const path: string[] = [];
  const add = (name: string, body: Body, ignore: boolean) =>
    Deno.test({
      name: [...path, name].join(" > "),
      ignore,
      sanitizeOps: true,
      sanitizeResources: true,
      sanitizeExit: true,
      fn: () => withDeadline(body),
    });
  return {
    describe(name, body) {
      path.push(name);
      try {
        body();
      } finally {
        path.pop();
      }
    },
    test: (name, body) => add(name, body, false),
    skip: (name, body) => add(name, body, true),
  };
}

async function withDeadline(body: Body): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`Test did not end within ${DEADLINE_MS / 1000} s`);
    timer = setTimeout(() => reject(error), DEADLINE_MS);
  });
  try {
    await Promise.race([body(), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function bunRegistrar(): Promise<Registrar> {
  const name = "bun:test"; // a variable, so that Deno does not look for the module
  const { describe, it } = await import(name);
  return {
    describe,
    test: (name, body) => it(name, body, DEADLINE_MS),
    skip: (name, body) => it.skip(name, body),
  };
}
