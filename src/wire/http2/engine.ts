/**
 * HTTP/2 from the client's side (RFC 9113), without I/O: bytes in, calls to the handlers of streams; calls in, bytes
 * out. Frames wait in one buffer until the driver takes them, so that all of one turn leave in one write.
 *
 * A stream's mistake ends that stream; a connection's mistake ends the engine, and GOAWAY is the last frame
 * in its buffer.
 */
import { LocalProtocolError } from "../../errors.ts";
import { ByteWriter } from "../../lists/byte_writer.ts";
import {
  CONNECTION_MOVES,
  type ConnectionEvent,
  connectionEventOf,
  type ConnectionState,
} from "./connection_state.ts";
import { FieldBlocks } from "./field_blocks.ts";
import { readTrailers } from "./field_rules.ts";
import { FloodGuard } from "./flood_guard.ts";
import { ReceiveWindow, SendWindow } from "./flow_window.ts";
import { FrameReader, type FrameSink, readUint31, readUint32 } from "./frames/frame_reader.ts";
import { FLAG, FRAME, type FrameHeader } from "./frames/frame_table.ts";
import { FrameWriter } from "./frames/frame_writer.ts";
import { DEFAULT_WINDOW_BYTES, PeerSettings, SETTING } from "./frames/settings.ts";
import type { DecodedFields } from "./hpack/decoder.ts";
import { HpackEncoder } from "./hpack/encoder.ts";
import { DEFAULT_LIMITS, type Http2Limits, MAX_UNREAD_BYTES } from "./limits.ts";
import { endByGoaway, endByReset, type Reason, type StreamEnd, ViolationError } from "./reasons.ts";
import { RequestBlocks, type RequestHead } from "./request_blocks.ts";
import { Http2Stream, type StreamHandler } from "./stream.ts";
import { Streams } from "./streams.ts";

export { Http2Stream };
export type { Http2Limits, RequestHead, StreamEnd, StreamHandler };

/** Receives the events of the whole connection. Called from inside `receive()`. */
export interface ConnectionSink {
  /** The server has said how many streams there may be, and what else it takes. */
  onRoom(settings: PeerSettings): void;
  /** A window has grown: content that was held back may go out. */
  onWritable(): void;
}

/** Content is taken until so much waits in the buffer; then the driver must take that first. */
const MAX_WAITING_BYTES = 256 * 1024;

/** Never what limits a response: each stream has a window of its own. */
const CONNECTION_WINDOW_BYTES = 2 ** 30;

const NOTHING = new Uint8Array(0);
const PING_BYTES = /* @__PURE__ */ Uint8Array.from("httpx/ts", (c) => c.charCodeAt(0));

