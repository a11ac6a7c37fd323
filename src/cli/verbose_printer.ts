/**
 * What is printed on the way: the head of each answer on a terminal, and with `-v` the connection, its TLS and certificate,
 * and each request, as the events of `extensions.trace` tell of them.
 */
import { addressOf, type Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import type { Timings } from "../timings.ts";
import type { Output } from "../runtime/program/program.ts";
import type { SocketAddress, SocketFacts, TLSFacts } from "../semantics/network_stream.ts";
import type { Paint } from "./highlight.ts";
import { fieldLines, headText, print } from "./output.ts";
import { visibleLine } from "./visible.ts";

/** Prints what happens, in order. */
export class VerbosePrinter {
  readonly #output: Output;
  readonly #paint: Paint;
  readonly #isVerbose: boolean;
  /** The request that was not shown yet. */
  #request: Request | null = null;
  /** Whether the connection of this request was printed. */
  #hasConnected = false;
  #last: "nothing" | "note" | "head" = "nothing";
  /** All that was written; later pieces wait for earlier ones. */
  #written: Promise<void> = Promise.resolve();

  constructor(output: Output, { paint, isVerbose }: { paint: Paint; isVerbose: boolean }) {
    this.#output = output;
    this.#paint = paint;
    this.#isVerbose = isVerbose;
  }

  /** `extensions.trace`. */
  readonly trace = (event: string, info: Readonly<Record<string, unknown>>): void => {
    if (event === "connection.connect_tcp.started") {
      this.#note(`Connecting to ${info.host} port ${info.port}`);
    } else if (event === "connection.connect_tcp.complete") {
      this.#noteConnection(info.return_value as SocketFacts); // of this event it is one
    } else if (event.endsWith(".connect_tunnel.complete")) {
      this.#note("The proxy has opened a tunnel");
    } else if (event.endsWith(".setup_socks5_connection.complete")) {
      this.#note("The proxy has connected");
    } else if (event.endsWith(".start_tls.complete")) {
      this.#noteTLS((info.return_value as SocketFacts).tls);
    } else if (event.endsWith(".send_request_headers.started")) {
      if (!this.#hasConnected) this.#note("Using the same connection again");
      this.#showRequest(event.startsWith("http2.") ? "HTTP/2" : "HTTP/1.1");
    }
  };

  /** A request is about to leave. */
  onRequest(request: Request): void {
    this.#request = request;
    this.#hasConnected = false;
  }

  /** The head of an answer is here. */
  async onResponse(response: Response): Promise<void> {
    this.#show("head", headText(response, this.#paint));
    await this.#written;
  }

  /** The body has ended: with `-v` the parts of the exchange follow it. */
  onTimings(timings: Timings | null): void {
    if (timings !== null) this.#note(timingsLine(timings));
  }

  /** Resolves once all of it was written. */
  async end(): Promise<void> {
    await this.#written;
  }

  #noteConnection({ localAddress, remoteAddress }: SocketFacts): void {
    this.#hasConnected = true;
    if (remoteAddress === null) return;
    const from = localAddress === null ? "" : `, from ${nameOf(localAddress)}`;
    this.#note(`Connected to ${nameOf(remoteAddress)}${from}`);
  }

  #noteTLS(tls: TLSFacts | null): void {
    if (tls === null) return;
    const terms = [tls.protocol, tls.cipher].filter((term) => term !== null).join(" / ");
    this.#note(`TLS established${terms === "" ? "" : ` using ${terms}`}`);
    if (tls.alpnProtocol !== null) this.#note(`Selected ALPN protocol: ${tls.alpnProtocol}`);
    const lines = tls.peerCertificate === null ? [] : certificateLines(tls.peerCertificate);
    if (lines.length > 0) this.#note("Server certificate:");
    for (const line of lines) this.#note(`  ${line}`);
  }

  #showRequest(version: string): void {
    const request = this.#request;
    this.#request = null;
    if (request === null || !this.#isVerbose) return;
    const { requestTarget } = addressOf(request);
    const line = `${this.#paint("word", visibleLine(request.method))} ${
      visibleLine(requestTarget)
    } ${this.#paint("protocol", version)}\n`;
    this.#show("head", line + fieldLines(request.headers, this.#paint));
  }

  #note(text: string): void {
    if (this.#isVerbose) this.#show("note", `${this.#paint("quiet", `* ${visibleLine(text)}`)}\n`);
  }

  /** A line parts a head from what follows it. */
  #show(kind: "note" | "head", text: string): void {
    const gap = this.#last === "head" ? "\n" : "";
    this.#last = kind;
    this.#written = this.#written.then(() => print(this.#output, gap + text));
    this.#written.catch(() => {}); // `end()` rejects with it
  }
}

function nameOf({ host, port }: SocketAddress): string {
  return `${host} port ${port}`;
}

/** What people look at in a certificate, in the shape of `node:tls`. */
export function certificateLines(certificate: Readonly<Record<string, unknown>>): string[] {
  const { subject, issuer, subjectaltname, valid_from, valid_to, fingerprint256 } = certificate;
  const lines: [title: string, value: unknown][] = [
    ["subject", distinguishedName(subject)],
    ["issuer", distinguishedName(issuer)],
    ["names", subjectaltname],
    ["valid from", valid_from],
    ["valid to", valid_to],
    ["SHA-256", fingerprint256],
  ];
  return lines
    .filter(([, value]) => typeof value === "string" && value !== "")
    .map(([title, value]) => `${title}: ${value}`);
}

function distinguishedName(name: unknown): string {
  if (typeof name !== "object" || name === null) return "";
  return Object.entries(name).map(([key, value]) => `${key}=${[value].flat().join(", ")}`).join(
    ", ",
  );
}

/** How long each part took that took place, in one line: `connect 0.4 ms, sending 0.1 ms, …, reused: no`. */
export function timingsLine(timings: Timings): string {
  const parts = ["queued", "dns", "connect", "tls", "sending", "waiting", "downloading"] as const;
  const shown = parts.flatMap((name) => {
    const ms = timings[name];
    return ms === null ? [] : [`${name} ${ms.toFixed(1)} ms`];
  });
  return [...shown, `reused: ${timings.isReused ? "yes" : "no"}`].join(", ");
}
