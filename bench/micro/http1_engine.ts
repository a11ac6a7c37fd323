/**
 * What one exchange costs in the HTTP/1.1 engine, apart from any socket:
 *
 *     deno run -A bench/micro/http1_engine.ts      bun bench/micro/http1_engine.ts
 *
 * Request heads, and responses as one read brings them: whole, chunked, large, and cut in the head.
 */
import {
  ByteWriter,
  Http1Engine,
  type RequestHead,
  type ResponseSink,
} from "../../src/wire/http1/engine.ts";

const ROUNDS = 9;
const ROUND_MS = 60;

let dataBytes = 0;
const sink: ResponseSink = {
  onInformational: () => {},
  onHead: () => {},
  onData: (_, start, end) => {
    dataBytes += end - start;
  },
  onEnd: () => {},
  onUpgrade: () => {},
};

const FIELDS = [
  ...["Host", "127.0.0.1:8080", "Accept", "*/*", "Accept-Encoding", "gzip, deflate, br, zstd"],
  ...["Connection", "keep-alive", "User-Agent", "typescript-httpx/0.1.0"],
];
const GET: RequestHead = { method: "GET", target: "/1k", fields: FIELDS };

/** The head nginx sends with a small file, 238 bytes. */
function headOf(framing: string): string {
  return "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 00:46:12 GMT\r\n" +
    "Content-Type: application/octet-stream\r\nLast-Modified: Fri, 20 Nov 2026 22:21:00 GMT\r\n" +
    `Connection: keep-alive\r\nETag: "655b4a1c-400"\r\nAccept-Ranges: bytes\r\n${framing}\r\n\r\n`;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

const CHUNK = `2000\r\n${"x".repeat(8192)}\r\n`;
const WHOLE = bytesOf(`${headOf("Content-Length: 1024")}${"x".repeat(1024)}`);
const CHUNKED = bytesOf(
  `${headOf("Transfer-Encoding: chunked")}400\r\n${"x".repeat(1024)}\r\n0\r\n\r\n`,
);
const LARGE = bytesOf(`${headOf("Transfer-Encoding: chunked")}${CHUNK.repeat(32)}0\r\n\r\n`);

/** One exchange: the request, then these reads. */
function exchangeOf(reads: readonly Uint8Array[], requestOf: () => RequestHead): () => void {
  const engine = new Http1Engine(sink);
  const out = new ByteWriter();
  return () => {
    out.clear();
    engine.sendHead(requestOf(), out);
    engine.sendEnd();
    for (const bytes of reads) engine.receive(bytes);
  };
}

const same = () => GET;
const NO_CONTENT = [bytesOf("HTTP/1.1 204 No Content\r\n\r\n")];
let count = 0;
const other = () => ({ ...GET, fields: ["Host", `${count++}`, ...FIELDS.slice(2)] });

const WORK: Readonly<Record<string, () => void>> = {
  "request, 204": exchangeOf(NO_CONTENT, same),
  "request whose fields all differ, 204": exchangeOf(NO_CONTENT, other),
  "request, 1 KB": exchangeOf([WHOLE], same),
  "request, 1 KB in a chunk": exchangeOf([CHUNKED], same),
  "request, 1 KB, head in two reads": exchangeOf(
    [WHOLE.subarray(0, 100), WHOLE.subarray(100)],
    same,
  ),
  "request, 256 KB in 32 chunks, reads of 64 KB": exchangeOf(
    Array.from({ length: 5 }, (_, i) => LARGE.subarray(i * 65536, (i + 1) * 65536)),
    same,
  ),
};

/** Nanoseconds for one call: as many calls as fit the round. */
function measure(work: () => void): number {
  const begun = performance.now();
  let calls = 0;
  while (performance.now() - begun < ROUND_MS) {
    for (let i = 0; i < 200; i++) work();
    calls += 200;
  }
  return (performance.now() - begun) / calls * 1e6;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

for (const [name, work] of Object.entries(WORK)) {
  measure(work);
  const rounds = Array.from({ length: ROUNDS }, () => measure(work));
  console.log(`${String(Math.round(median(rounds))).padStart(6)} ns  ${name}`);
}
if (dataBytes === 0) throw new Error("Nothing was received");
