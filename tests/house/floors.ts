/** The floors of the house: a file imports from a lower floor or from its own folder, never sideways or up. */
import type { Import, SourceFile } from "./source.ts";

/** Folder (or file) → floor; the longest that fits a path counts. */
export const FLOORS: Readonly<Record<string, number>> = {
  "src/attempt.ts": 0,
  "src/timings.ts": 0,
  "src/version.ts": 0,
  "src/errors.ts": 0,
  "src/lists/": 1,
  "src/semantics/": 1,
  "src/runtime/": 1,
  "src/observe/": 1,
  "src/options/": 2,
  "src/clock/": 2,
  "src/wire/http1/": 2,
  "src/wire/http2/": 2,
  "src/wire/websocket/": 2,
  "src/message/content/": 2,
  "src/message/cookies/": 2,
  "src/wire/dial/": 3,
  "src/message/": 3,
  "src/wire/connection/": 4,
  "src/auth/": 5,
  "src/wire/pool/": 5,
  "src/transports/": 6,
  "src/middleware/": 7,
  "src/client/": 8,
  "src/edge/": 9,
  "src/sse/": 9,
  "src/sync/": 9,
  "src/testing/": 9,
  "src/websocket/": 9,
  "src/cli/": 9,
  "mod.ts": 10,
};

/** Protocol engines see only the errors, the words of RFC 9110, and data structures. */
const ENGINES = ["src/wire/http1/", "src/wire/http2/", "src/wire/websocket/"];
const SEEN_BY_ENGINES = ["src/errors.ts", "src/semantics/", "src/lists/"];

/** Neither wing knows the other. */
const WINGS = { wire: ["src/wire/"], message: ["src/message/", "src/auth/"] };

/** The room a file is in: its entry in `FLOORS`. */
export function roomOf(path: string): string | null {
  let room: string | null = null;
  for (const name of Object.keys(FLOORS)) {
    if (path.startsWith(name) && name.length > (room?.length ?? 0)) room = name;
  }
  return room;
}

/** Why this import is not allowed, or `null`. */
export function importFault(from: string, imported: Import): string | null {
  const to = imported.target;
  if (to === null) return "is not a file of this repository";
  if (isDocumentedEdge(from, imported)) return null;
  const room = roomOf(from);
  const toRoom = roomOf(to);
  if (room === null || toRoom === null) return "leads to or from a room without a floor";
  if (isIn(from, WINGS.wire) && isIn(to, WINGS.message)) return "leads from wire to message";
  if (isIn(from, WINGS.message) && isIn(to, WINGS.wire)) return "leads from message to wire";
  if (room === toRoom) return null;
  if (isIn(from, ENGINES) && !isIn(to, SEEN_BY_ENGINES)) return "leads out of an engine";
  const [floor = 0, toFloor = 0] = [FLOORS[room], FLOORS[toRoom]];
  if (floor === 0 && toFloor === 0) return null; // one room: src/ itself
  if (toFloor > floor) return `leads up, from floor ${floor} to floor ${toFloor}`;
  if (toRoom === "src/semantics/") return null; // words that its neighbours use too
  if (toFloor === floor) return `leads sideways on floor ${floor}`;
  return null;
}

/** The one import that leads up, and around: an error names the type of its request. */
function isDocumentedEdge(from: string, { target, typeOnly }: Import): boolean {
  return from === "src/errors.ts" && target === "src/message/request.ts" && typeOnly;
}

/** Rings of imports, each as the paths along it, those of types included. */
export function circles(files: readonly SourceFile[]): string[] {
  const found: string[] = [];
  const state = new Map<string, "open" | "done">();
  const edges = new Map(files.map((file) => [file.path, file.imports]));
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      found.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      return;
    }
    state.set(path, "open");
    for (const imported of edges.get(path) ?? []) {
      if (imported.target === null || isDocumentedEdge(path, imported)) continue;
      visit(imported.target, [...trail, path]);
    }
    state.set(path, "done");
  };
  for (const { path } of files) visit(path, []);
  return found;
}

function isIn(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(folder));
}
