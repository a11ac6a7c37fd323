/**
 * Pooled connections for callers that block. A worker has the sockets; a question goes to it through shared memory, and
 * the caller's thread sleeps until the answer is there.
 */
import { CloseError, ConnectError, LocalProtocolError } from "../../errors.ts";
import { lendBlobReader } from "../../message/content/source/sync_source.ts";
import { headersFromLines } from "../../message/headers.ts";
import { bodySourceOf, type Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import { responseOver, SyncBody } from "../../message/response/sync_body.ts";
import { checkLimits } from "../../options/limits.ts";
import { checkLogger } from "../../observe/logger.ts";
import { nameOfRequest } from "../../observe/mask.ts";
import { startThread, type Thread, whyNoThreads } from "../../runtime/program/thread.ts";
import type { HTTPTransportOptions } from "../../transports/http_transport.ts";
import { proxyFrom } from "../../transports/routing/environment_proxies.ts";
import type { SyncHints, SyncTransport } from "../../transports/transport.ts";
import { checkDialOptions } from "../../wire/dial/dial_options.ts";
import { tlsSettings } from "../../options/tls_context.ts";
import { HTTPStream } from "../../wire/connection/network_stream.ts";
import { Pieces } from "./pieces.ts";
import type {
  AnswerHead,
  CallHead,
  ErrorHead,
  IdHead,
  ReplyHead,
  WantHead,
  WorkerInit,
} from "../thread/messages.ts";
import { Channel, type Message } from "../thread/channel.ts";
import { type PlainOptions, plainOptions } from "../thread/option_codec.ts";
import { CallerEndpoint, message } from "../thread/endpoints.ts";
import { errorFrom, errorRecord } from "../thread/error_record.ts";
import { blobPieces } from "./blob_reader.ts";
import { CallerCallbacks } from "./caller_callbacks.ts";
import { isSmall, sendHead } from "./send_head.ts";
import { workerScript } from "./worker_script.ts";
import { type Asker, WorkerStream } from "./worker_stream.ts";

/** A worker and the way to it. */
interface Line {
  readonly channel: Channel;
  readonly end: CallerEndpoint;
  readonly thread: Thread;
}

/** What the caller has to do for a request that is under way. */
interface Running {
  readonly request: Request;
  readonly pieces: Pieces | null;
  /** What a callback threw: the caller's own error, which no worker can tell. */
  failure: { readonly error: unknown } | null;
}

/** Workers of transports that were collected. */
const abandoned = new FinalizationRegistry<Thread>((thread) => thread.end());

const NO_HINTS: SyncHints = { isStreamed: true, maxBytes: Infinity };

/**
 * What a `SyncClient` uses unless it is given another transport. Its worker starts with the first request, ends with
 * `closeSync()`, and never keeps the program alive.
 *
 * @example A transport of one's own settings, behind a pattern
 * ```ts
 * import { SyncClient, SyncHTTPTransport } from "@httpx/httpx/sync";
 * import { assert } from "@std/assert";
 *
 * const docker = new SyncHTTPTransport({ uds: "/var/run/docker.sock" });
 * using client = new SyncClient({ mounts: { "http://docker": docker } });
 * assert(!client.isClosed);
 * ```
 */
export class SyncHTTPTransport implements SyncTransport {
  readonly #proxy: HTTPTransportOptions["proxy"];
  readonly #plain: PlainOptions;
  readonly #callbacks: CallerCallbacks;
  readonly #running = new Map<number, Running>();
  /** Answers that came while something else was asked. */
  readonly #early = new Map<number, Message>();
  readonly #connections = new Map<string, HTTPStream>();
  #line: Line | null = null;
  #lastId = 0;
  #isClosed = false;

  /**
   * Makes a transport; nothing is started or connected before the first request.
   *
   * @throws {TypeError} for an option of the wrong kind
   * @throws {Error} if blocking is not allowed: the main thread of a browser, platforms of workers
   */
  constructor(options: HTTPTransportOptions = {}) {
    const reason = whyNoThreads();
    if (reason !== null) {
      throw new Error(
        `Cannot make a synchronous client here: ${reason}; use Client from "@httpx/httpx", and await it`,
      );
    }
    checkOptions(options);
    this.#proxy = proxyFrom(options);
    this.#plain = plainOptions({ ...options, proxy: this.#proxy });
    this.#callbacks = new CallerCallbacks(options);
  }

  /**
   * Sends a request and returns the head of its response; its body is read from that.
   *
   * @throws {TransportError} for everything that can go wrong on the way
   */
  handleRequestSync(request: Request, hints: SyncHints = NO_HINTS): Response {
    request.signal?.throwIfAborted();
    if (this.#isClosed) {
      throw new CloseError(`Cannot send ${nameOfRequest(request)}: the client was closed`);
    }
    const id = ++this.#lastId; // none is 0
    const bodySource = bodySourceOf(request);
    lendBlobReader(bodySource, blobPieces);
    const isHere = isSmall(request);
    const pieces = isHere || bodySource === null ? null : new Pieces(bodySource);
    const head = sendHead(request, { id, hints, isHere, proxy: this.#proxy });
    this.#running.set(id, { request, pieces, failure: null });
    const bytes = isHere ? bodySource?.bytes ?? undefined : undefined;
    return this.#responseFrom(request, this.#asker.ask(id, message("send", head, bytes)));
  }

  /** Closes every connection and ends the worker. Bodies that are not read to their end are lost. */
  closeSync(): void {
    this.#isClosed = true;
    const line = this.#line;
    if (line === null) return;
    try {
      let answer = line.end.exchange(message("close"));
      while (answer.kind !== "done") answer = line.end.exchange(message("next"));
      line.channel.pass("close");
    } finally {
      this.#drop(line);
    }
  }

  readonly #asker: Asker = {
    ask: (id, ask) => this.#ask(id, ask),
    forget: (id) => {
      this.#running.get(id)?.pieces?.close();
      this.#running.delete(id);
      this.#early.delete(id);
    },
  };

  /** Asks, and where the worker is gone begins with a new one the next time. */
  #ask(id: number, ask: Message): Message {
    if (this.#isClosed) throw new CloseError("Cannot read the body: the client was closed");
    const line = this.#line ??= this.#start();
    try {
      return this.#converse(line, { id, ask });
    } finally {
      if (line.channel.turn === "closed" && this.#line === line) this.#drop(line);
    }
  }

  #drop({ thread }: Line): void {
    this.#line = null;
    abandoned.unregister(this);
    thread.end();
    for (const { pieces } of this.#running.values()) pieces?.close();
    this.#running.clear();
    this.#early.clear();
    this.#connections.clear();
  }

  /** Does what the worker wants in between, until there is an answer. */
  #converse({ end }: Line, { id, ask }: { readonly id: number; readonly ask: Message }): Message {
    let answer = end.exchange(ask);
    for (;;) {
      const { id: owner } = answer.head as IdHead; // every answer names its request, or none: 0
      if (answer.kind === "want") {
        answer = end.exchange(this.#more(answer.head as WantHead));
        continue;
      }
      if (answer.kind === "call") {
        answer = end.exchange(this.#reply(answer.head as CallHead));
        continue;
      }
      if (owner === id) {
        return this.#checked(answer);
      } else if (this.#running.has(owner)) {
        this.#early.set(owner, answer);
      }
      // A callback that asked something itself may have been given this answer.
      const early = this.#early.get(id);
      if (early !== undefined) {
        this.#early.delete(id);
        return this.#checked(early);
      }
      answer = end.exchange(message("next"));
    }
  }

  #more(head: WantHead): Message {
    const pieces = this.#running.get(head.id)?.pieces ?? null;
    return pieces === null ? message("bodyFailed", { id: head.id }) : pieces.answer(head);
  }

  #reply(head: CallHead): Message {
    const running = this.#running.get(head.id) ?? null;
    const reply: ReplyHead = { id: head.id, call: head.call, value: null, error: null };
    try {
      const value = this.#callbacks.run(head, running?.request ?? null);
      return message("reply", { ...reply, value: value ?? null });
    } catch (error) {
      if (running !== null) running.failure = { error };
      return message("reply", { ...reply, error: errorRecord(error) });
    }
  }

  /** Throws what went wrong: in the caller's own code, else on the way. */
  #checked(answer: Message): Message {
    const { id } = answer.head as IdHead; // every answer names its request
    const running = this.#running.get(id);
    const failure = running?.failure ?? running?.pieces?.failure ?? null;
    if (answer.kind !== "error" && running?.failure == null) return answer;
    this.#asker.forget(id);
    if (answer.kind === "error") {
      throw failure === null ? errorFrom((answer.head as ErrorHead).error) : failure.error;
    }
    this.#ask(id, message("cancel", { id })); // it was answered all the same
    throw running?.failure?.error;
  }

  #responseFrom(request: Request, answer: Message): Response {
    const head = answer.head as AnswerHead; // the answer to `send`
    const { status, lines, isUpgraded } = head;
    const headers = headersFromLines(lines);
    const body = new SyncBody(
      new WorkerStream(this.#asker, { head, first: answer.bytes, signal: request.signal }),
      headers.get("content-encoding"),
    );
    if (isUpgraded) {
      body.closeSync();
      throw new LocalProtocolError(
        `Cannot use what ${
          nameOfRequest(request)
        } led to: the server left HTTP (${status}), and a synchronous ` +
          "client has no raw stream; use Client",
        { request, phase: "receive", requestSent: "yes" },
      );
    }
    const extensions = { ...head.extensions, ...this.#connectionOf(head) };
    return responseOver(body, { status, headers, request, extensions });
  }

  /** Who was at the other end, to be asked as the asynchronous client's is. */
  #connectionOf({ connection }: AnswerHead): { network_stream?: HTTPStream } {
    if (connection === null) return {};
    const { name, facts } = connection;
    if (facts !== null) this.#connections.set(name, new HTTPStream(facts));
    const stream = this.#connections.get(name);
    return stream === undefined ? {} : { network_stream: stream };
  }

  #start(): Line {
    const channel = new Channel();
    const init: WorkerInit = { memory: channel.memory, options: this.#plain };
    const thread = startedThread(init);
    const end = new CallerEndpoint(channel);
    try {
      end.awaitStart();
    } catch (error) {
      thread.end();
      throw error;
    }
    abandoned.register(this, thread, this);
    return { channel, end, thread };
  }
}

/** Checks options when they are given, not when the worker gets them. */
function checkOptions(options: HTTPTransportOptions): void {
  const { verify, cert, limits, logger, proxy, trustEnv = true } = options;
  checkLogger(logger);
  checkLimits(limits);
  const { uds } = checkDialOptions(options);
  if (verify !== undefined || cert !== undefined) tlsSettings({ verify, cert, trustEnv });
  if (uds === null || proxy === undefined || proxy === null) return;
  throw new TypeError("Cannot use proxy and uds at once: a UNIX socket is no way to a proxy");
}

function startedThread(init: WorkerInit): Thread {
  try {
    return startThread(workerScript("worker"), init);
  } catch (cause) {
    throw new ConnectError(
      "Cannot connect: the worker that has the sockets can't be started; may its module be read (--allow-read)?",
      { cause, phase: "connect", safeToRetry: true },
    );
  }
}
