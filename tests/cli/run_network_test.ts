/** What a command makes of the network: proxies, trust, client certificates, HTTP/2. */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { authorities, certificatePath, servers } from "../support/certificates.ts";
import { data, describeFrames, headers, joined, settings } from "../support/http2/frames.ts";
import { listen } from "../support/loopback.ts";
import { onTerminal, runHttpx as httpx } from "./fake_program.ts";
import { response, serveFixed } from "./fixed_server.ts";

describe("httpx --proxy", () => {
  it("sends the request to the proxy, its credentials with it", async () => {
    await using proxy = await serveFixed({
      "http://example.invalid/a": response("200 OK", "Content-Type: text/plain", "through\n"),
    });
    const address = proxy.url.replace("http://", "http://ada:secret@");
    const { code, stdout, stderr } = await httpx([
      ...["http://example.invalid/a", "--proxy", address, "-v"],
    ]);
    assertEquals([code, stdout], [0, "through\n"], stderr);
    assertMatch(stderr, new RegExp(`^\\* Connecting to 127\\.0\\.0\\.1 port ${proxy.port}\n`));
    assertMatch(proxy.heads[0] ?? "", /^GET http:\/\/example\.invalid\/a HTTP\/1\.1\r\n/);
    const credentials = `Proxy-Authorization: Basic ${btoa("ada:secret")}`;
    assertEquals(proxy.heads[0]?.includes(credentials), true);
  });

  it("says in one line, without the password, that there is no proxy", async () => {
    const args = ["http://example.invalid/", "--proxy", "http://ada:secret@127.0.0.1:1"];
    const { code, stderr } = await httpx(args);
    assertEquals(code, 1);
    assertMatch(stderr, /^httpx: .*127\.0\.0\.1:1.*\n$/);
    assertEquals(stderr.includes("secret"), false);
  });
});

describe("httpx over TLS", () => {
  /** Answers one request. */
  const answering = () =>
    listen(async (peer) => {
      let head = "";
      while (!head.includes("\r\n\r\n")) {
        const bytes = await peer.readSome();
        if (bytes === null) return peer.close();
        head += new TextDecoder().decode(bytes);
      }
      await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret");
      peer.end();
    }, { tls: { ...servers.good, clientCA: authorities.ca } });

  it("trusts whom --verify names, shows its certificate with --cert, or nobody's with --no-verify", async () => {
    await using server = await answering();
    const url = `https://localhost:${server.port}/`;
    const [ca, cert, key, encrypted] = [
      ...["ca", "clients/client", "clients/key", "clients/key_encrypted"],
    ].map(certificatePath);
    const identity = ["--cert", cert ?? "", "--cert", key ?? ""];
    assertEquals(await httpx([url, "--verify", ca ?? "", ...identity]), {
      code: 0,
      stdout: "secret",
      stderr: "",
    });
    assertEquals((await httpx([url, "--no-verify", ...identity])).stdout, "secret");
    const asked = await httpx(
      [url, "--verify", ca ?? "", "--cert", cert ?? "", "--cert", encrypted ?? ""],
      { typed: ["secret\n"] },
    );
    assertEquals([asked.code, asked.stdout], [0, "secret"]);
    const untrusted = await httpx([url, "--no-trust-env", ...identity]);
    assertEquals([untrusted.code, untrusted.stdout], [1, ""]);
    assertMatch(untrusted.stderr, /^httpx: [^\n]*certificate[^\n]* with --verify\n$/);
  });

  it("tells of TLS and the certificate with -v", async () => {
    await using server = await listen(async (peer) => {
      await peer.readSome();
      await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
      peer.end();
    }, { tls: { ...servers.good, alpnProtocols: ["http/1.1"] } });
    const url = `https://127.0.0.1:${server.port}/`;
    const { stdout, stderr } = await httpx([url, "-v", "--verify", certificatePath("ca")]);
    assertEquals(stdout, "ok");
    const notes = stderr.split("\n").filter((line) => line.startsWith("* "));
    assertEquals(notes.length, 12, stderr);
    assertMatch(notes[11] ?? "", /^\* queued .* tls [\d.]+ ms, sending .* reused: no$/);
    assertMatch(notes[2] ?? "", /^\* TLS established using TLSv1\.3 \/ TLS_AES_\w+$/);
    assertEquals(notes.slice(3, 7), [
      "* Selected ALPN protocol: http/1.1",
      "* Server certificate:",
      "*   subject: CN=localhost",
      "*   issuer: CN=httpx test ca",
    ]);
    assertMatch(notes[7] ?? "", /^\* {3}names: DNS:localhost, IP Address:127\.0\.0\.1, /);
    assertEquals(notes.slice(8, 10), [
      "*   valid from: Jan  1 00:00:00 2020 GMT",
      "*   valid to: Jan  1 00:00:00 2120 GMT",
    ]);
    assertMatch(notes[10] ?? "", /^\* {3}SHA-256: ([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  it("speaks HTTP/2 with --http2 where the server does", async () => {
    await using server = await listen(async (peer) => {
      await peer.send(settings());
      for (let bytes = await peer.readSome(); bytes !== null; bytes = await peer.readSome()) {
        if (!describeFrames(bytes).some((line) => line.startsWith("HEADERS 1"))) continue;
        await peer.send(joined(headers(1, [":status", "200", "x-a", "1"]), data(1, "h2", 1)));
      }
      peer.close();
    }, { tls: { ...servers.good, alpnProtocols: ["h2"] } });
    const args = [`https://localhost:${server.port}/`, "--verify", certificatePath("ca")];
    const { code, stdout } = await httpx([...args, "--http2"], onTerminal);
    assertEquals([code, stdout], [0, "HTTP/2 200 OK\nx-a: 1\n\nh2\n"]);
    const { stderr } = await httpx([...args, "--http2", "-v"]);
    assertMatch(stderr, /^\* Selected ALPN protocol: h2$/m);
    assertMatch(stderr, /^GET \/ HTTP\/2$/m);
  });

  it("names the option whose file is no certificate", async () => {
    const { code, stderr } = await httpx([
      "https://localhost/",
      "--verify",
      certificatePath("clients/key"),
    ]);
    assertEquals(code, 2);
    assertMatch(stderr, /^httpx: Cannot use --verify: [^\n]+\n$/);
  });
});
