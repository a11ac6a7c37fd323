import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CloseError,
  ConnectError,
  ConnectTimeout,
  DecodingError,
  InvalidURL,
  LocalProtocolError,
  PoolTimeout,
  ProxyError,
  ReadError,
  ReadTimeout,
  RemoteProtocolError,
  StreamConsumed,
  UnsupportedProtocol,
  WriteError,
} from "@httpx/httpx";
import { DEFAULT_RETRY } from "../../../src/message/retry_options.ts";
import {
  isTransient,
  obstacle,
  refusal,
  type Try,
  wasNotProcessed,
} from "../../../src/middleware/retry/policy.ts";

function tried(known: Partial<Try>): Try {
  return {
    number: 1,
    method: "GET",
    hasIdempotencyKey: false,
    isBodyReplayable: true,
    status: null,
    error: null,
    ...known,
  };
}

const coded = (code: string, message = code) => Object.assign(new Error(message), { code });

describe("isTransient()", () => {
  const transient: readonly (readonly [string, unknown])[] = [
    [
      "a refused connection",
      new ConnectError("", { phase: "connect", cause: coded("ECONNREFUSED") }),
    ],
    ["a name that is not known", new ConnectError("", { phase: "dns", cause: coded("ENOTFOUND") })],
    [
      "a handshake that broke off",
      new ConnectError("", { phase: "tls", cause: coded("ECONNRESET") }),
    ],
    ["a connect timeout", new ConnectTimeout("", { phase: "connect" })],
    ["a pool timeout", new PoolTimeout("", { phase: "pool" })],
    ["a read timeout", new ReadTimeout("", { phase: "receive" })],
    ["a read error", new ReadError("")],
    ["a write error", new WriteError("")],
    ["what a peer does wrong", new RemoteProtocolError("")],
    ["a proxy's 502", new ProxyError("", { status: 502 })],
    ["a SOCKS server that can't reach the host", new ProxyError("", { status: 4 })],
    ["a proxy that broke off", new ProxyError("")],
  ];
  const lasting: readonly (readonly [string, unknown])[] = [
    ["what the caller does wrong", new LocalProtocolError("")],
    ["an unsupported scheme", new UnsupportedProtocol("")],
    ["a closed client", new CloseError("")],
    [
      "an expired certificate",
      new ConnectError("", { phase: "tls", cause: coded("CERT_HAS_EXPIRED") }),
    ],
    [
      "an unknown authority",
      new ConnectError("", { phase: "tls", cause: new Error("UnknownIssuer") }),
    ],
    [
      "no version in common",
      new ConnectError("", { phase: "tls", cause: coded("EPROTO", "alert protocol version") }),
    ],
    [
      "a certificate that fetch refuses",
      new ConnectError("", {
        phase: "connect",
        cause: new TypeError("fetch failed", { cause: coded("DEPTH_ZERO_SELF_SIGNED_CERT") }),
      }),
    ],
    [
      "a missing permission",
      new ConnectError("", {
        phase: "connect",
        cause: Object.assign(new Error("Requires net access"), { name: "NotCapable" }),
      }),
    ],
    ["a proxy that wants credentials", new ProxyError("", { status: 407 })],
    ["a SOCKS server that forbids the host", new ProxyError("", { status: 2 })],
    ["content that can't be decoded", new DecodingError("")],
    ["a URL that is none", new InvalidURL("")],
    ["a stream that is used up", new StreamConsumed("")],
    ["an abort", new DOMException("stop", "AbortError")],
    ["a bug", new TypeError("x is undefined")],
    ["a thrown string", "stop"],
  ];
  for (const [what, error] of transient) {
    it(`is true for ${what}`, () => assertEquals(isTransient(error), true));
  }
  for (const [what, error] of lasting) {
    it(`is false for ${what}`, () => assertEquals(isTransient(error), false));
  }
});

describe("wasNotProcessed()", () => {
  it("goes by safeToRetry, and for idempotent methods by requestSent as well", () => {
    const unsent = new ConnectError("", { safeToRetry: true });
    const refused = new RemoteProtocolError("", { safeToRetry: true, requestSent: "yes" });
    const reset = new ReadError("", { requestSent: "yes" });
    const table = [unsent, refused, reset, new Error("")].map((error) =>
      ["POST", "GET"].map((method) => wasNotProcessed(error, method))
    );
    assertEquals(table, [[true, true], [true, false], [false, false], [false, false]]);
  });
});

describe("obstacle()", () => {
  const error = new ReadError("");
  it("is the error, then the limit, then the body", () => {
    const outcomes = [
      tried({ error, number: 2 }),
      tried({ error, number: 3, isBodyReplayable: false }),
      tried({ error, isBodyReplayable: false }),
      tried({ error: new LocalProtocolError(""), number: 3 }),
      tried({ status: 200 }),
      tried({ status: 503, number: 3 }),
      tried({ status: 200, number: 3 }),
      tried({ status: 404, isBodyReplayable: false }),
      tried({ status: 503, isBodyReplayable: false }),
    ].map((attempt) => obstacle(attempt, DEFAULT_RETRY));
    const expected = [null, "limit", "body", "error", null, "limit", "success", "success", "body"];
    assertEquals(outcomes, expected);
  });

  it("is the limit at once if that is 0", () => {
    assertEquals(obstacle(tried({ error }), { ...DEFAULT_RETRY, limit: 0 }), "limit");
  });
});

describe("refusal()", () => {
  const reset = new ReadError("", { requestSent: "yes" });
  const unsent = new ConnectError("", { safeToRetry: true });

  /** One line a method: by a reset, an unsent request, 503, 500. */
  it("goes by status, method, Idempotency-Key and what the server can have seen", () => {
    const rows = ["GET", "PUT", "QUERY", "POST", "PATCH", "get"].map((method) =>
      [{ error: reset }, { error: unsent }, { status: 503 }, { status: 500 }].map((known) =>
        refusal(tried({ method, ...known }), DEFAULT_RETRY)
      )
    );
    assertEquals(rows, [
      [null, null, null, "success"],
      [null, null, null, "success"],
      [null, null, null, "success"],
      ["method", null, "method", "success"],
      ["method", null, "method", "success"],
      ["method", null, "method", "success"],
    ]);
    const keyed = tried({ method: "POST", hasIdempotencyKey: true, error: reset });
    assertEquals(refusal(keyed, DEFAULT_RETRY), null);
  });

  it("repeats no method that the caller left out, unless nothing was sent", () => {
    const rules = { ...DEFAULT_RETRY, methods: new Set(["GET"]) };
    const harmless = new ReadError("", { requestSent: "yes", safeToRetry: true });
    assertEquals(refusal(tried({ method: "PUT", error: harmless }), rules), "method");
    assertEquals(refusal(tried({ method: "PUT", error: unsent }), rules), null);
  });
});
