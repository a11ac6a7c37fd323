import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { exclusionsOf } from "../../../src/transports/routing/no_proxy.ts";
import { targetOf } from "../../../src/semantics/target.ts";

/** The value, what it excludes, and what it does not. */
const TABLE: readonly (readonly [list: string, excluded: string, others: string])[] = [
  ["", "", "http://a.test http://localhost"],
  ["*", "http://a.test https://[::1]:99 http://10.0.0.1", ""],
  ["b.test, *", "http://a.test", ""],
  ["a.test", "http://a.test https://a.test:99 http://x.a.test", "http://ba.test http://a.test.b"],
  ["A.Test.", "http://a.test http://a.test.", "http://b.test"],
  [".a.test", "http://x.a.test http://x.y.a.test", "http://a.test http://xa.test"],
  ["*.a.test", "http://x.a.test", "http://a.test"],
  ["münchen.de", "http://xn--mnchen-3ya.de http://www.münchen.de", "http://munchen.de"],
  ["a.test:8080", "http://a.test:8080 https://x.a.test:8080", "http://a.test https://a.test"],
  ["a.test:443", "https://a.test", "http://a.test"],
  [".a.test:80", "http://x.a.test", "https://x.a.test http://a.test"],
  ["localhost", "http://localhost:3000", "http://a.localhost"],
  ["a.test,b.test c.test", "http://a.test http://b.test http://c.test", "http://d.test"],
  ["127.0.0.1", "http://127.0.0.1:99", "http://127.0.0.2 http://x.127.0.0.1.test"],
  ["127.0.0.1:99", "http://127.0.0.1:99", "http://127.0.0.1"],
  ["::1", "http://[::1] http://[0:0::1]:99", "http://[::2]"],
  ["[::1]", "http://[::1]:99", "http://[::2]"],
  ["[0:0::1]:99", "http://[::1]:99", "http://[::1]"],
  ["10.0.0.0/8", "http://10.1.2.3 http://10.255.255.255", "http://11.0.0.0 http://10.test"],
  ["192.168.4.0/22", "http://192.168.7.255", "http://192.168.8.0 http://192.168.3.255"],
  ["10.0.0.7/32", "http://10.0.0.7", "http://10.0.0.6"],
  ["0.0.0.0/0", "http://1.2.3.4", "http://[::1] http://a.test"],
  ["fd00::/8", "http://[fd12::1]", "http://[fe00::1] http://10.0.0.1"],
  ["fe80::/10", "http://[febf::1]", "http://[fec0::1]"],
  ["::ffff:10.0.0.0/8", "http://10.1.1.1", "http://11.1.1.1"],
  ["10.0.0.0/8", "http://[::ffff:10.1.1.1]", "http://[::ffff:11.1.1.1]"],
  ["http://a.test", "http://a.test http://a.test", "https://a.test http://x.a.test"],
  ["https://a.test:8443", "https://a.test:8443", "https://a.test"],
  ["all://*.a.test", "https://x.a.test", "https://a.test"],
  // Of other programs, or of none.
  [
    "<local>,10.0.0.0/33,10.0.0.0/,/8,169.254/16,:80,.,[::1,http:,http://x/y,a b:c",
    "http://a",
    "http://b http://c",
  ],
];

describe("exclusionsOf()", () => {
  for (const [list, excluded, others] of TABLE) {
    it(`reads ${JSON.stringify(list)}`, () => {
      const isExcluded = exclusionsOf(list);
      const of = (urls: string) => urls.split(" ").filter((url) => url !== "");
      const wrong = [
        ...of(excluded).filter((url) => !isExcluded(targetOf(new URL(url)))),
        ...of(others).filter((url) => isExcluded(targetOf(new URL(url)))),
      ];
      assertEquals(wrong, []);
    });
  }
});
