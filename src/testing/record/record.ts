/** The middleware that records exchanges to a HAR file, and replays them from it. */
import { type DualFlow, exchange, loaded, paused } from "../../message/dual_flow.ts";
import { joinBytes } from "../../message/content/join_bytes.ts";

import { readSync, type Request } from "../../message/request.ts";
import { bodyOf, Response } from "../../message/response/response.ts";
import { type DualMiddleware, dualMiddleware } from "../../middleware/middleware.ts";
import { badOption, checkOptionNames } from "../../options/bad_option.ts";
import { entryOf, type HAREntry, requestOf, type Seen } from "./har.ts";
import { readEntries, writeEntries } from "./har_file.ts";
import { RecordedBody } from "./recorded_body.ts";
import { Recording, type RecordMatch } from "./replay.ts";
import { scrubEntry, scrubRequest } from "./scrub_entry.ts";

/**
 * Whether to record: `"auto"` replays a file that is there, and records one that is not; `"record"` replaces its entries,
 * `"replay"` needs it, `"off"` does neither.
 */
export type RecordMode = "auto" | "record" | "replay" | "off";

/**
 * How `record()` works.
 *
 * @example A user's name does not go to disk either
 * ```ts
 * import { type RecordOptions } from "@httpx/httpx/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const options: RecordOptions = {
 *   mode: "auto",
 *   scrub: (entry) => JSON.parse(JSON.stringify(entry).replaceAll("Ada", "someone")),
 * };
 * assertEquals(options.mode, "auto");
 * ```
 */
export interface RecordOptions {
  /** Default: `"auto"`. */
  readonly mode?: RecordMode | undefined;
  /** Whether a recorded request is the one that is sent. Default: method, URL and body are the same, in order per URL. */
  readonly match?: RecordMatch | undefined;
  /** Changes an entry, which has no secrets any more, on its way to disk; `null` leaves it out. Default: unchanged. */
  readonly scrub?: ((entry: HAREntry) => HAREntry | null) | undefined;
}

const NAMES: ReadonlySet<string> = new Set(["mode", "match", "scrub"]);
const MODES: ReadonlySet<string> = new Set(["auto", "record", "replay", "off"]);

/**
 * Makes a middleware that records exchanges to a HAR 1.2 file, or replays them from it without a network. The file is
 * written when the client is closed.
 *
 * Secrets are replaced by `[secure]` before anything is written: credentials and cookies in headers, parameters of URLs,
 * fields of forms and members of JSON, by their names. A replayed request must be in the file with the same method, URL
 * and body; each entry answers once, those of a URL in their order. Failures without a response are not recorded.
 *
 * @throws {TypeError} for an option of the wrong kind, a file that is not HAR, and in mode `"replay"` one that is missing
 *
 * @example Record once, replay from then on
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { record } from "@httpx/httpx/testing";
 * import { assertEquals } from "@std/assert";
 * import { mkdtempSync, readFileSync, rmSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 *
 * const folder = mkdtempSync(join(tmpdir(), "recording-"));
 * const file = join(folder, "users.har");
 * let requests = 0;
 * const transport = new MockTransport(() => new Response(200, { json: { requests: ++requests } }));
 * for (let i = 0; i < 2; i++) {
 *   await using client = new Client({ transport, middleware: [record(file)], auth: ["ada", "s3cret"] });
 *   assertEquals(await (await client.get("https://example.org/users")).json(), { requests: 1 });
 * }
 * assertEquals([requests, readFileSync(file, "utf8").includes("Basic ")], [1, false]);
 * rmSync(folder, { recursive: true });
 * ```
 */
