/** Responses whose bodies are stored while their callers read them. */
import { ReadError } from "../../../errors.ts";
import { joinBytes } from "../../../message/content/join_bytes.ts";
import { Response } from "../../../message/response/response.ts";
import { readableAtOnce, type SyncBody } from "../../../message/response/sync_body.ts";
import type { BodyStream } from "../../../semantics/body.ts";
import { parseContentRange } from "../policy/ranges.ts";
import { entityTag, isStrong } from "../policy/validators.ts";
import type { StoredHead } from "../storage/stored_response.ts";
import type { Lookup } from "../plan.ts";
import { type Hop, labelled, refusePromise, settled } from "./context.ts";
import type { Received } from "./fetched.ts";
import type { DualFlow } from "../../../message/dual_flow.ts";
import { boundBy, BytesStream, type RawBody, rawBodyOf } from "./raw_body.ts";
import type { OpenHead } from "./shelf.ts";
import { SharedBody } from "./shared_body.ts";
import { copyRequest } from "../../../message/request.ts";

/** As much of an errand as recording its response needs. */
export interface RecordedErrand extends Hop {
  readonly plan: Pick<Lookup, "fields">;
}

/** The response for one caller, stored as its body is read. */
export function* recorded(errand: RecordedErrand, fetched: Received): DualFlow<Response> {
  const { cache, request, next, plan } = errand;
  const { head, outcome, since } = fetched;
  const response = next === null ? readableAtOnce(fetched.response) : fetched.response;
  const raw = head === null ? null : rawBodyOf(response);
  if (head === null || raw === null) return labelled(response, outcome, cache);
  const put = (body: Uint8Array) => cache.shelf.put(head, body, { fields: plan.fields, since });
  switch (raw.kind) {
    case "bytes":
      yield* settled(put(raw.bytes.slice()));
      return labelled(response, outcome, cache);
    case "blocking": {
      const chunks = recordedChunks(raw.body, { maxBytes: cache.shelf.maxEntryBytes, put });
      return labelled(withStream(response, chunks), outcome, cache);
    }
    case "stream": {
      const body = sharedBody(errand, { head, raw, since, onDone: () => {} });
      return labelled(withStream(response, boundBy(request, body.open())), outcome, cache);
    }
  }
}

/** The body of a response for several callers. */
export function sharedBody(
  errand: RecordedErrand,
  { head, raw, since, onDone }: {
    readonly head: OpenHead;
    readonly raw: RawBody & { readonly kind: "stream" | "bytes" };
    readonly since: number;
    readonly onDone: () => void;
  },
): SharedBody {
  const { cache: { shelf }, plan: { fields } } = errand;
  return new SharedBody({
    source: raw.kind === "stream" ? raw.stream : new BytesStream(raw.bytes.slice()),
    maxRecordedBytes: shelf.maxEntryBytes,
    // What is here already was stored before.
    onRecorded: raw.kind === "stream" ? (body) => shelf.put(head, body, { fields, since }) : null,
    resume: resumeOf(errand, head),
    onDone,
  });
}

/** The same response with another body. */
export function withStream(
  { status, headers, extensions }: Pick<Response, "status" | "headers" | "extensions">,
  stream: BodyStream | Iterable<Uint8Array>,
): Response {
  return new Response(status, { headers, stream, extensions: { ...extensions } });
}

function* recordedChunks(
  body: SyncBody,
  { maxBytes, put }: {
    readonly maxBytes: number;
    readonly put: (body: Uint8Array) => void | Promise<void>;
  },
): Generator<Uint8Array, void> {
  let kept: Uint8Array[] | null = [];
  let sizeBytes = 0;
  for (const chunk of body.chunks("raw")) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) kept = null;
    kept?.push(chunk.slice());
    yield chunk;
  }
  if (kept !== null && put(joinBytes(kept)) instanceof Promise) refusePromise();
}

/** The rest of a body that has a strong entity tag, by another request; `null` for one that has none. */
function resumeOf(
  { request, next }: Hop,
  { fields, status }: StoredHead,
): ((position: number) => Promise<BodyStream>) | null {
  const tag = entityTag(fields);
  if (tag === null || !isStrong(tag) || status !== 200 || next === null) return null;
  return async (position) => {
    const asked = copyRequest(request, request.extensions);
    asked.headers.set("Range", `bytes=${position}-`);
    asked.headers.set("If-Range", tag);
    const response = await next(asked);
    const range = parseContentRange(response.headers.get("content-range") ?? "");
    const raw = rawBodyOf(response);
    const isRest = response.status === 206 && range?.start === position &&
      response.headers.get("etag") === tag;
    if (isRest && raw?.kind === "stream") return raw.stream;
    if (isRest && raw?.kind === "bytes") return new BytesStream(raw.bytes);
    await response.close();
    throw new ReadError(
      "Cannot read the rest of a shared body: the reader fell behind, and the server did not send the rest by range",
      { request, phase: "receive" },
    );
  };
}
