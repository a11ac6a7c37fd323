/** What the worker does: it sends the caller's requests over an `HTTPTransport`, and hands over what comes back. */
import type { Call } from "../../clock/call.ts";
import { CallDeadline } from "../../clock/call_deadline.ts";
import { StreamClosed } from "../../errors.ts";
import { BytesSource } from "../../message/content/source/byte_source.ts";
import { type Headers, headersFromLines } from "../../message/headers.ts";
import { Request, setBodySource } from "../../message/request.ts";
import { bodyOf, type Response } from "../../message/response/response.ts";
import { Timeout } from "../../message/timeout.ts";
import type { TraceCallback } from "../../observe/trace.ts";
import type { NetworkStream, SocketFacts } from "../../semantics/network_stream.ts";
import type { BodySource } from "../../semantics/body.ts";
import type { Transport } from "../../transports/transport.ts";
import type {
  AnswerHead,
  DataHead,
  ErrorHead,
  IdHead,
  ReadHead,
  ReplyHead,
  SendHead,
} from "./messages.ts";
import { type Callbacks, plainInfo, writable } from "./callbacks.ts";
import type { Message } from "./channel.ts";
import { OptionDecoder } from "./option_codec.ts";
import { Download } from "./download.ts";
import { message, type WorkerEndpoint } from "./endpoints.ts";
import { errorRecord } from "./error_record.ts";
import { idOf, Upload } from "./upload.ts";

/** Stands for "no body" while a request is made: nothing is added to its headers then. */
const NO_BODY = new BytesSource(new Uint8Array(0));

