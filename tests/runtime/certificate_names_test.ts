import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { addressBytes, nameFault, namesOf } from "../../src/runtime/certificate_names.ts";

/** An element of DER with a short or a long length. */
function der(tag: number, ...parts: (Uint8Array | string)[]): Uint8Array {
  const bytes = parts.flatMap((part) => [
    ...(typeof part === "string" ? new TextEncoder().encode(part) : part),
  ]);
  const { length } = bytes;
  const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 255];
  return Uint8Array.from([...head, ...bytes]);
}

/** As much of a certificate as its names need, with the common name "localhost". */
function certificate(...names: Uint8Array[]): { raw: Uint8Array } {
  const commonName = der(
    0x30,
    der(0x31, der(0x30, der(0x06, "\x55\x04\x03"), der(0x0c, "localhost"))),
  );
  const other = der(0x30, der(0x06, "\x55\x1d\x0f"), der(0x01, "1"), der(0x04, "\x03"));
  const san = der(0x30, der(0x06, "\x55\x1d\x11"), der(0x04, der(0x30, ...names)));
  const extensions = names.length === 0 ? der(0x30, other) : der(0x30, other, san);
  return { raw: der(0x30, der(0x30, der(0x02, "\x01"), commonName, der(0xa3, extensions))) };
}

const dns = (name: string) => der(0x82, name);
const ip = (...bytes: number[]) => der(0x87, Uint8Array.from(bytes));

describe("nameFault()", () => {
  const table: [subject: string, names: Uint8Array[], host: string, isFine: boolean][] = [
    ["a name", [dns("localhost")], "localhost", true],
    ["a name in another case", [dns("LocalHost")], "localhost", true],
    ["a host with a trailing dot", [dns("localhost")], "localhost.", true],
    ["one of several", [dns("a.example"), dns("b.example")], "b.example", true],
    ["another name", [dns("a.example")], "b.example", false],
    ["a common name alone", [], "localhost", false],
    ["a common name beside other names", [dns("a.example")], "localhost", false],
    ["a name with a trailing dot", [dns("localhost.")], "localhost", false],
    ["a wildcard", [dns("*.a.example")], "x.a.example", true],
    ["a wildcard and an IDN label", [dns("*.a.example")], "xn--bcher-kva.a.example", true],
    ["a wildcard for two labels", [dns("*.a.example")], "x.y.a.example", false],
    ["a wildcard for no label", [dns("*.a.example")], "a.example", false],
    ["a wildcard for an empty label", [dns("*.a.example")], ".a.example", false],
    ["a wildcard inside a label", [dns("w*.a.example")], "www.a.example", false],
    ["a wildcard at the end of a label", [dns("*w.a.example")], "www.a.example", false],
    ["a wildcard in the second label", [dns("www.*.example")], "www.a.example", false],
    ["a wildcard of a top-level domain", [dns("*.example")], "a.example", false],
    ["a wildcard alone", [dns("*")], "localhost", false],
    ["a name with a NUL", [dns("localhost\0.evil.example")], "localhost", false],
    ["a name that looks like a list", [dns("x, DNS:localhost")], "localhost", false],
    ["an IPv4 address", [ip(127, 0, 0, 1)], "127.0.0.1", true],
    ["another IPv4 address", [ip(127, 0, 0, 2)], "127.0.0.1", false],
    ["an address as a DNS name", [dns("127.0.0.1")], "127.0.0.1", false],
    ["a wildcard for an address", [dns("*.0.0.1")], "127.0.0.1", false],
    ["an IPv6 address", [ip(...Array(15).fill(0), 1)], "::1", true],
    ["another IPv6 address", [ip(...Array(15).fill(0), 2)], "::1", false],
  ];
  for (const [subject, names, host, isFine] of table) {
    it(`${isFine ? "accepts" : "rejects"} ${subject}`, () => {
      assertEquals(nameFault(host, certificate(...names)) === null, isFine);
    });
  }

  it("lists the names of a certificate for another host", () => {
    assertEquals(
      nameFault("localhost", certificate(dns("a.example"), ip(10, 0, 0, 1))),
      "certificate is for DNS:a.example, IP Address:10.0.0.1",
    );
    assertEquals(nameFault("localhost", {}), "certificate has no subjectAltName");
  });
});

describe("namesOf()", () => {
  it("finds no names in a certificate that is cut short, and does not throw", () => {
    const { raw } = certificate(dns("localhost"), dns("x".repeat(200)));
    for (let length = 0; length < raw.length; length++) {
      assertEquals(namesOf(raw.subarray(0, length)).dnsNames, []);
    }
    assertEquals(namesOf(raw).dnsNames.length, 2);
  });
});

describe("addressBytes()", () => {
  it("reads IPv4 and IPv6 in every spelling", () => {
    const hex = (host: string) =>
      addressBytes(host)?.reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), "");
    assertEquals(hex("10.0.0.255"), "0a0000ff");
    assertEquals(hex("2001:db8::1"), "20010db8000000000000000000000001");
    assertEquals(hex("::ffff:1.2.3.4"), "00000000000000000000ffff01020304");
    assertEquals(hex("fe80::1%eth0"), "fe800000000000000000000000000001");
    assertEquals(hex("1:2:3:4:5:6:7:8"), "00010002000300040005000600070008");
    assertEquals([hex("localhost"), hex("a:b")], [undefined, undefined]);
  });
});
