import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { parse } from "../house/source.ts";
import { mutated, mutationsOf } from "./mutations.ts";

function mutants(text: string): string[] {
  return mutationsOf(parse("src/a.ts", text)).map((mutation) => mutated(text, mutation));
}

describe("mutationsOf()", () => {
  it("moves bounds, flips comparisons and negates conditions", () => {
    assertEquals(mutants("f = a < b;"), [";", "f = a <= b;"]);
    assertEquals(mutants("const f = a === b || !c;"), [
      "const f = a === b && !c;",
      "const f = a !== b || !c;",
      "const f = a === b || (c);",
    ]);
    assertEquals(mutants("if (ready) go();"), ["if (!(ready)) go();", "if (ready) ;"]);
    assertEquals(mutants("const f = ready ? a : b;"), ["const f = !(ready) ? a : b;"]);
  });

  it("drops statements, flips literals and moves numbers", () => {
    assertEquals(mutants("const a = [true, 2];"), [
      "const a = [false, 2];",
      "const a = [true, (2 + 1)];",
    ]);
    assertEquals(mutants("go();"), [";"]);
  });

  it("leaves types, imports, super() and the wording of errors alone", () => {
    assertEquals(mutants('import a from "./a.ts"; type T = 1 | true;'), []);
    assertEquals(mutants("class A extends B { constructor() { super(); } }"), []);
    assertEquals(mutants("if (a) { throw new Error(`${n + 1} of ${m}`); }"), [
      "if (!(a)) { throw new Error(`${n + 1} of ${m}`); }",
    ]);
    assertEquals(mutants('const a = "x" + b;'), []);
  });
});
