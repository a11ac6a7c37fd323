import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { hasBodyByDefault, isIdempotent } from "../../src/semantics/methods.ts";

/** The IANA registry's column "idempotent", and whether content is expected. */
const METHODS = `
GET      idempotent  -
HEAD     idempotent  -
OPTIONS  idempotent  -
TRACE    idempotent  -
QUERY    idempotent  content
PUT      idempotent  content
DELETE   idempotent  -
POST     -           content
PATCH    -           content
CONNECT  -           -
FETCH    -           -
get      -           -`;

describe("methods", () => {
  for (const row of METHODS.trim().split("\n")) {
    const [method = "", idempotent, content] = row.split(/ +/);
    it(`isIdempotent() and hasBodyByDefault() of ${method}`, () => {
      assertEquals(
        [isIdempotent(method), hasBodyByDefault(method)],
        [idempotent === "idempotent", content === "content"],
      );
    });
  }
});
