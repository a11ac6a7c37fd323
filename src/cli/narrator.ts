/**
 * What is told on the way: the head of each answer on a terminal, and with `-v` the connection, its TLS and certificate,
 * and each request. Facts come as events of the trace where the transport tells them, else with the answer.
 */
import type { Request } from "../message/request.ts";
import type { Response } from "../message/response/response.ts";
import type { Output } from "../runtime/program/program.ts";
import type { SocketAddress, SocketFacts, TLSFacts } from "../runtime/socket.ts";
import type { Paint } from "./highlight.ts";
import { fieldLines, headText, print } from "./output.ts";
import { visibleLine } from "./visible.ts";

/** Tells what happens, in order. */
export class Narrator {
  readonly #output: Output;
  readonly #paint: Paint;
  readonly #isVerbose: boolean;
  /** The request that was not shown yet. */
  #request: Request | null = null;
  /** Whether the connection of this request was told of. */
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
    } else if (/\.connect_(tcp|unix_socket)\.complete$/.test(event)) {
      this.#noteConnection(factsOf(info.return_value));
    } else if (event.endsWith(".connect_tunnel.complete")) {
      this.#note("The proxy has opened a tunnel");
    } else if (event.endsWith(".setup_socks5_connection.complete")) {
      this.#note("The proxy has connected");
    } else if (event.endsWith(".start_tls.complete")) {
      this.#noteTLS(factsOf(info.return_value)?.tls ?? null);
    } else if (event.endsWith(".send_request_headers.started")) {
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
    const facts = factsOf(response.extensions.network_stream);
    if (!this.#hasConnected && facts !== null) {
      this.#noteConnection(facts);
      this.#noteTLS(facts.tls);
    }
    this.#showRequest(response.httpVersion);
    this.#show("head", headText(response, this.#paint));
    await this.#written;
  }

  /** Nothing more will come. */
  async end(): Promise<void> {
    this.#showRequest("HTTP/1.1"); // one that got no answer
    await this.#written;
  }

  #noteConnection(facts: SocketFacts | null): void {
    this.#hasConnected = true;
    if (facts === null) return;
    const { localAddress, remoteAddress } = facts;
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
    const { requestTarget } = request.target;
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
    this.#written.catch(() => {}); // whoever waits for it is told
  }
}

/** Facts of a connection, whoever tells them. */
function factsOf(source: unknown): SocketFacts | null {
  if (typeof source !== "object" || source === null) return null;
  const { facts, remoteAddress } = source as Partial<SocketFacts> & { facts?: SocketFacts };
  if (facts !== undefined) return facts;
  if (remoteAddress !== undefined) return source as SocketFacts; // it has the property that makes one
  const { getExtraInfo } = source as { getExtraInfo?: (name: string) => unknown };
  if (typeof getExtraInfo !== "function") return null;
  const info = (name: string) => getExtraInfo.call(source, name);
  return {
    localAddress: (info("client_addr") ?? null) as SocketAddress | null,
    remoteAddress: (info("server_addr") ?? null) as SocketAddress | null,
    tls: (info("ssl_object") ?? null) as TLSFacts | null,
  };
}

function nameOf(address: SocketAddress | readonly [string, number]): string {
  const [host, port] = "host" in address ? [address.host, address.port] : address;
  return port === 0 ? host : `${host} port ${port}`;
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
