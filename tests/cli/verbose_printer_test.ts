import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Request, Response } from "../../mod.ts";
import { plain } from "../../src/cli/highlight.ts";
import { certificateLines, VerbosePrinter } from "../../src/cli/verbose_printer.ts";
import { fakeProgram } from "./fake_program.ts";

const HERE = { host: "10.0.0.2", port: 50_000 };
const THERE = { host: "10.0.0.1", port: 443 };
const TLS = {
  protocol: "TLSv1.3",
  cipher: "TLS_AES_128_GCM_SHA256",
  alpnProtocol: "h2",
  peerCertificate: { subject: { CN: "example.org\x1b[2J" } },
};

/** What is printed of these events. */
async function printed(
  work: (printer: VerbosePrinter) => Promise<void>,
  { isVerbose = true } = {},
): Promise<string[]> {
  const { program, stdout } = fakeProgram({ isTerminal: true });
  const printer = new VerbosePrinter(program.stdout, { paint: plain, isVerbose });
  await work(printer);
  await printer.end();
  return stdout.text.trimEnd().split("\n");
}

async function exchange(printer: VerbosePrinter, { connects = true } = {}): Promise<void> {
  const { trace } = printer;
  const request = new Request("GET", "https://example.org/a?b=1");
  printer.onRequest(request);
  if (connects) {
    trace("connection.connect_tcp.started", { host: "example.org", port: 443 });
    const ends = { localAddress: HERE, remoteAddress: THERE };
    trace("connection.connect_tcp.complete", { return_value: { ...ends, tls: null } });
    trace("connection.start_tls.started", {});
    trace("connection.start_tls.complete", { return_value: { ...ends, tls: TLS } });
  }
  trace("http2.send_request_headers.started", { request });
  trace("http2.send_request_headers.complete", { return_value: null });
  const extensions = { http_version: "HTTP/2" };
  await printer.onResponse(new Response(200, { headers: { "x-a": "1" }, request, extensions }));
}

const ANSWER = ["HTTP/2 200 OK", "x-a: 1"];
const REQUEST = ["GET /a?b=1 HTTP/2", "Host: example.org"];

describe("VerbosePrinter", () => {
  it("tells of connection, TLS, certificate, request and answer, in this order", async () => {
    assertEquals(await printed((printer) => exchange(printer)), [
      "* Connecting to example.org port 443",
      "* Connected to 10.0.0.1 port 443, from 10.0.0.2 port 50000",
      "* TLS established using TLSv1.3 / TLS_AES_128_GCM_SHA256",
      "* Selected ALPN protocol: h2",
      "* Server certificate:",
      "*   subject: CN=example.org\\u001b[2J",
      ...[...REQUEST, "", ...ANSWER],
    ]);
  });

  it("tells that a connection is used again, a line between exchanges", async () => {
    const lines = await printed(async (printer) => {
      await exchange(printer);
      await exchange(printer, { connects: false });
    });
    assertEquals(lines.slice(6), [
      ...[...REQUEST, "", ...ANSWER],
      ...["", "* Using the same connection again", ...REQUEST, "", ...ANSWER],
    ]);
  });

  it("tells of proxies", async () => {
    const lines = await printed((printer) => {
      const { trace } = printer;
      trace("http_proxy.connect_tunnel.complete", { return_value: null });
      trace("socks.setup_socks5_connection.complete", { return_value: null });
      trace("socks.start_tls.complete", {
        return_value: { localAddress: null, remoteAddress: null, tls: { ...TLS, cipher: null } },
      });
      return Promise.resolve();
    });
    assertEquals(lines.slice(0, 3), [
      "* The proxy has opened a tunnel",
      "* The proxy has connected",
      "* TLS established using TLSv1.3",
    ]);
  });

  it("tells of answers alone where nobody asked for more", async () => {
    assertEquals(await printed((printer) => exchange(printer), { isVerbose: false }), ANSWER);
  });
});

describe("certificateLines()", () => {
  it("has what people look at, and nothing that is not there", () => {
    assertEquals(
      certificateLines({
        subject: { C: "DE", O: ["A", "B"], CN: "a" },
        issuer: { CN: "ca" },
        subjectaltname: "DNS:a",
        valid_from: "Jan  1",
        valid_to: "Jan  2",
        fingerprint256: "00:11",
        bits: 2048,
      }),
      [
        ...["subject: C=DE, O=A, B, CN=a", "issuer: CN=ca", "names: DNS:a"],
        ...["valid from: Jan  1", "valid to: Jan  2", "SHA-256: 00:11"],
      ],
    );
    assertEquals(certificateLines({}), []);
  });
});
