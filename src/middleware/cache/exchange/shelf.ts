/**
 * A storage as the steps of an exchange use it: which stored responses a new one replaces, parts put together, bodies
 * checked for completeness, heads updated. It works at once if the storage does.
 */
import { type FieldLines, findField } from "../../../semantics/fields.ts";
import type { Lookup } from "../plan.ts";
import {
  combineBytes,
  type CombinedParts,
  combineParts,
  fitsRange,
  parseContentRange,
} from "../policy/ranges.ts";
import { selectingFields, selects } from "../policy/selecting.ts";
import { type ReceivedHead, storedFields, updatedFields, whyNotStored } from "../policy/storing.ts";
import { entityTag, isStrong } from "../policy/validators.ts";
import type { Awaitable, ResponseStorage, StoredHead } from "../storage/stored_response.ts";

/** When an exchange took place, in milliseconds since 1970. */
export interface ExchangeTimes {
  readonly requestedAtMs: number;
  readonly receivedAtMs: number;
}

/** What is known of a response before its body is here. */
export interface Draft extends ReceivedHead, ExchangeTimes {
  readonly reason: string | null;
}

/** Applies a function to a value that may be a promise. */
export function then<Value, Result>(
  value: Awaitable<Value>,
  apply: (value: Value) => Awaitable<Result>,
): Awaitable<Result> {
  return value instanceof Promise ? value.then(apply) : apply(value);
}

/** One storage. */
export class Shelf {
  readonly #storage: ResponseStorage;
  readonly #onError: ((error: unknown) => void) | null;
  readonly #prefix = crypto.randomUUID();
  #count = 0;
  /** How often something was invalidated, and when each key was: an older response must not be stored after that. */
  #moment = 0;
  readonly #invalidated = new Map<string, number>();

  /** @param onError receives the failures of the storage, which then count as nothing stored */
  constructor(storage: ResponseStorage, onError: ((error: unknown) => void) | null) {
    this.#storage = storage;
    this.#onError = onError;
  }

  /** Bodies up to this size are stored. */
  get maxEntryBytes(): number {
    return this.#storage.maxEntryBytes;
  }

  /** A moment between two invalidations. */
  get moment(): number {
    return this.#moment;
  }

  /** The responses stored for a request, newest first. */
  find({ key, partition }: Pick<Lookup, "key" | "partition">): Awaitable<readonly StoredHead[]> {
    return this.#tried(() => this.#storage.find(key, partition), NONE);
  }

  /** The body of a stored response; `null` if it is gone. */
  read(head: StoredHead): Awaitable<Uint8Array | null> {
    return this.#tried(() => this.#storage.read(head), null);
  }

  /** The head of a response that is to be stored; `null` if `Vary` forbids it. */
  headOf(draft: Draft, { key, partition, fields }: HeadRequest): OpenHead | null {
    const selecting = selectingFields(findField(draft.fields, "vary"), fields);
    if (selecting === null) return null;
    const { status } = draft;
    const contentRange = status === 206 ? findField(draft.fields, "content-range") : null;
    return {
      id: `${this.#prefix}:${this.#count++}`,
      key,
      partition,
      status,
      reason: draft.reason,
      fields: storedFields(draft.fields),
      selecting,
      requestedAtMs: draft.requestedAtMs,
      receivedAtMs: draft.receivedAtMs,
      range: contentRange === null ? null : parseContentRange(contentRange),
      sizeBytes: 0,
    };
  }

