import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ConnectError } from "../../../src/errors.ts";
import {
  addressesGiven,
  addressesOf,
  isIPAddress,
  type Resolve,
  type ResolveInit,
  resolverFrom,
} from "../../../src/wire/dial/resolve.ts";

const signal = new AbortController().signal;
const peer = "example.org:80";

function ask(resolve: unknown, host = "example.org", waitSignal = signal) {
  return addressesGiven(host, { resolve: resolve as Resolve, peer, signal: waitSignal });
}

describe("isIPAddress()", () => {
  const addresses = [
    "127.0.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "::1",
    "2001:db8::7",
    "fe80::1%eth0",
  ];
  for (const text of addresses) it(`takes ${text}`, () => assert(isIPAddress(text)));
  const others = [
    "",
    "example.org",
    "1.2.3",
    "1.2.3.4.",
    "256.1.1.1",
    "1.2.3.04",
    "1.2.3.4.5",
    "[::1]",
    ":::1",
    "::1:",
    "::1]/x[",
    "127.0.0.1:80",
    "fe80::1%",
  ];
  for (const text of others) it(`refuses "${text}"`, () => assert(!isIPAddress(text)));
});

describe("resolverFrom()", () => {
  it("knows the hosts of a record, whatever their case, and leaves others open", async () => {
    const resolve = resolverFrom({ "API.example.org": "192.0.2.7", b: ["::1", "192.0.2.8"] });
    assert(resolve !== null);
    assertEquals(await ask(resolve, "api.example.org"), ["192.0.2.7"]);
    assertEquals(await ask(resolve, "b"), ["::1", "192.0.2.8"]);
    assertEquals(await ask(resolve, "example.org"), null);
    assertEquals(resolverFrom(null), null);
  });

  it("knows hosts as URLs write them: IDNA, a dot at the end", async () => {
    const resolve = resolverFrom({ "Bücher.example": "192.0.2.7", "a.example.": "192.0.2.8" });
    assert(resolve !== null);
    assertEquals(await ask(resolve, new URL("http://bücher.example").hostname), ["192.0.2.7"]);
    assertEquals(await ask(resolve, "a.example"), ["192.0.2.8"]);
    assertEquals(await ask(resolve, "a.example."), ["192.0.2.8"]);
  });

  const rubbish: [unknown, string][] = [
    ["127.0.0.1", "give a function, or addresses by host name"],
    [["127.0.0.1"], "give a function, or addresses by host name"],
    [{ a: "localhost" }, 'for "a" there is "localhost", which is not an IP address'],
    [{ a: ["::1", 7] }, 'for "a" there is 7, which is not an IP address'],
    [{ a: [] }, '"a" has no address'],
    [{ a: null }, '"a" has no address'],
    [{ "": "::1" }, '"" is not a host name'],
    [{ "127.0.0.1": "::1" }, '"127.0.0.1" is not a host name'],
    [{ "[::1]": "::1" }, '"[::1]" is not a host name'],
    [{ "a.example:80": "::1" }, '"a.example:80" is not a host name'],
    [{ "http://a.example": "::1" }, '"http://a.example" is not a host name'],
    [{ "a b": "::1" }, '"a b" is not a host name'],
  ];
  for (const [option, why] of rubbish) {
    it(`refuses ${JSON.stringify(option)}`, () => {
      const make = () => resolverFrom(option as ResolveInit);
      assertThrows(make, TypeError, `Cannot use option "resolve": ${why}`);
    });
  }
});

describe("addressesGiven()", () => {
  it("takes one address, a list, and promises of them", async () => {
    assertEquals(await ask(() => "::1"), ["::1"]);
    assertEquals(await ask(() => ["::1", "127.0.0.1"]), ["::1", "127.0.0.1"]);
    assertEquals(await ask(() => Promise.resolve(["127.0.0.1"])), ["127.0.0.1"]);
  });

  it("is told the host, and may leave it to the system", async () => {
    const hosts: string[] = [];
    const resolve = (host: string) => void hosts.push(host);
    assertEquals([await ask(resolve, "a.example"), await ask(() => null)], [null, null]);
    assertEquals(hosts, ["a.example"]);
  });

  it("says that there was no address", async () => {
    const error = await assertRejects(() => ask(() => []), ConnectError);
    assertEquals(
      error.message,
      "Cannot connect to example.org:80: the option resolve gave no address",
    );
    assertEquals([error.phase, error.safeToRetry], ["dns", true]);
  });

  it("says that the function threw, and keeps why as the cause alone", async () => {
    const cause = new Error("token=secret");
    for (
      const resolve of [() => Promise.reject(cause), () => {
        throw cause;
      }]
    ) {
      const error = await assertRejects(() => ask(resolve), ConnectError);
      assertEquals(
        error.message,
        "Cannot connect to example.org:80: the option resolve threw; see the error's cause",
      );
      assertEquals([error.phase, error.cause], ["dns", cause]);
    }
  });

  for (
    const rubbish of [7, true, {}, ["example.org"], [null], "[::1]", "127.0.0.1:80", new Map()]
  ) {
    it(`refuses ${JSON.stringify(rubbish)} of type ${typeof rubbish}`, async () => {
      await assertRejects(() => ask(() => rubbish), TypeError, 'Cannot use option "resolve": for');
    });
  }

  it("is given up where nobody waits any more, and sees the signal", async () => {
    const controller = new AbortController();
    let seen = false;
    const resolve: Resolve = (_host, wait) => {
      wait.signal.addEventListener("abort", () => seen = true);
      return new Promise(() => {});
    };
    const asked = ask(resolve, "example.org", controller.signal);
    controller.abort(new RangeError("enough"));
    await assertRejects(() => asked, RangeError, "enough");
    assert(seen);
    const late = ask(() => "::1", "example.org", controller.signal);
    await assertRejects(() => late, RangeError, "enough");
  });
});

describe("addressesOf()", () => {
  it("knows what the hosts file knows", async () => {
    const addresses = await addressesOf("localhost", { peer, signal });
    assert(addresses.includes("127.0.0.1"), addresses.join());
  });

  it("says that a name is unknown", async () => {
    const name = "does-not-exist.invalid";
    const error = await assertRejects(
      () => addressesOf(name, { peer: `${name}:80`, signal }),
      ConnectError,
    );
    assertEquals(error.message, `Cannot connect to ${name}:80: its name could not be resolved`);
    assertEquals(error.phase, "dns");
  });
});
