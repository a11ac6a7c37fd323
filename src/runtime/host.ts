/**
 * What this program runs on, and the few things of its host that the library reads: environment and
 * files. What a program may not read counts as absent: never a prompt, never a throw.
 */

/** The runtimes whose sockets are known. */
export type RuntimeName = "deno" | "bun" | "node" | "other";

interface DenoHost {
  readonly permissions?: {
    querySync(descriptor: { name: string; variable?: string; path?: string }): { state: string };
  };
}

interface ProcessHost {
  readonly versions?: { readonly node?: string; readonly bun?: string };
  readonly env?: Record<string, string | undefined>;
  getBuiltinModule?(name: string): unknown;
}

const host = globalThis as { Deno?: DenoHost; Bun?: unknown; process?: ProcessHost };

/** What this program runs on. */
export function runtimeName(): RuntimeName {
  if (host.Deno?.permissions !== undefined) return "deno";
  if (host.Bun !== undefined) return "bun";
  return host.process?.versions?.node === undefined ? "other" : "node";
}

/** A module of Node's, where the runtime has it; nothing is imported. */
export function builtin<Module>(name: string): Module | null {
  return (host.process?.getBuiltinModule?.(name) as Module | undefined) ?? null;
}

/** The runtime's `node:crypto`, or `null`. */
export function cryptoModule<Crypto>(): Crypto | null {
  return builtin<Crypto>("node:crypto");
}

/** The runtime's `node:zlib`, or `null`. */
export function zlibModule<Zlib>(): Zlib | null {
  return builtin<Zlib>("node:zlib");
}

/** An environment variable; `undefined` where it is not set, or may not be read. */
export function environmentVariable(name: string): string | undefined {
  if (!isAllowed({ name: "env", variable: name })) return undefined;
  return host.process?.env?.[name];
}

/** A file's text; `null` where it is not there, or may not be read. */
export function readTextFile(path: string): string | null {
  const fs = builtin<{ readFileSync(path: string, encoding: string): string }>("node:fs");
  if (fs === null || !isAllowed({ name: "read", path })) return null;
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function isAllowed(descriptor: { name: string; variable?: string; path?: string }): boolean {
  const { Deno } = host;
  // "prompt" is not "granted": asking would stop the program.
  return Deno?.permissions === undefined ||
    Deno.permissions.querySync(descriptor).state === "granted";
}