  /** Stores a response whose body is complete. The bytes are the storage's from now on. */
  put(head: OpenHead, bytes: Uint8Array, { fields, since }: PutRequest): Awaitable<void> {
    if (bytes.length > this.maxEntryBytes || !isComplete(head, bytes.length)) return;
    if ((this.#invalidated.get(head.key) ?? -1) > since) return;
    head.sizeBytes = bytes.length;
    return then(this.find(head), (heads) => {
      const rivals = heads.length === 0 ? NONE : heads.filter((other) => selects(other, fields));
      return head.range === null
        ? this.#store(head, bytes, rivals)
        : this.#putPart(head, bytes, rivals);
    });
  }

  /** A stored head, updated by a later response (§3.2); it is deleted if it may not be stored any more. */
  updated(
    head: StoredHead,
    received: FieldLines,
    { request, times }: { readonly request: FieldLines; readonly times: ExchangeTimes },
  ): Awaitable<StoredHead> {
    const fields = updatedFields(head.fields, received);
    const selecting = selectingFields(findField(fields, "vary"), request);
    const { requestedAtMs, receivedAtMs } = times;
    const next = { ...head, fields, requestedAtMs, receivedAtMs };
    if (selecting === null || whyNotStored({ status: head.status, fields }, request) !== null) {
      return then(this.remove(head), () => next);
    }
    const kept = { ...next, selecting };
    return then(this.#tried(() => this.#storage.update(kept), undefined), () => kept);
  }

  /** Deletes one response. */
  remove({ key, id }: StoredHead): Awaitable<void> {
    return this.#tried(() => this.#storage.delete(key, id), undefined);
  }

  /** Deletes all responses of some URLs (§4.4). */
  invalidate(keys: Iterable<string>): Awaitable<void> {
    let done: Awaitable<void> = undefined;
    for (const key of keys) {
      this.#invalidated.delete(key);
      this.#invalidated.set(key, ++this.#moment);
      done = then(done, () => this.#tried(() => this.#storage.delete(key), undefined));
    }
    const [oldest] = this.#invalidated.keys();
    if (this.#invalidated.size > MAX_INVALIDATED && oldest !== undefined) {
      this.#invalidated.delete(oldest);
    }
    return done;
  }

  /** Closes the storage. */
  close(): Awaitable<void> {
    return this.#storage.close?.();
  }

  #putPart(head: StoredHead, bytes: Uint8Array, rivals: readonly StoredHead[]): Awaitable<void> {
    const tag = entityTag(head.fields);
    const isSame = (other: StoredHead) =>
      tag !== null && isStrong(tag) && tag === entityTag(other.fields);
    // The whole has these bytes already.
    if (rivals.some((other) => other.range === null && isSame(other))) return;
    for (const other of rivals) {
      const parts = combineParts(head, other);
      if (parts === null) continue;
      return then(
        this.read(other),
        (older) =>
          older === null
            ? this.#store(head, bytes, rivals)
            : this.#putCombined(head, { parts, bytes, older, rivals }),
      );
    }
    return this.#store(head, bytes, rivals);
  }

  #putCombined(
    { range: _range, ...head }: StoredHead,
    { parts, bytes, older, rivals }: {
      readonly parts: CombinedParts;
      readonly bytes: Uint8Array;
      readonly older: Uint8Array;
      readonly rivals: readonly StoredHead[];
    },
  ): Awaitable<void> {
    const { range, status, fields } = parts;
    const body = combineBytes(parts, bytes, older);
    const reason = status === head.status ? head.reason : null;
    if (body.length > this.maxEntryBytes) return;
    return this.#store(
      { ...head, range, status, fields, reason, sizeBytes: body.length },
      body,
      rivals,
    );
  }

  #store(head: StoredHead, body: Uint8Array, replaced: readonly StoredHead[]): Awaitable<void> {
    return this.#tried(() => this.#storage.put(head, compact(body), replaced), undefined);
  }

  #tried<Value>(work: () => Awaitable<Value>, fallback: Value): Awaitable<Value> {
    const failed = (error: unknown): Value => {
      if (this.#onError === null) throw error;
      this.#onError(error);
      return fallback;
    };
    try {
      const value = work();
      return value instanceof Promise ? value.catch(failed) : value;
    } catch (error) {
      return failed(error);
    }
  }
}

/** A head whose body is not complete: only its size may change. */
export interface OpenHead extends Omit<StoredHead, "sizeBytes"> {
  sizeBytes: number;
}

/** As much of a request as makes the head of its response. */
export type HeadRequest = Pick<Lookup, "key" | "partition" | "fields">;

/** The request whose response is stored, and the moment at which it was sent. */
export interface PutRequest {
  readonly fields: FieldLines;
  readonly since: number;
}

const NONE: readonly StoredHead[] = [];
/** As many keys are remembered: an exchange that was sent before that many invalidations is over by all odds. */
const MAX_INVALIDATED = 1000;

/** A view of a larger buffer would keep all of that in memory. */
function compact(body: Uint8Array): Uint8Array {
  return body.byteLength === body.buffer.byteLength ? body : body.slice();
}

/** RFC 9111 §3.3: an incomplete body is not stored. */
function isComplete({ fields, range }: StoredHead, sizeBytes: number): boolean {
  const length = findField(fields, "content-length");
  return (length === null || length === String(sizeBytes)) && fitsRange(range, sizeBytes);
}
