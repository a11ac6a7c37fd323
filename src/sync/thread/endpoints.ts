/** The two ends of a channel: the caller's, which blocks, and the worker's, which never does. */
import { CloseError, ConnectError } from "../../errors.ts";
import {
  type Channel,
  decodeHead,
  HeadEncoder,
  headPieces,
  headText,
  type Kind,
  MAX_HEAD_BYTES,
  type Message,
  type Turn,
} from "./channel.ts";

const NOTHING = new Uint8Array(0);
/** How long a wait is before it is asked whether the worker lives. */
const LOOK_MS = 5000;
/** So many looks without a sign of life, and it is given up. */
const MAX_LOOKS = 6;
/** For so long a worker that has answered blocks: short enough for its sockets, whose bytes the system keeps. */
const BRIEF_MS = 0.5;
/** How often the worker gives one. */
export const BEAT_MS = 1000;

/** A message, with what may be left out filled in. */
export function message(
  kind: Kind,
  head: unknown = { id: 0 },
  bytes: Uint8Array = NOTHING,
): Message {
  return { kind, head, bytes };
}

/** The end that asks. */
export class CallerEndpoint {
  readonly #channel: Channel;
  readonly #lookMs: number;
  readonly #encoder = new HeadEncoder();

  /** Looks whether the worker lives each time `lookMs` have passed without an answer. */
  constructor(channel: Channel, lookMs: number = LOOK_MS) {
    this.#channel = channel;
    this.#lookMs = lookMs;
  }

  /**
   * Waits until the worker has begun.
   *
   * @throws {ConnectError} if it does not
   */
  awaitStart(): void {
    this.#await("starting");
    if (this.#channel.turn === "caller") return;
    throw new ConnectError(
      "Cannot connect: the worker that has the sockets did not start; may its module be imported (--allow-import)?",
      { phase: "connect", safeToRetry: true },
    );
  }

  /**
   * Asks, and waits for the answer.
   *
   * @throws {CloseError} if the worker is gone
   */
  exchange(ask: Message): Message {
    let head = this.#encoder.encode(headText(ask.head));
    if (head.length > MAX_HEAD_BYTES) {
      const pieces = headPieces(head);
      head = pieces.pop() ?? NOTHING;
      for (const piece of pieces) this.#turn(message("part"), piece);
    }
    let answer = this.#turn(ask, head);
    const heads: Uint8Array[] = [];
    while (answer.kind === "part") {
      heads.push(answer.head.slice());
      answer = this.#turn(message("next"), NOTHING);
    }
    heads.push(answer.head);
    return { kind: answer.kind, head: decodeHead(heads), bytes: answer.bytes };
  }

  #turn(ask: Message, head: Uint8Array): ReturnType<Channel["read"]> {
    const channel = this.#channel;
    if (channel.turn !== "closed") {
      channel.write(ask, head);
      channel.pass("ask");
      this.#await("worker");
      if (channel.turn === "caller") return channel.read();
    }
    throw new CloseError("Cannot go on: the worker that has the sockets has ended");
  }

  /** Waits while the turn stays; a worker that gives no sign of life for half a minute is gone. */
  #await(turn: Turn): void {
    const channel = this.#channel;
    let { pulse } = channel;
    for (let looks = 0; channel.turn === turn;) {
      channel.waitWhile(turn, this.#lookMs);
      if (channel.turn !== turn) break;
      const now = channel.pulse;
      looks = now === pulse ? looks + 1 : 0;
      pulse = now;
      if (looks < MAX_LOOKS) continue;
      channel.pass("close");
    }
  }
}

/** The end that answers. What is answered while it is the caller's turn waits for the next question. */
export class WorkerEndpoint {
  readonly #channel: Channel;
  readonly #encoder = new HeadEncoder();
  /** Heads as text, or, of a part, as bytes. */
  readonly #outbox: { readonly message: Message; readonly head: string | Uint8Array }[] = [];
  readonly #heads: Uint8Array[] = [];
  #passed: (() => void) | null = null;
  #hasAnswered = false;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * Hands every question to `onAsk` until the channel is closed. Where it has answered and `isIdle`, it may block for
   * the next one: nothing is on its way that it would hold up.
   */
  async listen(onAsk: (ask: Message) => void, isIdle: () => boolean = () => false): Promise<void> {
    const channel = this.#channel;
    channel.pass("ready");
    for (;;) {
      // The next question of a row comes at once: to block for it is faster than to be woken (bench: get_1k_sync).
      if (this.#hasAnswered && isIdle()) channel.waitWhile("caller", BRIEF_MS);
      const waiting = channel.whenNot("caller");
      if (waiting !== null) await waiting;
      if (channel.turn === "closed") return;
      if (channel.turn !== "worker") continue;
      const passed = new Promise<void>((resolve) => this.#passed = resolve);
      this.#take(onAsk);
      this.#flush();
      await passed;
      this.#hasAnswered = true;
    }
  }

  /** Whether no message is queued. */
  get isQuiet(): boolean {
    return this.#outbox.length === 0;
  }

  /** Answers. */
  answer(answer: Message): void {
    const head = headText(answer.head);
    if (head.length * 3 <= MAX_HEAD_BYTES) {
      this.#outbox.push({ message: answer, head });
    } else {
      const pieces = headPieces(this.#encoder.encode(head));
      const last = pieces.pop() ?? NOTHING;
      for (const piece of pieces) this.#outbox.push({ message: message("part"), head: piece });
      this.#outbox.push({ message: answer, head: last });
    }
    this.#flush();
  }

  #take(onAsk: (ask: Message) => void): void {
    const { kind, head, bytes } = this.#channel.read();
    if (kind === "part") { // before other queued messages
      this.#heads.push(head.slice());
      this.#outbox.unshift({ message: message("next"), head: NOTHING });
      return;
    }
    const heads = this.#heads.length === 0 ? [head] : [...this.#heads.splice(0), head];
    onAsk({ kind, head: decodeHead(heads), bytes });
  }

  #flush(): void {
    const passed = this.#passed;
    if (passed === null) return; // it is the caller's turn
    const next = this.#outbox.shift();
    if (next === undefined) return;
    this.#passed = null;
    const { head } = next;
    const bytes = typeof head === "string" ? this.#encoder.encode(head) : head;
    this.#channel.write(next.message, bytes);
    this.#channel.pass("answer");
    release(next.message.bytes);
    passed();
  }
}

/** Of less the garbage collector may have the care: giving a buffer back costs more than collecting it. */
const RELEASED_BYTES = 16_384;

/**
 * Gives the memory of bytes back that were copied for the caller and are not used any more: waiting for the garbage
 * collector, a thread that hands on gigabytes holds a hundred megabytes of them (tests/sync/memory_test.ts, Deno).
 */
function release(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  const isAlone = byteLength >= RELEASED_BYTES && byteLength === buffer.byteLength;
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer?.(0); // from Node 22
}
