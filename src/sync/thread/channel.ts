/**
 * Memory that two threads share, and whose turn it is to write there. The caller asks, the worker answers: never do both
 * write, and what is on the way is bounded by the memory.
 *
 * ```text
 *              ready           ask
 *  starting ──────────▶ caller ────▶ worker
 *                          ◀────────────┘ answer         close, from each: closed
 * ```
 *
 * A message is a kind, a head (a JSON value) and bytes. A head that is too long for its place goes ahead in parts.
 */

/** Whose turn it is. */
export type Turn = "starting" | "caller" | "worker" | "closed";

/** What passes it on. */
export type TurnEvent = "ready" | "ask" | "answer" | "close";

/** A missing cell is a mistake in this folder. */
export const TURN_MOVES: Readonly<Record<Turn, Readonly<Partial<Record<TurnEvent, Turn>>>>> = {
  starting: { ready: "caller", close: "closed" },
  caller: { ask: "worker", close: "closed" },
  worker: { answer: "caller", close: "closed" },
  closed: { close: "closed" },
};

/** What is asked and answered; the first of each pair of lines by the caller, the second by the worker. */
const KINDS = [
  ...["part", "next"] as const,
  ...["send", "piece", "bodyEnd", "bodyFailed", "reply", "read", "cancel", "close"] as const,
  ...["want", "call", "head", "data", "error", "done"] as const,
];

/** What a message is about. */
export type Kind = typeof KINDS[number];

/** What goes through the channel. */
export interface Message {
  readonly kind: Kind;
  /** Whatever JSON can write. */
  readonly head: unknown;
  /** At most `MAX_BYTES`; of a message that was received a copy. */
  readonly bytes: Uint8Array;
}

/** The most bytes of one message. */
export const MAX_BYTES = 1_048_576;
/** The longest head that goes in one piece, in bytes. */
export const MAX_HEAD_BYTES = 65_536;

const TURNS: readonly Turn[] = ["starting", "caller", "worker", "closed"];
const [TURN, KIND, HEAD_BYTES, BODY_BYTES, PULSE] = [0, 1, 2, 3, 4] as const;
const CONTROL_BYTES = 64;

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One end of the shared memory; the two ends differ in what they call. */
export class Channel {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #heads: Uint8Array;
  /** At a place of its own: shared memory is copied by words only where both sides are aligned to them (V8). */
  readonly #bytes: Uint8Array;
  /** Heads pass through it: an array for each would cost more than the head (bench: get_1k_sync). */
  readonly #head = new Uint8Array(MAX_HEAD_BYTES);

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(CONTROL_BYTES + MAX_HEAD_BYTES + MAX_BYTES);
    this.#words = new Int32Array(this.memory, 0, CONTROL_BYTES / 4);
    this.#heads = new Uint8Array(this.memory, CONTROL_BYTES, MAX_HEAD_BYTES);
    this.#bytes = new Uint8Array(this.memory, CONTROL_BYTES + MAX_HEAD_BYTES, MAX_BYTES);
  }

  /** Whose turn it is. */
  get turn(): Turn {
    return TURNS[Atomics.load(this.#words, TURN)] ?? "closed";
  }

  /** Passes the turn on, and wakes the end that waits for it. */
  pass(event: TurnEvent): void {
    const { turn } = this;
    const next = TURN_MOVES[turn][event];
    if (next === undefined) throw new Error(`Cannot ${event} on a channel: it is ${turn}`);
    Atomics.store(this.#words, TURN, TURNS.indexOf(next));
    Atomics.notify(this.#words, TURN);
  }

  /** Writes a message whose head fits. The turn has to be one's own. */
  write({ kind, bytes }: Message, head: Uint8Array): void {
    this.#heads.set(head);
    this.#bytes.set(bytes);
    this.#words[KIND] = KINDS.indexOf(kind);
    this.#words[HEAD_BYTES] = head.length;
    this.#words[BODY_BYTES] = bytes.length;
  }

  /**
   * Reads what the other end wrote. The turn has to be one's own. The head is lent until the next reading, the bytes are
   * the reader's own.
   */
  read(): { readonly kind: Kind; readonly head: Uint8Array; readonly bytes: Uint8Array } {
    const { [KIND]: kind = 0, [HEAD_BYTES]: headBytes = 0, [BODY_BYTES]: bodyBytes = 0 } =
      this.#words;
    this.#head.set(this.#heads.subarray(0, headBytes));
    return {
      kind: KINDS[kind] ?? "error",
      head: this.#head.subarray(0, headBytes),
      bytes: bodyBytes === 0 ? NOTHING : this.#bytes.slice(0, bodyBytes),
    };
  }

  /** Blocks while the turn is this one, for so long at most. */
  waitWhile(turn: Turn, timeoutMs: number): void {
    Atomics.wait(this.#words, TURN, TURNS.indexOf(turn), timeoutMs);
  }

  /** The same without blocking; `null` where the turn is another already. */
  whenNot(turn: Turn): Promise<unknown> | null {
    const wait = Atomics.waitAsync(this.#words, TURN, TURNS.indexOf(turn));
    return wait.async ? wait.value : null;
  }

  /** The worker's sign of life. */
  beat(): void {
    Atomics.add(this.#words, PULSE, 1);
  }

  /** Changes while the worker lives. */
  get pulse(): number {
    return Atomics.load(this.#words, PULSE);
  }
}

/** Where heads become bytes: one for each end, as what it gives is lent until the next one. */
export class HeadEncoder {
  readonly #scratch = new Uint8Array(MAX_HEAD_BYTES);

  /** The text of a head as bytes. */
  encode(text: string): Uint8Array {
    if (text.length * 3 > MAX_HEAD_BYTES) return encoder.encode(text);
    return this.#scratch.subarray(0, encoder.encodeInto(text, this.#scratch).written);
  }
}

/** The text of a head. */
export function headText(head: unknown): string {
  return head === null ? "" : JSON.stringify(head);
}

/** The head that bytes stand for. */
export function decodeHead(parts: readonly Uint8Array[]): unknown {
  const [only] = parts;
  const text = parts.length === 1
    ? decoder.decode(only)
    : parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
  return text === "" ? null : JSON.parse(text);
}

/** A head in pieces that fit: all but the last go ahead as parts. */
export function headPieces(head: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  while (head.length - at > MAX_HEAD_BYTES) {
    pieces.push(head.subarray(at, at + MAX_HEAD_BYTES));
    at += MAX_HEAD_BYTES;
  }
  pieces.push(head.subarray(at));
  return pieces;
}
