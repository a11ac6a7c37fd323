/**
 * What this program runs on, and the few things of its host that the library reads: environment and
 * files. What a program may not read counts as absent: never a prompt, never a throw.
 */

/** The runtimes whose sockets are known. */
export type RuntimeName = "deno" | "bun" | "node" | "other";

/** What a program on Deno may be allowed to do. */
interface Permission {
  readonly name: string;
  readonly variable?: string;
  readonly path?: string | URL;
  readonly kind?: string;
  readonly host?: string;
}

interface DenoHost {
  readonly permissions?: {
    querySync(descriptor: Permission): { state: string };
  };
  statSync?(path: string): { mtime: Date | null; size: number; ino: number | null };
  readonly env?: { get(name: string): string | undefined };
  readonly version?: { readonly deno?: string };
}

interface BunHost {
  /** Added with Zstandard in `node:zlib`. */
  readonly zstdDecompress?: unknown;
}

interface ProcessHost {
  readonly versions?: { readonly node?: string; readonly zstd?: string };
  readonly env?: Record<string, string | undefined>;
  getBuiltinModule?(name: string): unknown;
}

/** On Deno the first look at `process` loads a part of Node's library, which takes 10 ms. */
const host = globalThis as { Deno?: DenoHost; Bun?: BunHost; process?: ProcessHost };

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

/** A module of Node's that must be there. */
export function required<Module>(name: string): Module {
  const module = builtin<Module>(name);
  if (module !== null) return module;
  const { versions, getBuiltinModule } = host.process ?? {};
  const isOldNode = runtimeName() === "node" && getBuiltinModule === undefined;
  throw new TypeError(
    isOldNode
      ? `Node ${versions?.node} is too old for sockets: use Node 20.16, 22.3 or later, or FetchTransport`
      : "This runtime has no sockets; use FetchTransport",
  );
}

/** The runtime's `node:crypto`, or `null`. */
export function cryptoModule<Crypto>(): Crypto | null {
  return builtin<Crypto>("node:crypto");
}

/** The runtime's `node:zlib`, or `null`. */
export function zlibModule<Zlib>(): Zlib | null {
  return builtin<Zlib>("node:zlib");
}

/** The first Deno that is known to have Zstandard in `node:zlib`, as major and minor version. */
const DENO_WITH_ZSTD = [2, 9] as const;

/**
 * Whether the runtime's `node:zlib` has Zstandard beside gzip, deflate and brotli; `null` without a zlib. Known by runtime
 * and version: loading zlib to ask it takes 10 ms on Deno and Bun.
 */
export function zlibHasZstd(): boolean | null {
  switch (runtimeName()) {
    case "deno": {
      const [major = 0, minor = 0] = host.Deno?.version?.deno?.split(".").map(Number) ?? [];
      const [knownMajor, knownMinor] = DENO_WITH_ZSTD;
      return major > knownMajor || (major === knownMajor && minor >= knownMinor);
    }
    case "bun":
      return host.Bun?.zstdDecompress !== undefined;
    case "node": {
      const { getBuiltinModule, versions } = host.process ?? {};
      return getBuiltinModule === undefined ? null : versions?.zstd !== undefined;
    }
    case "other":
      return null;
  }
}

/** An environment variable; `undefined` where it is not set, or may not be read. */
export function environmentVariable(name: string): string | undefined {
  if (!isAllowed({ name: "env", variable: name })) return undefined;
  return host.Deno?.env === undefined ? host.process?.env?.[name] : host.Deno.env.get(name);
}

