/**
 * `CONNECT` (RFC 9110 §9.3.6): an HTTP proxy becomes a tunnel. Its answer is read by the engine that reads all
 * responses; any final one but 2xx is a refusal, and its content is not looked at.
 */
import { ProxyError, RemoteProtocolError } from "../../../errors.ts";
import { maskSecret } from "../../../observe/mask.ts";
import { type FieldLines, findField } from "../../../semantics/fields.ts";
import { ByteWriter, Http1Engine, type ResponseHead } from "../../http1/engine.ts";
import type { ProxyHandshake } from "./handshake.ts";

/** A proxy's head is not a server's: 16 KB are many times what any sends. */
const MAX_HEAD_BYTES = 16 * 1024;

const LONGEST_REASON = 100;

/** What is asked of the proxy. */
export interface HttpTunnelInit {
  /** `host:port` of the origin. */
  readonly authority: string;
  /** For the proxy: `Proxy-Authorization` and others. They replace `Host` and `Accept` of the same name. */
  readonly fields: FieldLines;
}

/** One `CONNECT` and its answer. */
export class HttpTunnel implements ProxyHandshake {
  isDone = false;
  excessBytes = 0;
  readonly #init: HttpTunnelInit;
  readonly #engine: Http1Engine;

  constructor(init: HttpTunnelInit) {
    this.#init = init;
    this.#engine = new Http1Engine({
      onInformational: () => {},
      onHead: (head) => {
        throw refusal(head, init.fields);
      },
      onData: () => {},
      onEnd: () => {},
      onUpgrade: (head, leading) => this.#onHandOver(head, leading),
    }, { maxHeadBytes: MAX_HEAD_BYTES });
  }

  start(): Uint8Array {
    const { authority, fields } = this.#init;
    const own = [["Host", authority], ["Accept", "*/*"]]
      .filter(([name = ""]) => findField(fields, name.toLowerCase()) === null).flat();
    const out = new ByteWriter();
    this.#engine.sendHead(
      { method: "CONNECT", target: authority, fields: [...own, ...fields] },
      out,
    );
    this.#engine.sendEnd();
    return out.bytes();
  }

  receive(bytes: Uint8Array): null {
    try {
      this.#engine.receive(bytes);
    } catch (error) {
      if (!(error instanceof RemoteProtocolError)) throw error;
      throw new ProxyError(`it does not speak HTTP: ${error.message}`, { cause: error });
    }
    return null;
  }

  #onHandOver(head: ResponseHead, leading: Uint8Array): void {
    if (head.status === 101) throw refusal(head, this.#init.fields);
    this.isDone = true;
    this.excessBytes = leading.length;
  }
}

/** The fields of a response that say why a proxy refuses. */
export type Refusal = Pick<ResponseHead, "status" | "reason" | "fields">;

/** The proxy's own status and reason, and what to do about it. */
export function refusal(
  { status, reason, fields }: Refusal,
  sent: FieldLines,
): ProxyError {
  const statusText = masked(reason, sent).replace(/[^\x20-\x7e]/g, "?").slice(0, LONGEST_REASON);
  const said = statusText === "" ? String(status) : `${status} ${statusText}`;
  const advice = status === 407 ? `; ${adviceOn407(fields.get("proxy-authenticate"), sent)}` : "";
  return new ProxyError(`it answered ${said}${advice}`, { status, statusText });
}

/** A proxy may say back what it was sent, as it came or decoded. */
function masked(reason: string, sent: FieldLines): string {
  const [, credentials = ""] = (findField(sent, "proxy-authorization") ?? "").split(" ");
  return [credentials, passwordIn(credentials)].reduce(maskSecret, reason);
}

/** As the bytes of Basic credentials; empty where they are none. */
function passwordIn(credentials: string): string {
  try {
    return /:(.*)$/s.exec(atob(credentials))?.[1] ?? "";
  } catch {
    return "";
  }
}

function adviceOn407(challenge: string | null, sent: FieldLines): string {
  if (challenge !== null && !/(?:^|,)\s*basic\b/i.test(challenge)) {
    const [scheme = ""] = /^[\w-]{1,20}/.exec(challenge) ?? [];
    return `it wants ${scheme || "other"} credentials, and only Basic ones are spoken here`;
  }
  return findField(sent, "proxy-authorization") === null
    ? "give user and password in the proxy's URL, or as auth of a Proxy"
    : "it does not take this user and password";
}