/** Both directions of one connection. */
export class Http2Engine implements FrameSink {
  readonly #sink: ConnectionSink;
  readonly #limits: Http2Limits;
  readonly #reader: FrameReader;
  readonly #fieldBlocks: FieldBlocks;
  readonly #encoder = new HpackEncoder();
  readonly #requestBlocks = new RequestBlocks(this.#encoder);
  readonly #floods: FloodGuard;
  readonly #streams: Streams;
  readonly #sendWindow = new SendWindow(DEFAULT_WINDOW_BYTES, "connection");
  readonly #receiveWindow = new ReceiveWindow({
    bytes: CONNECTION_WINDOW_BYTES,
    maxTargetBytes: CONNECTION_WINDOW_BYTES,
    scope: "connection",
  });
  readonly #out = new FrameWriter();
  readonly #scratch = new ByteWriter();
  #state: ConnectionState = "preface";
  readonly #settings: PeerSettings;
  #isDraining = false;
  #dataStream: Http2Stream | null = null;
  #isDataEmpty = true;

  constructor(sink: ConnectionSink, limits: Partial<Http2Limits> = {}) {
    this.#sink = sink;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#settings = new PeerSettings(this.#limits.initialStreams);
    this.#floods = new FloodGuard(this.#limits);
    this.#streams = new Streams(this.#floods);
    this.#reader = new FrameReader(this);
    this.#fieldBlocks = new FieldBlocks(this.#limits);
    this.#begin();
  }

  /** How many streams there may be at once; 0 where no more can be opened, now or later. */
  get maxStreams(): number {
    return this.#isDraining || this.#state === "closed" ? 0 : this.#settings.maxStreams;
  }

  /** Whether the server, or the end of all ids, has ruled out new streams permanently. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Opens no more streams; those that there are go on. */
  drain(): void {
    this.#isDraining = true;
  }

  /** How many streams there are. */
  get streamCount(): number {
    return this.#streams.size;
  }

  /** Whether the server takes extended CONNECT (RFC 8441 §3); not before it has sent its settings. */
  get allowsExtendedConnect(): boolean {
    return this.#settings.allowsExtendedConnect;
  }

  /** Bytes of frames that wait to be taken. */
  get waitingBytes(): number {
    return this.#out.length;
  }

  /** Every frame that waits. The bytes hold until the next call. */
  takeOutgoing(): Uint8Array {
    return this.#out.take();
  }

  /** What the next stream is going to be. */
  get nextStreamId(): number {
    return this.#streams.nextId;
  }

  /**
   * Opens a stream and sends its head.
   *
   * @throws {LocalProtocolError} if the head can't be sent; then nothing has changed
   */
  openStream(
    head: RequestHead,
    { handler, endsStream }: { handler: StreamHandler; endsStream: boolean },
  ): Http2Stream {
    if (this.#streams.size >= this.maxStreams) {
      throw new LocalProtocolError("the connection has no room for another stream");
    }
    const block = this.#scratch;
    block.clear();
    const promised = this.#requestBlocks.write(head, { out: block, endsStream });
    const id = this.#streams.nextId;
    const stream = new Http2Stream({
      id,
      handler,
      method: head.method,
      isTunnel: (head.protocol ?? null) !== null,
      promised,
      sendWindowBytes: this.#settings.windowBytes,
      limits: this.#limits,
    });
    this.#streams.add(stream);
    if (this.#streams.isExhausted) this.#isDraining = true;
    const { frameBytes: maxFrameBytes } = this.#settings;
    this.#out.headers(block.bytes(), { streamId: id, endsStream, maxFrameBytes });
    if (endsStream) stream.move("sendEnd");
    return stream;
  }

  /**
   * Sends content as far as the windows allow, and returns how much that was.
   *
   * @throws {LocalProtocolError} if there is more than the head promised
   */
  sendData(stream: Http2Stream, bytes: Uint8Array): number {
    let sent = 0;
    while (sent < bytes.length && this.#out.length < MAX_WAITING_BYTES) {
      const window = Math.min(stream.sendWindow.bytes, this.#sendWindow.bytes);
      const length = Math.min(window, bytes.length - sent, this.#settings.frameBytes);
      if (length <= 0) break;
      stream.move("sendData");
      stream.countSent(length);
      this.#sendFrame(stream, bytes.subarray(sent, sent + length), { endsStream: false });
      sent += length;
    }
    return sent;
  }

  /**
   * Sends all of a content and the end with it, or nothing: false where the windows do not allow it now.
   *
   * @throws {LocalProtocolError} if it is not what the head promised
   */
  sendAll(stream: Http2Stream, bytes: Uint8Array): boolean {
    const window = Math.min(stream.sendWindow.bytes, this.#sendWindow.bytes);
    if (bytes.length > window || this.#out.length + bytes.length > MAX_WAITING_BYTES) return false;
    stream.countSent(bytes.length);
    stream.checkSentAll();
    stream.move("sendEnd");
    let at = 0;
    do {
      const end = Math.min(at + this.#settings.frameBytes, bytes.length);
      this.#sendFrame(stream, bytes.subarray(at, end), { endsStream: end === bytes.length });
      at = end;
    } while (at < bytes.length);
    return true;
  }

  /**
   * Ends the request.
   *
   * @throws {LocalProtocolError} if there was less content than the head promised
   */
  sendEnd(stream: Http2Stream): void {
    stream.checkSentAll();
    stream.move("sendEnd");
    this.#out.data(stream.id, NOTHING, { endsStream: true });
    if (stream.state === "closed") this.#streams.remove(stream);
  }

  /** Aborts a stream: it has no further events. Does nothing if it is closed. */
  reset(stream: Http2Stream, reason: Reason): void {
    if (stream.state === "closed") return;
    stream.move("reset");
    this.#streams.removeReset(stream);
    if (this.#state !== "closed") this.#out.reset(stream.id, reason);
  }

  /**
   * Lets the server send more, with so many bytes of the response still unread. True where that was worth a
   * frame.
   */
  release(stream: Http2Stream, unreadBytes: number): boolean {
    if (stream.responseState === "complete" || stream.state === "closed") return false;
    const bytes = stream.receiveWindow.release(unreadBytes);
    if (bytes > 0) this.#out.windowUpdate(stream.id, bytes);
    return bytes > 0;
  }

  /** Asks whether the server is still there; anything that it sends is an answer. */
  ping(): void {
    this.#out.ping(PING_BYTES, { isAck: false });
  }

  /** Says goodbye; nothing can be opened any more. */
  close(reason: Reason): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#out.goaway(reason);
  }

  /** Another second begins: the budgets of the server's frames are whole again. */
  renewBudgets(): void {
    this.#floods.renew();
  }

  /**
   * Bytes have arrived. They may be overwritten once this returns.
   *
   * @throws {RemoteProtocolError} for a mistake that ends the connection; GOAWAY waits to be taken
   */
  receive(bytes: Uint8Array): void {
    if (this.#state === "closed") return;
    try {
      this.#reader.receive(bytes);
    } catch (error) {
      if (!(error instanceof ViolationError)) throw error;
      this.close(error.reason);
      throw error.toError();
    }
  }

  // FrameSink

  onFrameBegin(header: FrameHeader): void {
    this.#move(connectionEventOf(header.type), header);
    if (header.type === FRAME.DATA) this.#beginData(header);
  }

  onFrame(header: FrameHeader, bytes: Uint8Array, start: number, end: number): void {
    switch (header.type) {
      case FRAME.HEADERS:
        return this.#onBlock(this.#fieldBlocks.begin(header, bytes, start, end), end - start);
      case FRAME.CONTINUATION:
        return this.#onBlock(
          this.#fieldBlocks.continueBlock(header, bytes, start, end),
          end - start,
        );
      case FRAME.RST_STREAM:
        return this.#onReset(header, readUint32(bytes, start));
      case FRAME.SETTINGS:
        return this.#onSettings(header, bytes, start, end);
      case FRAME.PING:
        return this.#onPing(header, bytes.subarray(start, end));
      case FRAME.GOAWAY:
        return this.#onGoaway(readUint31(bytes, start), readUint32(bytes, start + 4));
      case FRAME.WINDOW_UPDATE:
        return this.#onWindowUpdate(header, readUint31(bytes, start));
      default:
        // PRIORITY has no effect (RFC 9113 §5.3), unknown types are ignored (§5.5).
        this.#floods.count("maxEmptyFrames");
    }
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    this.#isDataEmpty = false;
    const stream = this.#dataStream;
    if (stream === null || stream.state === "closed") return;
    try {
      stream.receiveContent(bytes, start, end);
    } catch (error) {
      this.#violate(stream, error);
    }
  }

  onDataEnd({ flags }: FrameHeader): void {
    const stream = this.#dataStream;
    this.#dataStream = null;
    const isLast = (flags & FLAG.END_STREAM) !== 0;
    if (this.#isDataEmpty && !isLast) this.#floods.count("maxEmptyFrames");
    if (!isLast || stream === null || stream.state === "closed") return;
    try {
      this.#endResponse(stream, null);
    } catch (error) {
      this.#violate(stream, error);
    }
  }

  onIllegalFrame({ streamId }: FrameHeader, violation: ViolationError): void {
    const stream = this.#streams.get(streamId);
    if (stream !== null) this.#violate(stream, violation);
  }

  #begin(): void {
    const { headerTableBytes, maxHeaderListBytes, streamWindowBytes } = this.#limits;
    this.#out.preface([
      ...[SETTING.HEADER_TABLE_SIZE, headerTableBytes],
      ...[SETTING.ENABLE_PUSH, 0],
      ...[SETTING.INITIAL_WINDOW_SIZE, streamWindowBytes],
      ...[SETTING.MAX_HEADER_LIST_SIZE, maxHeaderListBytes],
    ]);
    this.#out.windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
  }

  #move(event: ConnectionEvent, { type, streamId }: { type: number; streamId: number }): void {
    const next = CONNECTION_MOVES[this.#state][event];
    const isOfBlock = event !== "continuation" || streamId === this.#fieldBlocks.streamId;
    if (next === undefined || !isOfBlock) {
      const message = `a frame of type ${type} on stream ${streamId} while ${this.#state}`;
      throw new ViolationError("PROTOCOL_ERROR", message);
    }
    this.#state = next;
  }

  // DATA

  #sendFrame(stream: Http2Stream, bytes: Uint8Array, flags: { endsStream: boolean }): void {
    stream.sendWindow.take(bytes.length);
    this.#sendWindow.take(bytes.length);
    this.#out.data(stream.id, bytes, flags);
  }

  /** RFC 9113 §6.9: the whole payload counts against both windows, whatever becomes of the stream. */
  #beginData(header: FrameHeader): void {
    const { streamId, length } = header;
    this.#isDataEmpty = true;
    this.#receiveWindow.receive(length);
    const grant = this.#receiveWindow.release(0);
    if (grant > 0) this.#out.windowUpdate(0, grant);
    const stream = this.#streams.get(streamId);
    this.#dataStream = stream;
    if (stream === null) return this.#streams.checkLate(streamId, { isContent: true });
    stream.countFrame(length);
    try {
      stream.receiveWindow.receive(length);
      stream.moveResponse("data");
    } catch (error) {
      this.#violate(stream, error);
    }
  }

  #endResponse(stream: Http2Stream, trailers: readonly string[] | null): void {
    stream.checkContentEnd();
    stream.moveResponse("end");
    stream.move("receiveEnd");
    if (stream.state === "closed") this.#streams.remove(stream);
    stream.handler.onEnd(trailers);
  }

  // HEADERS

  /** Whatever becomes of the stream, its block is decoded: the table is the connection's (§4.3). */
  #onBlock(decoded: DecodedFields | null, blockBytes: number): void {
    if (decoded === null) return;
    const { streamId } = this.#fieldBlocks;
    this.#move("blockEnd", { type: FRAME.HEADERS, streamId });
    const stream = this.#streams.get(streamId);
    if (stream === null) return this.#streams.checkLate(streamId, { isContent: true });
    stream.countFrame(blockBytes);
    try {
      this.#onFields(stream, decoded);
    } catch (error) {
      this.#violate(stream, error);
    }
  }

  #onFields(stream: Http2Stream, decoded: DecodedFields): void {
    const { maxHeaderListBytes, maxInformational } = this.#limits;
    const { endsStream } = this.#fieldBlocks;
    if (decoded.listBytes > maxHeaderListBytes) {
      const message = `head is larger than ${maxHeaderListBytes} bytes`;
      throw new ViolationError("ENHANCE_YOUR_CALM", message, "stream");
    }
    if (stream.responseState === "inBody") {
      stream.moveResponse("trailers");
      if (!endsStream) throw unendingTrailers();
      return this.#endResponse(stream, readTrailers(decoded.lines));
    }
    stream.receiveHead(this.#fieldBlocks.headOf(decoded), { endsStream, maxInformational });
    if (endsStream) this.#endResponse(stream, null);
  }

  #onReset({ streamId }: FrameHeader, code: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === null) return this.#streams.checkLate(streamId, { isContent: false });
    stream.move("reset");
    this.#streams.remove(stream);
    stream.handler.onReset(endByReset(code));
  }

  #onSettings({ flags }: FrameHeader, bytes: Uint8Array, start: number, end: number): void {
    this.#floods.count("maxSettings");
    if ((flags & FLAG.ACK) !== 0) return;
    const { windowBytes } = this.#settings;
    this.#settings.apply(bytes, { start, end, allowTable: (bytes) => this.#encoder.allow(bytes) });
    for (const { sendWindow } of this.#streams.all()) {
      sendWindow.shift(this.#settings.windowBytes - windowBytes);
    }
    this.#checkUnread();
    this.#out.settingsAck();
    this.#sink.onRoom(this.#settings);
    this.#sink.onWritable();
  }

  #onPing({ flags }: FrameHeader, data: Uint8Array): void {
    this.#floods.count("maxPings");
    if ((flags & FLAG.ACK) !== 0) return;
    this.#checkUnread();
    this.#out.ping(data, { isAck: true });
  }

  #checkUnread(): void {
    if (this.#out.length > MAX_UNREAD_BYTES) {
      throw new ViolationError("ENHANCE_YOUR_CALM", "the server asks for answers and reads none");
    }
  }

  #onGoaway(lastStreamId: number, code: number): void {
    this.#floods.count("maxSettings");
    this.#isDraining = true;
    for (const stream of [...this.#streams.all()]) {
      if (stream.id <= lastStreamId) continue;
      stream.move("reset");
      this.#streams.remove(stream);
      stream.handler.onReset(endByGoaway(code));
    }
  }

  #onWindowUpdate({ streamId }: FrameHeader, bytes: number): void {
    if (streamId === 0) {
      this.#sendWindow.grow(bytes);
      return this.#sink.onWritable();
    }
    const stream = this.#streams.get(streamId);
    if (stream === null) return this.#streams.checkLate(streamId, { isContent: false });
    try {
      stream.sendWindow.grow(bytes);
    } catch (error) {
      return this.#violate(stream, error);
    }
    this.#sink.onWritable();
  }

  /** A mistake that ends this stream alone; any other error goes on its way. */
  #violate(stream: Http2Stream, error: unknown): void {
    if (!(error instanceof ViolationError) || error.scope !== "stream") throw error;
    if (stream.state === "closed") return; // the handler has given it up meanwhile
    this.reset(stream, error.reason);
    const { message } = error.toError();
    stream.handler.onReset({ message, verdict: "rejected", cause: error });
  }
}

/** RFC 9113 §8.1: trailers are the last of their stream. */
function unendingTrailers(): ViolationError {
  return new ViolationError("PROTOCOL_ERROR", "trailers that do not end the stream", "stream");
}
