/**
 * Answers without promises, for callers that block: a handler's response is taken where it is there when the handler
 * returns. A web `Response` gives its body only to those who wait. So those that a handler makes are made by a class that
 * keeps what they were given, in the place of the global one, while the handler runs.
 */
import { bytesOf } from "../message/content/source/byte_source.ts";
import type { Request } from "../message/request.ts";
import { Response } from "../message/response/response.ts";
import { readableAtOnce } from "../message/response/sync_body.ts";
import { maskURL } from "../observe/mask.ts";

/** What a handler may give. */
type Answer = Response | globalThis.Response;

/** An answer that is not there yet, in a client that blocks. */
export class WouldWait extends TypeError {
  static {
    Object.defineProperty(this.prototype, "name", { value: "TypeError" });
  }
}

/**
 * What a handler answers when it is called.
 *
 * @throws {TypeError} for a promise, and for a body that is not in memory. What the handler throws is thrown
 */
export function answeredAtOnce(request: Request, handle: () => Answer | Promise<Answer>): Answer {
  const answer = recordingBodies(handle);
  if (answer instanceof Promise) {
    answer.catch(() => {}); // the error below says more
    throw wouldWait(request, "the handler is asynchronous");
  }
  if (answer instanceof Response) return readableAtOnce(answer);
  if (!(answer instanceof globalThis.Response) || answer.body === null) return answer;
  const bytes = bytesOfBody(answer);
  if (bytes === null) throw wouldWait(request, "the body of the handler's Response is a stream");
  const { status, statusText, headers } = answer;
  const extensions = statusText === "" ? {} : { reason_phrase: statusText };
  return readableAtOnce(
    new Response(status, { headers: [...headers], stream: [bytes], request, extensions }),
  );
}

/** What web responses were made of. */
const bodies = new WeakMap<globalThis.Response, unknown>();

function recordingBodies<T>(work: () => T): T {
  const Web = globalThis.Response;
  class RecordedResponse extends Web {
    constructor(body?: BodyInit | null, init?: globalThis.ResponseInit) {
      super(body, init);
      bodies.set(this, bytesOf(body)?.slice() ?? body); // a copy, as the web makes one
    }

    static override json(value: unknown, init?: globalThis.ResponseInit): globalThis.Response {
      const response = Web.json(value, init);
      bodies.set(response, JSON.stringify(value));
      return response;
    }
  }
  globalThis.Response = RecordedResponse;
  try {
    return work();
  } finally {
    globalThis.Response = Web;
  }
}

function bytesOfBody(response: globalThis.Response): Uint8Array | null {
  const body = response.bodyUsed ? null : bodies.get(response);
  if (body instanceof URLSearchParams) return new TextEncoder().encode(String(body));
  return typeof body === "string" ? new TextEncoder().encode(body) : bytesOf(body);
}

function wouldWait({ method, url }: Request, why: string): WouldWait {
  return new WouldWait(
    `Cannot answer ${method} ${maskURL(url)} without waiting: ${why}; ` +
      "answer at once, or use the asynchronous client",
  );
}
