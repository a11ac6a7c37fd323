import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, type ClientOptions, HTTPTransport, type HTTPTransportOptions } from "@httpx/httpx";
import { checkDialOptions } from "../../../src/wire/dial/dial_options.ts";

describe("checkDialOptions()", () => {
  it("has defaults", () => {
    assertEquals(checkDialOptions({ resolve: null, localAddress: undefined }), {
      uds: null,
      localAddress: null,
      retries: 0,
      socketOptions: {},
      resolve: null,
    });
  });

  it("takes what is right", () => {
    const resolve = () => "::1";
    const options = {
      localAddress: "fe80::1%eth0",
      retries: 3,
      socketOptions: { noDelay: false, keepAlive: undefined },
      resolve,
    };
    assertEquals(checkDialOptions(options), { uds: null, ...options });
    assertEquals(checkDialOptions({ uds: "/run/x.sock" }).uds, "/run/x.sock");
  });
});

const wrong: [Record<string, unknown>, string][] = [
  [{ uds: 7 }, 'option "uds": give the path of a UNIX socket'],
  [{ uds: "" }, 'option "uds": give the path of a UNIX socket'],
  ...["localhost", "127.0.0.1:80", "[::1]", "", 7, ["127.0.0.1"]].map((
    localAddress,
  ): [Record<string, unknown>, string] => [
    { localAddress },
    'option "localAddress": give an IP address of this machine, without brackets or port',
  ]),
  ...[-1, 1.5, NaN, Infinity, "3", null, true].map((
    retries,
  ): [Record<string, unknown>, string] => [
    { retries },
    'option "retries": give a whole number, 0 or more',
  ]),
  [{ socketOptions: true }, 'option "socketOptions": give { noDelay, keepAlive }'],
  [{ socketOptions: [] }, 'option "socketOptions": give { noDelay, keepAlive }'],
  [{ socketOptions: { nodelay: true } }, '"nodelay" is unknown; there are noDelay, keepAlive'],
  [{ socketOptions: { keepAlive: 5 } }, '"keepAlive" is neither true nor false'],
  [{ resolve: "127.0.0.1" }, 'option "resolve": give a function, or addresses by host name'],
  [{ resolve: { a: "b" } }, 'for "a" there is "b", which is not an IP address'],
  [{ uds: "/x", localAddress: "::1" }, "Cannot use uds and localAddress at once"],
  [{ uds: "/x", resolve: () => null }, "Cannot use uds and resolve at once"],
];

describe("HTTPTransport and Client", () => {
  for (const [options, message] of wrong) {
    it(`refuse ${JSON.stringify(options)}`, () => {
      const makeTransport = () => new HTTPTransport(options as HTTPTransportOptions);
      assertThrows(makeTransport, TypeError, message);
      assertThrows(() => new Client(options as ClientOptions), TypeError, message);
    });
  }
});
