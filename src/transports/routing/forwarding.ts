/**
 * What is particular to proxies that forward requests: their own answers among those of origins, and connections that
 * they close without a word. tinyproxy ends each of them with its first response and does not say so; a request that
 * may be sent once only must not meet that end.
 */
import { bodySourceOf, type Request } from "../../message/request.ts";
import type { FieldSection } from "../../semantics/fields.ts";
import { partLoader } from "../../runtime/load_part.ts";
import { isIdempotent } from "../../semantics/methods.ts";
import type { IncomingResponse } from "../../wire/connection/connection.ts";
import type { Route } from "../../wire/dial/route.ts";

const loadProxies = /* @__PURE__ */ partLoader(() =>
  import("../../wire/dial/proxy/through_proxy.ts")
);

/** So many proxies are remembered. */
const MAX_PROXIES = 1000;

/** What a transport has learnt of the proxies that forward its requests. */
export class Forwarding {
  /** By route key: those that have said that they keep connections. */
  readonly #keeping = new Set<string>();

  /** Whether a request may go over a connection that has carried another: else a new one is made for it. */
  mayReuse(request: Request, { key, way }: Route): boolean {
    if (way.kind !== "forwarded" || this.#keeping.has(key)) return true;
    return isIdempotent(request.method) && bodySourceOf(request)?.isReplayable !== false;
  }

  /**
   * Looks at the head of a response.
   *
   * @throws {ProxyError} for a proxy that wants credentials (RFC 9110 §15.5.8): that is no answer of the origin's
   */
  async check({ key, target, way }: Route, incoming: IncomingResponse): Promise<void> {
    if (way.kind !== "forwarded") return;
    if (incoming.status === 407) {
      await incoming.body.cancel();
      const { refusalOf } = await loadProxies();
      throw refusalOf(incoming, { proxy: way.proxy, target });
    }
    if (!promisesToKeep(incoming.fields)) return;
    if (this.#keeping.size >= MAX_PROXIES) this.#keeping.clear();
    this.#keeping.add(key);
  }
}

/** HTTP/1.1 keeps connections unless it is said otherwise; here that is not enough. */
function promisesToKeep(fields: FieldSection): boolean {
  if (fields.get("keep-alive") !== null) return true;
  return ["connection", "proxy-connection"].some((name) =>
    /\bkeep-alive\b/i.test(fields.get(name) ?? "")
  );
}