/** Whether the program may read an environment variable (Deno). */
export function mayReadVariable(name: string): boolean {
  return isAllowed({ name: "env", variable: name });
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

/** Why a file can't be used: it is not there, the system or the permissions of Deno are against it. */
export type FileFault = "missing" | "unreadable" | "forbidden";

/** The part of `node:fs` that is used for certificates and key logs. */
interface FileSystem {
  readFileSync(path: string, encoding: string): string;
  readdirSync(path: string): string[];
  statSync(path: string): FileKind;
  statSync(path: string, options: typeof NEVER_THROW): FileKind | undefined;
  openSync(path: string, flags: string): number;
  closeSync(descriptor: number): void;
  appendFileSync(path: string, bytes: Uint8Array, options: { mode: number }): void;
}

interface FileKind {
  readonly mtimeMs: number;
  readonly size: number;
  readonly ino: number;
  isDirectory(): boolean;
  isFile(): boolean;
}

/** Folders of certificates hold links, and some lead nowhere. */
const NEVER_THROW = { throwIfNoEntry: false } as const;

/** The text of a file, or those of the files in a folder; with a fault there is none. */
export function readTexts(
  path: string,
): { readonly texts: readonly string[]; readonly fault: FileFault | null } {
  const fs = builtin<FileSystem>("node:fs");
  if (fs === null || !isAllowed({ name: "read", path })) return { texts: [], fault: "forbidden" };
  try {
    if (!fs.statSync(path).isDirectory()) {
      return { texts: [fs.readFileSync(path, "utf8")], fault: null };
    }
    const files = fs.readdirSync(path).map((name) => `${path}/${name}`)
      .filter((file) => fs.statSync(file, NEVER_THROW)?.isFile());
    return { texts: files.map((file) => fs.readFileSync(file, "utf8")), fault: null };
  } catch (error) {
    const isMissing = (error as { code?: string }).code === "ENOENT";
    return { texts: [], fault: isMissing ? "missing" : "unreadable" };
  }
}

/** A text that changes when a file or folder does; empty if it does not exist or must not be read. */
export function fileStamp(path: string): string {
  if (!isAllowed({ name: "read", path })) return "";
  try {
    const { mtimeMs, size, ino } = statOf(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "";
  }
}

/** By Deno's own function there: loading `node:fs` costs a program 10 ms. */
function statOf(path: string): Pick<FileKind, "mtimeMs" | "size"> & { ino: number | null } {
  const { Deno } = host;
  if (Deno?.statSync === undefined) return required<FileSystem>("node:fs").statSync(path);
  const { mtime, size, ino } = Deno.statSync(path);
  return { mtimeMs: mtime?.getTime() ?? 0, size, ino };
}

/** Adds to the end of a file, readable by its owner alone if it is created. */
export function appendToFile(path: string, bytes: Uint8Array): FileFault | null {
  const fs = builtin<FileSystem>("node:fs");
  if (fs === null || !isAllowed({ name: "write", path })) return "forbidden";
  try {
    fs.appendFileSync(path, bytes, { mode: 0o600 });
    return null;
  } catch (error) {
    return (error as { code?: string }).code === "ENOENT" ? "missing" : "unreadable";
  }
}

/**
 * An error, or one that says EMFILE if no file descriptor is left: Bun then reports connections as refused, and every
 * system resolver names as unknown.
 */
export function orNoDescriptor(error: unknown): unknown {
  const { code = "" } = (error ?? {}) as { code?: string };
  if (code !== "ECONNREFUSED" && code !== "ENOTFOUND") return error;
  if (runtimeName() === "deno" || canOpenFile()) return error;
  return Object.assign(new Error("too many open files", { cause: error }), { code: "EMFILE" });
}

function canOpenFile(): boolean {
  const fs = builtin<FileSystem>("node:fs");
  try {
    fs?.closeSync(fs.openSync("/dev/null", "r"));
    return true;
  } catch (error) {
    return !/^E[MN]FILE$/.test((error as { code?: string }).code ?? "");
  }
}

/** Whether the program may connect to any address (Deno). */
export function mayConnectAnywhere(): boolean {
  return isAllowed({ name: "net" });
}

/** Whether the program may connect to an address, or from it where the port is 0 (Deno). */
export function mayUseAddress(address: string, port: number): boolean {
  const host = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  return isAllowed({ name: "net", host });
}

/** Whether the program may read the authorities of the runtime and the operating system (Deno). */
export function mayReadAuthorities(): boolean {
  return isAllowed({ name: "sys", kind: "ca" });
}

/** Whether the program may read a file (Deno). */
export function mayReadFile(path: URL): boolean {
  return isAllowed({ name: "read", path });
}

function isAllowed(descriptor: Permission): boolean {
  const { Deno } = host;
  // "prompt" is not "granted": asking would stop the program.
  return Deno?.permissions === undefined ||
    Deno.permissions.querySync(descriptor).state === "granted";
}

/** Content coding and runtime: Deno and workerd decode gzip and br alone, Bun no two on top of each other. */
const LEFT_CODED = /(?:deflate|x-|zstd|,).* (?:Deno|Cl)|,.* Bun/i;

/** Whether the runtime's `fetch` leaves content of this coding as it came. A response has its fields either way. */
export function fetchLeavesCoded(contentEncoding: string): boolean {
  return LEFT_CODED.test(`${contentEncoding} ${globalThis.navigator?.userAgent}`);
}
