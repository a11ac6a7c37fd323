/** WebSocket frames as a server sends them, and what a client has sent, in words. */

/** What a frame has beside its payload. Defaults: final, not masked, no reserved bit, the shortest length. */
export interface FrameInit {
  readonly isFinal?: boolean;
  readonly rsv?: number;
  readonly mask?: readonly number[];
  /** Which form of the length is used, in bits. */
  readonly lengthBits?: 7 | 16 | 64;
  /** Announced instead of the payload's own. */
  readonly length?: number;
}

export const OP = { CONT: 0, TEXT: 1, BIN: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** UTF-8. */
export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** Bytes from hexadecimal digits; blanks are ignored. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/[\da-f]{2}/gi) ?? [], (pair) => parseInt(pair, 16));
}

/** One frame. */
export function frame(
  opcode: number,
  payload: string | Uint8Array = "",
  init: FrameInit = {},
): Uint8Array {
  const bytes = typeof payload === "string" ? utf8(payload) : payload;
  const { isFinal = true, rsv = 0, mask = null, length = bytes.length } = init;
  const bits = init.lengthBits ?? (length < 126 ? 7 : length < 65_536 ? 16 : 64);
  const head = [(isFinal ? 0x80 : 0) | rsv << 4 | opcode];
  const masked = mask === null ? 0 : 0x80;
  if (bits === 7) head.push(masked | length);
  else if (bits === 16) head.push(masked | 126, length >> 8 & 255, length & 255);
  else {
    head.push(masked | 127);
    for (let i = 7n; i >= 0n; i--) head.push(Number(BigInt(length) >> 8n * i & 255n));
  }
  const content = mask === null ? bytes : bytes.map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return join(Uint8Array.from([...head, ...mask ?? []]), content);
}

/** A close frame. */
export function close(
  code?: number,
  reason: string | Uint8Array = "",
  init?: FrameInit,
): Uint8Array {
  if (code === undefined) return frame(OP.CLOSE, "", init);
  const text = typeof reason === "string" ? utf8(reason) : reason;
  return frame(OP.CLOSE, join(Uint8Array.of(code >> 8, code & 255), text), init);
}

/** All bytes in one array. */
export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A frame that was read; `rest` is what follows it. */
export interface ReadFrame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly rsv: number;
  /** `null` when it is not masked. */
  readonly mask: Uint8Array | null;
  readonly payload: Uint8Array;
  readonly rest: Uint8Array;
}

/** Reads one frame of either side, or `null` when it is not complete. Written apart from the library's reader. */
export function readFrame(bytes: Uint8Array): ReadFrame | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 2) return null;
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  let length = second & 127;
  let at = 2;
  if (length >= 126) {
    const width = length === 126 ? 2 : 8;
    if (bytes.length < 2 + width) return null;
    length = width === 2 ? view.getUint16(2) : Number(view.getBigUint64(2));
    at += width;
  }
  const mask = (second & 128) === 0 ? null : bytes.slice(at, at += 4);
  if (bytes.length < at + length) return null;
  const payload = bytes.slice(at, at + length);
  if (mask !== null) { for (let i = 0; i < length; i++) payload[i] = payload[i]! ^ mask[i & 3]!; // both exist
   }
  return {
    opcode: first & 15,
    isFinal: (first & 128) !== 0,
    rsv: first >> 4 & 7,
    mask,
    payload,
    rest: bytes.subarray(at + length),
  };
}

/** Every frame, and nothing left. */
export function readFrames(bytes: Uint8Array): ReadFrame[] {
  const frames: ReadFrame[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const read = readFrame(rest);
    if (read === null) throw new Error(`An incomplete frame of ${rest.length} bytes was sent`);
    frames.push(read);
    rest = read.rest;
  }
  return frames;
}

const NAMES: Readonly<Record<number, string>> = {
  0: "CONT",
  1: "TEXT",
  2: "BIN",
  8: "CLOSE",
  9: "PING",
  10: "PONG",
};

/** A frame in words: `TEXT "hi"`, `CLOSE 1000`, `BIN 3 bytes`; `+` when more follows, `z` when it is compressed. */
export function describeFrame({ opcode, isFinal, rsv, mask, payload }: ReadFrame): string {
  const name = `${NAMES[opcode] ?? `opcode ${opcode}`}${isFinal ? "" : "+"}${
    rsv === 4 ? " z" : ""
  }`;
  const lacks = mask === null ? " (not masked)" : "";
  return `${name}${lacks} ${describePayload(opcode, payload)}`.trimEnd();
}

function describePayload(opcode: number, payload: Uint8Array): string {
  if (opcode === OP.BIN) return `${payload.length} bytes`;
  if (opcode !== OP.CLOSE) return describeText(DECODER.decode(payload));
  if (payload.length === 0) return "";
  const code = (payload[0] ?? 0) << 8 | (payload[1] ?? 0);
  return `${code} ${DECODER.decode(payload.subarray(2))}`.trimEnd();
}

/** A text in quotes, a long one by its beginning and length. */
export function describeText(text: string): string {
  return text.length <= 40
    ? JSON.stringify(text)
    : `${JSON.stringify(text.slice(0, 8))}… ${text.length}`;
}