export function record(file: string, options: RecordOptions = {}): DualMiddleware {
  checkOptionNames("record()", { options, known: NAMES });
  const { mode = "auto", match, scrub } = options;
  if (!MODES.has(mode)) throw badOption("mode", 'give "auto", "record", "replay" or "off"');
  if (mode === "off") return dualMiddleware((request) => exchange(request));
  const known = readEntries(file);
  if (mode === "replay" && known === null) {
    throw new TypeError(`Cannot replay ${file}: there is no such file; record it first`);
  }
  if (known !== null && mode !== "record") {
    const recording = new Recording(known, { file, match: match ?? null });
    return dualMiddleware((request) => replayed(request, recording));
  }
  return new Recorder(file, { stale: known ?? [], scrub: scrub ?? null }).middleware;
}

function* replayed(request: Request, recording: Recording): DualFlow<Response> {
  const body = yield* bodyOfRequest(request);
  return recording.answer(scrubRequest(requestOf(request, body)), request);
}

function bodyOfRequest(request: Request): DualFlow<Uint8Array> {
  return paused(() => request.read(), () => {
    readSync(request);
    return request.content;
  });
}

/** Collects entries for one file. */
class Recorder {
  readonly middleware: DualMiddleware;
  readonly #file: string;
  readonly #scrub: ((entry: HAREntry) => HAREntry | null) | null;
  readonly #stale: ReadonlySet<string>;
  readonly #entries: HAREntry[] = [];
  /** Bodies that are still being decoded. */
  readonly #pending: Promise<void>[] = [];

  constructor(
    file: string,
    { stale, scrub }: {
      readonly stale: readonly HAREntry[];
      readonly scrub: ((entry: HAREntry) => HAREntry | null) | null;
    },
  ) {
    this.#file = file;
    this.#scrub = scrub;
    this.#stale = new Set(stale.map((entry) => JSON.stringify(entry)));
    this.middleware = dualMiddleware((request) => this.#recorded(request), () => this.#write());
  }

  *#recorded(request: Request): DualFlow<Response> {
    const startedAt = new Date();
    const startedAtMs = performance.now();
    const requestBody = yield* bodyOfRequest(request);
    const response = yield* exchange(request);
    const seen = { startedAt, request, requestBody, response };
    const { stream } = bodyOf(response);
    const isStreamed = request.extensions.call?.isStreamed ?? false;
    if (isStreamed && stream !== null && bodyOf(response).state === "unread") {
      return this.#streamed(seen, new RecordedBody(stream), startedAtMs);
    }
    yield* loaded(response);
    const { content } = response;
    this.#add({ ...seen, content, totalMs: performance.now() - startedAtMs, isWhole: true });
    return response;
  }

  /** The response with a body that is kept as the caller reads it. */
  #streamed(
    seen: Omit<Seen, "content" | "totalMs" | "isWhole">,
    body: RecordedBody,
    startedAtMs: number,
  ): Response {
    const { response } = seen;
    const { status, headers, extensions } = response;
    const copy = new Response(status, { headers, stream: body, extensions });
    bodyOf(copy).decoding = bodyOf(response).decoding;
    bodyOf(copy).whenDone(() => {
      const totalMs = performance.now() - startedAtMs;
      const content = joinBytes([...body.chunks]);
      this.#pending.push(
        this.#decoded(content, response).then((content) =>
          this.#add({ ...seen, content, totalMs, isWhole: body.isWhole })
        ),
      );
    });
    return copy;
  }

  /** What was sent in a coding is kept decoded; what can't be decoded, as it came. */
  async #decoded(content: Uint8Array<ArrayBuffer>, { headers }: Response): Promise<Uint8Array> {
    if (!headers.has("content-encoding")) return content;
    try {
      return await new Response(200, { headers, content }).read();
    } catch {
      return content;
    }
  }

  #add(seen: Seen): void {
    const entry = scrubEntry(entryOf(seen));
    const kept = this.#scrub === null ? entry : this.#scrub(entry);
    if (kept !== null) this.#entries.push(kept);
  }

  /** At once if no body is still to be decoded: a client that blocks waits for nothing. */
  #write(): void | Promise<void> {
    const flush = () => writeEntries(this.#file, this.#entries.splice(0), this.#stale);
    return this.#pending.length === 0 ? flush() : Promise.all(this.#pending).then(flush);
  }
}
