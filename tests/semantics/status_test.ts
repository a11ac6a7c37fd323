import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { forbidsBody, isFollowed, statusClass } from "../../src/semantics/status.ts";

describe("statusClass()", () => {
  it("is the first digit", () => {
    const statuses = [100, 199, 200, 299, 300, 404, 599, 600, 999];
    assertEquals(statuses.map(statusClass), [1, 1, 2, 2, 3, 4, 5, 6, 9]);
  });
});

describe("forbidsBody()", () => {
  it("holds for 1xx, 204 and 304 alone", () => {
    const statuses = Array.from({ length: 500 }, (_, i) => 100 + i).filter(forbidsBody);
    assertEquals(statuses, [...Array.from({ length: 100 }, (_, i) => 100 + i), 204, 304]);
  });
});

describe("isFollowed()", () => {
  it("is true of the five statuses that name a place to go to", () => {
    const followed = Array.from({ length: 900 }, (_, i) => i + 100).filter(isFollowed);
    assertEquals(followed, [301, 302, 303, 307, 308]);
  });
});