/** Answers what is asked through one channel. */
export class Service {
  readonly #end: WorkerEndpoint;
  readonly #transport: Transport;
  readonly #callbacks: Callbacks;
  readonly #arrivals = new OptionDecoder();
  /** Connections that the caller has heard of. */
  readonly #named = new Set<string>();
  /** The one named last: most requests of a row take the same. */
  #last: {
    readonly local: SocketFacts["localAddress"];
    readonly remote: SocketFacts["remoteAddress"];
    readonly name: string;
  } | null = null;
  readonly #uploads = new Map<number, Upload>();
  readonly #downloads = new Map<number, Download>();
  /** Of requests that the caller may give up before there is a response. */
  readonly #controllers = new Map<number, AbortController>();
  /** Questions without an answer. */
  #open = 0;

  constructor(end: WorkerEndpoint, init: { transport: Transport; callbacks: Callbacks }) {
    this.#end = end;
    this.#transport = init.transport;
    this.#callbacks = init.callbacks;
  }

  /** Whether nothing is on its way. */
  get isIdle(): boolean {
    return this.#open === 0 && this.#downloads.size === 0 && this.#uploads.size === 0;
  }

  /** Takes a question. It is answered when there is an answer. */
  take({ kind, head, bytes }: Message): void {
    switch (kind) {
      case "send":
        return void this.#send(head as SendHead, bytes);
      case "read":
        return void this.#read(head as ReadHead);
      case "cancel":
        return void this.#cancel(idOf(head));
      case "close":
        return void this.#close();
      case "reply":
        this.#callbacks.settle(head as ReplyHead);
        return this.#giveBack();
      case "piece":
      case "bodyEnd":
      case "bodyFailed":
        this.#takePiece(idOf(head), { kind, bytes });
        return this.#giveBack();
      default:
        return this.#giveBack();
    }
  }

  #takePiece(id: number, { kind, bytes }: Pick<Message, "kind" | "bytes">): void {
    this.#uploads.get(id)?.take(kind, bytes);
    if (kind !== "piece") this.#uploads.delete(id);
  }

  #giveBack(): void {
    // Where nothing is left to be answered the turn goes back at once.
    if (this.#open === 0 && this.#end.isQuiet) this.#end.answer(message("done", NOBODY));
  }

  async #send(head: SendHead, bytes: Uint8Array): Promise<void> {
    const { id } = head;
    this.#open++;
    try {
      const response = await this.#transport.handleRequest(this.#requestFrom(head, bytes));
      const download = new Download(id, response);
      this.#downloads.set(id, download);
      // The caller's side counts the ratio; none here, since nothing is read whole for it but what is small.
      bodyOf(response).limits = { maxBytes: head.maxBytes ?? Infinity, maxRatio: Infinity };
      const isUpgraded = await leaveUpgraded(response, head.method);
      // Of a redirect, the caller decides whether its body is wanted.
      const isLeft = head.isStreamed || isUpgraded || response.hasRedirectLocation;
      const first = isLeft ? NOTHING : await download.readWhole();
      this.#tell("head", { ...this.#headOf(response), ...download.state, isUpgraded }, first);
    } catch (error) {
      this.#fail(id, error);
    } finally {
      this.#controllers.delete(id);
    }
  }

  async #read({ id, mode, isStreamed }: ReadHead): Promise<void> {
    this.#open++;
    try {
      const download = this.#downloads.get(id);
      if (download === undefined) throw new StreamClosed("Cannot read the body: it was closed");
      const bytes = await download.read({ mode, isStreamed });
      this.#tell("data", download.state, bytes);
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #tell(kind: "head" | "data", state: AnswerHead | DataHead, bytes: Uint8Array): void {
    if (state.isDone) this.#downloads.delete(state.id);
    this.#answer(message(kind, state, bytes));
  }

  /** The answer to a question. */
  #answer(answer: Message): void {
    this.#end.answer(answer); // throws for what JSON can't write: then it is not answered yet
    this.#open--;
  }

  #fail(id: number, error: unknown): void {
    this.#downloads.delete(id);
    this.#uploads.delete(id);
    const head: ErrorHead = { id, error: errorRecord(error) };
    this.#answer(message("error", head));
  }

  /** Gives up a request, or its response. What closing it may add is of no interest. */
  async #cancel(id: number): Promise<void> {
    this.#open++;
    const download = this.#downloads.get(id);
    this.#controllers.get(id)?.abort();
    this.#downloads.delete(id);
    this.#uploads.delete(id);
    await download?.response.close().catch(() => {});
    const head: IdHead = { id };
    this.#answer(message("done", head));
  }

  async #close(): Promise<void> {
    this.#open++;
    await this.#transport.close?.().catch(() => {});
    this.#answer(message("done", NOBODY));
  }

  #requestFrom(head: SendHead, bytes: Uint8Array): Request {
    const { method, url, lines } = head;
    const request = new Request(method, url, {
      headers: headersFromLines(lines),
      stream: NO_BODY,
      signal: this.#signalFor(head),
      extensions: this.#extensionsFrom(head),
    });
    setBodySource(request, this.#bodyFrom(head, bytes));
    return request;
  }

  #extensionsFrom(head: SendHead): Record<string, unknown> {
    const { id, timeout, extensions, calls } = head;
    const { proxy, verify, ...rest } = extensions;
    return {
      ...rest,
      ...(timeout === null ? {} : { timeout: Timeout.from(timeout) }),
      ...callOf(head),
      ...(proxy === undefined ? {} : { proxy: proxy && this.#arrivals.proxy(proxy) }),
      ...(verify === undefined ? {} : { verify: this.#arrivals.verify(verify) }),
      ...(calls.includes("informational") ? { on_informational: this.#informer(id) } : {}),
      ...(calls.includes("trace") ? { trace: this.#tracer(id) } : {}),
    };
  }

  /** Only what calls back into the caller's code can be given up by it. */
  #signalFor({ id, calls }: SendHead): AbortSignal | null {
    if (!calls.includes("informational")) return null;
    const controller = new AbortController();
    this.#controllers.set(id, controller);
    return controller.signal;
  }

  /** Not awaited: if it throws, the request is aborted. */
  #informer(id: number): (status: number, headers: Headers) => void {
    return (status, { lines }) => {
      this.#callbacks.call(id, "informational", [status, lines])
        .catch((error) => this.#controllers.get(id)?.abort(error));
    };
  }

  #tracer(id: number): TraceCallback {
    return async (event, info) => {
      await this.#callbacks.call(id, "trace", [event, plainInfo(info)]);
    };
  }

  #bodyFrom({ id, body }: SendHead, bytes: Uint8Array): BodySource | null {
    if (body.kind === "none") return null;
    if (body.kind === "here") return new BytesSource(bytes);
    const { sizeBytes, isReplayable } = body;
    const upload = new Upload(this.#end, { id, sizeBytes, isReplayable });
    this.#uploads.set(id, upload);
    return upload;
  }

  #headOf({ status, headers, extensions }: Response): HeadFacts {
    const { network_stream: stream, ...rest } = extensions;
    const facts = (stream as NetworkStream | undefined)?.facts ?? null; // HTTPTransport's own
    return {
      status,
      lines: headers.lines,
      extensions: rest,
      connection: facts === null ? null : this.#connectionOf(facts),
    };
  }

  #connectionOf(facts: SocketFacts): AnswerHead["connection"] {
    const { localAddress: local, remoteAddress: remote } = facts;
    if (this.#last !== null && local === this.#last.local && remote === this.#last.remote) {
      return { name: this.#last.name, facts: null };
    }
    const name = `${local?.host} ${local?.port} ${remote?.host} ${remote?.port}`;
    this.#last = { local, remote, name };
    if (this.#named.has(name)) return { name, facts: null };
    if (this.#named.size >= MAX_NAMED) this.#named.clear();
    this.#named.add(name);
    return { name, facts: writable(facts) as SocketFacts };
  }
}

type HeadFacts = Pick<AnswerHead, "status" | "lines" | "extensions" | "connection">;

/** More connections than that are named again. */
const MAX_NAMED = 1000;
const NOTHING = new Uint8Array(0);
/** Of no request. */
const NOBODY: IdHead = { id: 0 };

/** What follows HTTP on a connection can't be handed to another thread. */
async function leaveUpgraded(
  { status, extensions }: Response,
  method: string,
): Promise<boolean> {
  const isUpgraded = status === 101 || (method === "CONNECT" && status >= 200 && status < 300);
  if (isUpgraded) await extensions.network_stream?.close();
  return isUpgraded;
}

/** The call, if it has a total: what is left of that counts. Its signal is the caller's thread's. */
function callOf({ total, isStreamed, ...request }: SendHead): { call?: Call } {
  if (total === null) return {};
  const { givenMs: totalMs, leftMs } = total;
  const startedAtMs = performance.now() + leftMs - totalMs;
  const deadline = new CallDeadline({ totalMs, signal: null, request, startedAtMs });
  return { call: { isStreamed, deadline } };
}
