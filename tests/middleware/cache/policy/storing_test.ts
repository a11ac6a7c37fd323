import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  storedFields,
  updatedFields,
  whyNotStored,
} from "../../../../src/middleware/cache/policy/storing.ts";
import { dateAt, fieldLines } from "./stored_heads.ts";

describe("whyNotStored()", () => {
  const cases: readonly (readonly [status: number, fields: string, reason: string | null])[] = [
    [200, "", null],
    [200, "Cache-Control: private", null],
    [200, "Cache-Control: no-cache", null],
    [200, "Cache-Control: max-age=60, no-store", "no-store"],
    [200, "Cache-Control: No-StOrE", "no-store"],
    [200, "Cache-Control: no-store, must-understand", null],
    [599, "Cache-Control: max-age=60, no-store, must-understand", "must-understand"],
    [599, "Cache-Control: max-age=60, must-understand", "must-understand"],
    [599, "Cache-Control: max-age=60", null],
    [599, "", "status 599 without a lifetime"],
    [599, "Cache-Control: public", null],
    [503, "", "status 503 without a lifetime"],
    [503, `Expires: ${dateAt(60)}`, null],
    [302, "Location: /", "status 302 without a lifetime"],
    [301, "Location: /", null],
    [304, "Cache-Control: max-age=60", "status 304"],
    [103, "Cache-Control: max-age=60", "status 103"],
    [200, "Vary: Foo, *", "Vary: *"],
    [
      200,
      "Cache-Control: max-age=60\nContent-Type: text/event-stream;charset=utf-8",
      "event stream",
    ],
    [206, "Content-Range: bytes 0-4/10", null],
    [206, "Cache-Control: max-age=60", "no single range"],
    [206, "Content-Range: lines 0-4/10", "no single range"],
    // It has no meaning there (RFC 9110 §14.4).
    [200, "Content-Range: bytes 0-4/10", null],
  ];
  for (const [status, fields, reason] of cases) {
    it(`${status} ${JSON.stringify(fields)} → ${reason}`, () =>
      assertEquals(whyNotStored({ status, fields: fieldLines(fields) }, []), reason));
  }

  it("heeds no-store in the request", () => {
    const request = fieldLines("Cache-Control: no-store");
    assertEquals(whyNotStored({ status: 200, fields: [] }, request), "no-store in the request");
  });
});

describe("storedFields()", () => {
  it("leaves out the connection's fields, and those it lists, and those no-cache lists", () => {
    const fields = fieldLines(
      "Connection: a, keep-alive\nA: 1\nKeep-Alive: 5\nTransfer-Encoding: chunked\nUpgrade: x\n" +
        'TE: x\nProxy-Authenticate: Basic\nCache-Control: no-cache="b"\nB: 2\nC: 3\nSet-Cookie: d=e',
    );
    assertEquals(
      storedFields(fields),
      fieldLines('Cache-Control: no-cache="b"\nC: 3\nSet-Cookie: d=e'),
    );
  });
});

describe("updatedFields()", () => {
  it("replaces what a 304 has, but for what describes the stored bytes", () => {
    const stored = fieldLines(
      'ETag: "1"\nContent-Length: 10\nContent-Encoding: gzip\nAge: 7\nX: 1\nX: 2\nDate: a',
    );
    const received = fieldLines(
      "Content-Length: 0\nContent-Encoding: br\nx: 3\nDate: b\nConnection: close\nNew: 4",
    );
    assertEquals(
      updatedFields(stored, received),
      fieldLines('ETag: "1"\nContent-Length: 10\nContent-Encoding: gzip\nx: 3\nDate: b\nNew: 4'),
    );
  });
});
