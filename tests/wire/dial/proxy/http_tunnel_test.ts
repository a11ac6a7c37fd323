import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProxyError } from "../../../../src/errors.ts";
import { HttpTunnel } from "../../../../src/wire/dial/proxy/http_tunnel.ts";
import { everySplit } from "../../../support/every_split.ts";

const AUTHORITY = "example.org:443";

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function tunnel(fields: readonly string[] = []): HttpTunnel {
  return new HttpTunnel({ authority: AUTHORITY, fields });
}

function asked(fields: readonly string[] = []): string {
  return new TextDecoder("latin1").decode(tunnel(fields).start());
}

/** How a tunnel ends that gets this answer, however it is cut. */
function outcome(answer: string, fields: readonly string[] = []): string {
  const outcomes = new Set<string>();
  everySplit(bytes(answer), (chunks) => outcomes.add(outcomeOf(chunks, fields)));
  assertEquals(outcomes.size, 1, [...outcomes].join("\n"));
  return [...outcomes].join();
}

function outcomeOf(chunks: readonly Uint8Array[], fields: readonly string[]): string {
  const handshake = tunnel(fields);
  handshake.start();
  try {
    for (const chunk of chunks) {
      assertEquals(handshake.receive(chunk), null);
      if (handshake.isDone) return "done";
    }
    return "not yet";
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    return `${error.status} ${error.statusText}: ${error.message}`;
  }
}

describe("HttpTunnel.start()", () => {
  it("asks for the origin by host and port, as httpx does", () => {
    assertEquals(
      asked(),
      "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\nAccept: */*\r\n\r\n",
    );
  });

  it("adds what is for the proxy, in place of its own fields of the same name", () => {
    assertEquals(
      asked(["Proxy-Authorization", "Basic eDp5", "host", "other", "X-A", "1"]),
      "CONNECT example.org:443 HTTP/1.1\r\nAccept: */*\r\n" +
        "Proxy-Authorization: Basic eDp5\r\nhost: other\r\nX-A: 1\r\n\r\n",
    );
  });
});

describe("HttpTunnel.receive()", () => {
  it("is done after any 2xx, whatever length its head tells", () => {
    for (
      const answer of [
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 204\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 299 Fine\r\nProxy-Agent: x\r\n\r\n",
      ]
    ) assertEquals(outcome(answer), "done");
  });

  it("is not done before the empty line", () => {
    assertEquals(outcome("HTTP/1.1 200 OK\r\nA: b\r\n"), "not yet");
  });

  it("counts what came after the answer", () => {
    const handshake = tunnel();
    handshake.start();
    handshake.receive(bytes("HTTP/1.1 200 OK\r\n\r\n\x16\x03"));
    assertEquals([handshake.isDone, handshake.excessBytes], [true, 2]);
  });

  it("tells status and reason of a refusal", () => {
    assertEquals(
      outcome("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\n"),
      "502 Bad Gateway: it answered 502 Bad Gateway",
    );
    assertEquals(outcome("HTTP/1.1 403\r\n\r\n"), "403 : it answered 403");
    assertEquals(
      outcome("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"),
      "302 Found: it answered 302 Found",
    );
    assertEquals(
      outcome("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
      "undefined undefined: it does not speak HTTP: 101 Switching Protocols without an Upgrade in the request",
    );
  });

  it("says what to do about a 407", () => {
    const refused = "407 Who: it answered 407 Who; ";
    const head = "HTTP/1.1 407 Who\r\n";
    const missing = "give user and password in the proxy's URL, or as auth of a Proxy";
    assertEquals(outcome(`${head}\r\n`), refused + missing);
    assertEquals(outcome(`${head}Proxy-Authenticate: Basic realm="x"\r\n\r\n`), refused + missing);
    assertEquals(
      outcome(`${head}Proxy-Authenticate: NTLM, Basic realm="x"\r\n\r\n`),
      refused + missing,
    );
    assertEquals(
      outcome(`${head}Proxy-Authenticate: Negotiate\r\n\r\n`),
      `${refused}it wants Negotiate credentials, and only Basic ones are spoken here`,
    );
    assertEquals(
      outcome(`${head}Proxy-Authenticate: Basic realm="x"\r\n\r\n`, [
        "proxy-authorization",
        "Basic c2VjcmV0",
      ]),
      `${refused}it does not take this user and password`,
    );
  });

  it("shows of a reason what can be printed, and no more than a line of it", () => {
    assertEquals(
      outcome(`HTTP/1.1 503 \x1b[31m\xff${"x".repeat(1000)}\r\n\r\n`),
      `503 ?[31m?${"x".repeat(94)}: it answered 503 ?[31m?${"x".repeat(94)}`,
    );
  });

  it("shows nothing of the credentials that the proxy says back", () => {
    const sent = ["Proxy-Authorization", "Basic YWRhOmzDtnY6ZWxhY2U="]; // ada:löv:elace
    const reason = "YWRhOmzDtnY6ZWxhY2U= ada:l\xc3\xb6v:elace, again l\xc3\xb6v:elace";
    const shown = "[secure] ada:[secure], again [secure]";
    assertEquals(
      outcome(`HTTP/1.1 403 ${reason}\r\n\r\n`, sent),
      `403 ${shown}: it answered 403 ${shown}`,
    );
  });

  it("refuses what is no HTTP, before all of it is there", () => {
    assertEquals(
      outcome("\x05"),
      'undefined undefined: it does not speak HTTP: malformed status line "?"',
    );
    assertThrows(
      () => {
        const handshake = tunnel();
        handshake.start();
        handshake.receive(bytes("SSH-2.0-OpenSSH\r\n"));
      },
      ProxyError,
      'it does not speak HTTP: malformed status line "SSH-2.0-OpenSSH"',
    );
  });

  it("takes a head of 16 KB and its empty line, and no larger one", () => {
    const frame = "HTTP/1.1 200 OK\r\nA: \r\n".length;
    const answer = (size: number) =>
      bytes(`HTTP/1.1 200 OK\r\nA: ${"x".repeat(size - frame)}\r\n\r\n`);
    assertEquals(outcomeOf([answer(16 * 1024)], []), "done");
    assertEquals(
      outcomeOf([answer(16 * 1024 + 1)], []),
      "undefined undefined: it does not speak HTTP: head is larger than 16384 bytes",
    );
  });

  it("takes 32 informational answers, and no more", () => {
    const one = "HTTP/1.1 102 Processing\r\n\r\n";
    const end = "HTTP/1.1 200 OK\r\n\r\n";
    assertEquals(outcomeOf([bytes(one.repeat(32) + end)], []), "done");
    assertEquals(
      outcomeOf([bytes(one.repeat(33) + end)], []),
      "undefined undefined: it does not speak HTTP: more than 32 informational responses",
    );
  });
});
