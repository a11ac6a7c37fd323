/** Which streams there are, which there have been, and which never were (RFC 9113 §5.1.1). */
import type { FloodGuard } from "./flood_guard.ts";
import { ViolationError } from "./reasons.ts";
import type { Http2Stream } from "./stream.ts";

const LAST_ID = 2 ** 31 - 1;

/** How many of the streams that we have reset are remembered. */
const RESETS_REMEMBERED = 10_000;

/** The streams of one connection. */
export class Streams {
  readonly #floods: FloodGuard;
  /**
   * Where a stream stands in `#places`. The map holds numbers alone: a map that is written all the time moves on
   * from table to table, and V8's collector takes whatever the old ones hold for alive (bench: get_1k_h2).
   */
  readonly #placeOf = new Map<number, number>();
  readonly #places: (Http2Stream | null)[] = [];
  readonly #freePlaces: number[] = [];
  /** Reset by us: the server may not have known when it sent what is still coming. */
  readonly #resets = new Set<number>();
  #nextId = 1;

  constructor(floods: FloodGuard) {
    this.#floods = floods;
  }

  get size(): number {
    return this.#placeOf.size;
  }

  /** The id of the stream that is opened next. */
  get nextId(): number {
    return this.#nextId;
  }

  /** Whether there are no more ids: the connection has served for long enough. */
  get isExhausted(): boolean {
    return this.#nextId > LAST_ID;
  }

  get(id: number): Http2Stream | null {
    const place = this.#placeOf.get(id);
    return place === undefined ? null : this.#places[place] ?? null;
  }

  /** A copy: a callback may remove any of them. */
  all(): readonly Http2Stream[] {
    return this.#places.filter((stream) => stream !== null);
  }

  /** Adds the stream with the next id. */
  add(stream: Http2Stream): void {
    const place = this.#freePlaces.pop() ?? this.#places.length;
    this.#places[place] = stream;
    this.#placeOf.set(stream.id, place);
    this.#nextId += 2;
  }

  /** A stream has come to its end. */
  remove(stream: Http2Stream): void {
    const place = this.#placeOf.get(stream.id);
    if (place !== undefined) {
      this.#placeOf.delete(stream.id);
      this.#places[place] = null;
      this.#freePlaces.push(place);
    }
    this.#floods.expectLate();
  }

  /** We have ended it; for a while frames may come that the server sent before it knew. */
  removeReset(stream: Http2Stream): void {
    this.remove(stream);
    this.#resets.add(stream.id);
    if (this.#resets.size <= RESETS_REMEMBERED) return;
    for (const oldest of this.#resets) {
      this.#resets.delete(oldest);
      return;
    }
  }

  /**
   * A frame came for a stream that isn't there: one that was never opened is a mistake, and so is content
   * after the end, unless the end was ours.
   *
   * @throws {ViolationError} if it is a mistake, or one such frame too many
   */
  checkLate(id: number, { isContent }: { isContent: boolean }): void {
    if (id % 2 === 0 || id >= this.#nextId) {
      throw new ViolationError("PROTOCOL_ERROR", `a frame on stream ${id}, which is idle`);
    }
    if (isContent && !this.#resets.has(id)) {
      throw new ViolationError("STREAM_CLOSED", `content on stream ${id}, which is closed`);
    }
    this.#floods.count("maxLateFrames");
  }
}
