import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { LocalProtocolError } from "../../../src/errors.ts";
import { ByteWriter } from "../../../src/lists/byte_writer.ts";
import { HpackDecoder } from "../../../src/wire/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../../src/wire/http2/hpack/encoder.ts";
import { RequestBlocks, type RequestHead } from "../../../src/wire/http2/request_blocks.ts";
import { seeded } from "../../support/random.ts";

const HOST = ["Host", "example.org"];

/** One end that writes, and one that reads what it wrote. */
class Conversation {
  readonly encoder = new HpackEncoder();
  readonly #blocks = new RequestBlocks(this.encoder);
  readonly #decoder = new HpackDecoder({ maxTableBytes: 4096, maxListBytes: 1e6 });
  sentBytes = 0;

  say(head: Partial<RequestHead>, { endsStream = true } = {}): readonly string[] {
    const out = new ByteWriter();
    const request = { method: "GET", scheme: "https", target: "/", fields: HOST, ...head };
    this.#blocks.write(request, { out, endsStream });
    this.sentBytes = out.length;
    return this.#decoder.decode(out.bytes(), 0, out.length).lines;
  }
}

/** Heads that can't be sent, and what the message says. */
const REFUSED: readonly (readonly [head: Partial<RequestHead>, says: string])[] = [
  [{ method: "G ET" }, "method"],
  [{ method: "" }, "method"],
  [{ method: "GET\r" }, "method"],
  [{ method: "CONNECT" }, "CONNECT"],
  [{ target: "" }, "empty"],
  [{ target: "/a b" }, "space"],
  [{ target: "/a\r\nx: y" }, "control"],
  [{ target: "/\x7f" }, "control"],
  [{ target: "/\xe9" }, "control"],
  [{ fields: [] }, "Host"],
  [{ fields: [...HOST, "a b", "x"] }, '"a b"'],
  [{ fields: [...HOST, "", "x"] }, '""'],
  [{ fields: [...HOST, ":path", "/evil"] }, '":path"'],
  [{ fields: [...HOST, "a", "x\r\ny: z"] }, '"a"'],
  [{ fields: [...HOST, "a", "x\0"] }, '"a"'],
  [{ fields: [...HOST, "Upgrade", "websocket"] }, "Upgrade"],
  [{ fields: [...HOST, "Content-Length", "x"] }, "Content-Length"],
  [
    { fields: [...HOST, "x-new", "y", "Content-Length", "3"] },
    '"Content-Length" is 3, but the content has 0 bytes',
  ],
  [
    { fields: [...HOST, "Content-Length", "1", "content-length", "2"] },
    '"Content-Length" is given twice',
  ],
  [{ fields: [...HOST, "Content-Length", "1", "content-length", "1"] }, "given twice"],
  [{ fields: [...HOST, ...HOST] }, '"Host" is given twice'],
  [{ fields: [...HOST, "Transfer-Encoding", "gzip"] }, 'can only be "chunked"'],
  [
    { fields: [...HOST, "Transfer-Encoding", "chunked", "Content-Length", "0"] },
    "exclude each other",
  ],
];

describe("RequestBlocks", () => {
  it("puts the pseudo-fields first, Host among them, names in lower case", () => {
    const fields = ["Accept", "*/*", ...HOST, "X-A", "1", "x-a", "2"];
    assertEquals(new Conversation().say({ method: "POST", target: "/p?q", fields }) as unknown, [
      ...[":method", "POST", ":scheme", "https", ":authority", "example.org", ":path", "/p?q"],
      ...["accept", "*/*", "x-a", "1", "x-a", "2"],
    ]);
  });

  it("leaves out what is about a connection of HTTP/1.1 (RFC 9113 §8.2.2)", () => {
    const fields = [
      ...HOST,
      ...["Connection", "keep-alive, X-Hop", "Keep-Alive", "timeout=5", "X-Hop", "1"],
      ...["Transfer-Encoding", "chunked", "Proxy-Connection", "x", "HTTP2-Settings", "x"],
      ...["TE", "gzip", "TE", "Trailers", "x-b", "2"],
    ];
    assertEquals(new Conversation().say({ fields }).slice(8) as unknown, [
      ...["te", "Trailers", "x-b", "2"],
    ]);
  });

  it("an extended CONNECT has :protocol, and no fields of the HTTP/1.1 handshake (RFC 8441)", () => {
    const talk = new Conversation();
    const fields = [
      ...[...HOST, "Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Key", "x"],
      ...["Sec-WebSocket-Version", "13"],
    ];
    const lines = [
      ...[":method", "CONNECT", ":protocol", "websocket", ":scheme", "https"],
      ...[":authority", "example.org", ":path", "/chat", "sec-websocket-version", "13"],
    ];
    for (let i = 0; i < 3; i++) {
      const head = { target: "/chat", fields, protocol: "websocket" };
      assertEquals(talk.say(head, { endsStream: false }) as unknown, lines);
      assertEquals(talk.say({ target: "/chat" })[1], "GET");
    }
  });

  for (const [head, says] of REFUSED) {
    it(`refuses ${JSON.stringify(head)}, and has changed nothing`, () => {
      const talk = new Conversation();
      talk.say({});
      const { version } = talk.encoder;
      const error = assertThrows(() => talk.say(head), LocalProtocolError, says);
      assert(!error.message.includes("\r"), "no control character in a message");
      assertEquals(talk.encoder.version, version);
      assertEquals(talk.say({}).length, 8);
    });
  }

  it("names the header, not its value", () => {
    const fields = [...HOST, "authorization", "Bearer secret\0"];
    const error = assertThrows(() => new Conversation().say({ fields }), LocalProtocolError);
    assert(!error.message.includes("secret"), error.message);
  });

  it("is a few bytes for a request like the one before it", () => {
    const talk = new Conversation();
    const fields = [...HOST, "user-agent", "httpx-ts/1", "accept-encoding", "gzip, br, zstd"];
    talk.say({ fields });
    const first = talk.sentBytes;
    talk.say({ fields });
    talk.say({ fields });
    assert(talk.sentBytes < 10 && first > 30, `${first} bytes, then ${talk.sentBytes}`);
  });

  it("says what it was told, whatever came before: 300 random conversations", () => {
    const random = seeded(42);
    const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
    for (let round = 0; round < 300; round++) {
      const talk = new Conversation();
      const lists = Array.from({ length: 3 }, () => [
        ...HOST,
        ...Array.from(
          { length: random(4) },
          () => [`x-${random(3)}`, pick(["1", "2", "long".repeat(9)])],
        )
          .flat(),
      ]);
      for (let i = 0; i < 20; i++) {
        if (random(8) === 0) talk.encoder.allow(pick([0, 60, 4096]));
        const fields = pick(lists);
        const head = { method: pick(["GET", "POST"]), target: pick(["/", "/a", "/b?c=d"]), fields };
        const said = talk.say(head);
        assertEquals(said as unknown, [
          ...[":method", head.method, ":scheme", "https", ":authority", "example.org"],
          ...[":path", head.target, ...fields.slice(2)],
        ]);
      }
    }
  });
});
