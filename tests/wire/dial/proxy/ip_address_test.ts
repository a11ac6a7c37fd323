import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { bytesOfAddress } from "../../../../src/wire/dial/proxy/ip_address.ts";

describe("bytesOfAddress()", () => {
  it("gives the bytes of both families", () => {
    assertEquals(bytesOfAddress("127.0.0.1"), [127, 0, 0, 1]);
    assertEquals(bytesOfAddress("::"), new Array(16).fill(0));
    assertEquals(bytesOfAddress("::1"), [...new Array(15).fill(0), 1]);
    assertEquals(bytesOfAddress("fe80::"), [0xfe, 0x80, ...new Array(14).fill(0)]);
    assertEquals(bytesOfAddress("2001:db8::7:a"), [
      ...[0x20, 0x01, 0x0d, 0xb8],
      ...new Array(8).fill(0),
      ...[0, 7, 0, 10],
    ]);
    assertEquals(bytesOfAddress("1:2:3:4:5:6:7:8"), [
      ...[0, 1, 0, 2, 0, 3, 0, 4],
      ...[0, 5, 0, 6, 0, 7, 0, 8],
    ]);
  });

  it("gives null for everything else", () => {
    const others = ["", "a.test", "1.2.3", "1.2.3.256", "1.2.3.4.5", ":", ":::", "1::2::3"];
    for (const host of [...others, "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::g", "fe80::1%eth0"]) {
      assertEquals([host, bytesOfAddress(host)], [host, null]);
    }
  });
});
