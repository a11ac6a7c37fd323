/** The examples of RFC 9112 and of RFC 9110 that a client meets, each by its section. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ByteWriter, Http1Engine, type RequestHead } from "../../src/wire/http1/engine.ts";
import { everySplit } from "../support/every_split.ts";
import { bytesOf, type Feeding, record, Recorder, textOf } from "../support/record.ts";

interface Vector extends Feeding {
  readonly section: string;
  readonly bytes: string;
  readonly events: readonly string[];
}

const RESPONSES: readonly Vector[] = [
  {
    section: "RFC 9112 §2.1 and RFC 9110 §3.9, the first example",
    bytes: "HTTP/1.1 200 OK\r\n" +
      "Date: Mon, 27 Jul 2009 12:28:53 GMT\r\n" +
      "Server: Apache\r\n" +
      "Last-Modified: Wed, 22 Jul 2009 19:15:56 GMT\r\n" +
      'ETag: "34aa387-d-1568eb00"\r\n' +
      "Accept-Ranges: bytes\r\n" +
      "Content-Length: 51\r\n" +
      "Vary: Accept-Encoding\r\n" +
      "Content-Type: text/plain\r\n" +
      "\r\n" +
      "Hello World! My content includes a trailing CRLF.\r\n",
    events: [
      'head HTTP/1.1 200 "OK" ["Date","Mon, 27 Jul 2009 12:28:53 GMT","Server","Apache",' +
      '"Last-Modified","Wed, 22 Jul 2009 19:15:56 GMT","ETag","\\"34aa387-d-1568eb00\\"",' +
      '"Accept-Ranges","bytes","Content-Length","51","Vary","Accept-Encoding",' +
      '"Content-Type","text/plain"] length 51',
      'data "Hello World! My content includes a trailing CRLF.\\r\\n"',
      "end",
      "idle",
    ],
  },
  {
    section: "RFC 9112 §7.1.2, trailer fields after the last chunk",
    bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Expires\r\n\r\n" +
      "4\r\nWiki\r\n5\r\npedia\r\nE\r\n in\r\n\r\nchunks.\r\n0\r\n" +
      "Expires: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
    events: [
      'head HTTP/1.1 200 "OK" ["Transfer-Encoding","chunked","Trailer","Expires"] length ?',
      'data "Wikipedia in\\r\\n\\r\\nchunks."',
      'end ["Expires","Sun, 06 Nov 1994 08:49:37 GMT"]',
      "idle",
    ],
  },
  {
    section: "RFC 9110 §5.3, Set-Cookie stays on lines of its own",
    bytes: "HTTP/1.1 200 OK\r\nSet-Cookie: a=1, b\r\nSet-Cookie: c=2\r\nContent-Length: 0\r\n\r\n",
    events: [
      'head HTTP/1.1 200 "OK" ["Set-Cookie","a=1, b","Set-Cookie","c=2","Content-Length","0"] ' +
      "length 0",
      "end",
      "idle",
    ],
  },
  {
    section: "RFC 9110 §7.8, an upgrade to two protocols",
    fields: ["Connection", "upgrade", "Upgrade", "websocket"],
    bytes: "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    events: [
      'upgrade HTTP/1.1 101 "Switching Protocols" ["Connection","upgrade","Upgrade","websocket"]',
      "must close",
    ],
  },
  {
    section: "RFC 9110 §8.6, one length said twice",
    bytes: "HTTP/1.1 200 OK\r\nContent-Length: 42, 42\r\n\r\n" + "x".repeat(42),
    events: [
      'head HTTP/1.1 200 "OK" ["Content-Length","42, 42"] length 42',
      `data "${"x".repeat(42)}"`,
      "end",
      "idle",
    ],
  },
  {
    section: "RFC 8297 §2, early hints",
    bytes: "HTTP/1.1 103 Early Hints\r\n" +
      "Link: </style.css>; rel=preload; as=style\r\n" +
      "Link: </script.js>; rel=preload; as=script\r\n" +
      "\r\n" +
      "HTTP/1.1 200 OK\r\n" +
      "Date: Fri, 26 May 2017 10:02:11 GMT\r\n" +
      "Content-Length: 15\r\n" +
      "\r\n" +
      "<!doctype html>",
    events: [
      'informational HTTP/1.1 103 "Early Hints" ["Link","</style.css>; rel=preload; as=style",' +
      '"Link","</script.js>; rel=preload; as=script"]',
      'head HTTP/1.1 200 "OK" ["Date","Fri, 26 May 2017 10:02:11 GMT","Content-Length","15"] ' +
      "length 15",
      'data "<!doctype html>"',
      "end",
      "idle",
    ],
  },
];

const REQUESTS: readonly (readonly [section: string, head: RequestHead, bytes: string])[] = [
  [
    "RFC 9112 §2.1, the first example",
    {
      method: "GET",
      target: "/hello.txt",
      fields: [
        ...["User-Agent", "curl/7.64.1", "Host", "www.example.com"],
        ...["Accept-Language", "en, mi"],
      ],
    },
    "GET /hello.txt HTTP/1.1\r\nUser-Agent: curl/7.64.1\r\nHost: www.example.com\r\n" +
    "Accept-Language: en, mi\r\n\r\n",
  ],
  [
    "RFC 9112 §3.2.1, the origin form",
    { method: "GET", target: "/where?q=now", fields: ["Host", "www.example.org"] },
    "GET /where?q=now HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
  ],
  [
    "RFC 9112 §3.2.2, the absolute form",
    {
      method: "GET",
      target: "http://www.example.org/pub/WWW/TheProject.html",
      fields: ["Host", "www.example.org"],
    },
    "GET http://www.example.org/pub/WWW/TheProject.html HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
  ],
  [
    "RFC 9112 §3.2.3, the authority form",
    { method: "CONNECT", target: "www.example.com:80", fields: ["Host", "www.example.com"] },
    "CONNECT www.example.com:80 HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
  ],
  [
    "RFC 9112 §3.2.4, the asterisk form",
    { method: "OPTIONS", target: "*", fields: ["Host", "www.example.org:8001"] },
    "OPTIONS * HTTP/1.1\r\nHost: www.example.org:8001\r\n\r\n",
  ],
];

describe("RFC 9112", () => {
  for (const { section, bytes, events, ...feeding } of RESPONSES) {
    it(`${section}: the response is read`, () => {
      everySplit(bytesOf(bytes), (chunks) => assertEquals(record(chunks, feeding), [...events]));
    });
  }

  for (const [section, head, bytes] of REQUESTS) {
    it(`${section}: the request is written`, () => {
      const out = new ByteWriter();
      new Http1Engine(new Recorder()).sendHead(head, out);
      assertEquals(textOf(out.bytes()), bytes);
    });
  }
});
