/** A client whose requests a function answers, and what it was asked. */
import { Client, type ClientOptions, MockTransport, type Request, Response } from "@httpx/httpx";

type Handler = (request: Request) => Response;

/** The client, and each request as `METHOD URL`. */
export function clientOf(handler: Handler, options: Partial<ClientOptions> = {}) {
  const asked: string[] = [];
  const transport = new MockTransport((request) => {
    asked.push(`${request.method} ${request.url}`);
    return handler(request);
  });
  const client = new Client({ ...options, transport } as ClientOptions);
  return { client, asked };
}

/** A redirect. */
export function redirect(to: string, status = 302, headers: Record<string, string> = {}): Response {
  return new Response(status, { headers: { location: to, ...headers } });
}

/** `/n` leads to `/n-1`, and `/0` is the end. */
export function countdown(request: Request): Response {
  const left = Number(request.parsedURL.pathname.slice(1));
  return left === 0 ? new Response(200, { text: "end" }) : redirect(`/${left - 1}`);
}

/** A stream that tells whether it was given up or read. */
export function watched(chunks: string[]): { stream: ReadableStream<Uint8Array>; log: string[] } {
  const log: string[] = [];
  const left = [...chunks];
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift();
      log.push(chunk ?? "end");
      if (chunk === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(chunk));
    },
    cancel() {
      log.push("cancelled");
    },
  }, { highWaterMark: 0 });
  return { stream, log };
}
