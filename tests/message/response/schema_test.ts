import { Response, SchemaError, type StandardSchema } from "@httpx/httpx";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { pathToFileURL } from "node:url";
import { npmPackageIfAvailable } from "../../support/npm.ts";

/** A package's schema for `{ name: string; age: number }`, the age given as text too. */
const LIBRARIES = [
  {
    spec: "zod@4.1.12",
    entry: "index.js",
    // deno-lint-ignore no-explicit-any -- a package that is looked up at run time
    make: ({ z }: any) => z.object({ name: z.string(), age: z.coerce.number() }),
  },
  {
    spec: "valibot@1.1.0",
    entry: "dist/index.js",
    // deno-lint-ignore no-explicit-any -- a package that is looked up at run time
    make: (v: any) =>
      v.object({
        name: v.string(),
        age: v.pipe(v.unknown(), v.transform(Number), v.number()),
      }),
  },
];

describe("Response.json(schema)", () => {
  for (const { spec, entry, make } of LIBRARIES) {
    it(`gives the output of ${spec}, and its issues where the value does not fit`, async () => {
      const folder = await npmPackageIfAvailable(spec);
      if (folder === null) throw new Error(`${spec} can't be had here`);
      const schema: StandardSchema<{ name: string; age: number }> = make(
        await import(pathToFileURL(`${folder}/${entry}`).href),
      );
      const fitting = new Response(200, { json: { name: "Ada", age: "36" } });
      const person = await fitting.json(schema);
      assertEquals(person, { name: "Ada", age: 36 });
      const error = await assertRejects(
        () => new Response(200, { json: { name: 7, age: 1 } }).json(schema),
        SchemaError,
        "Cannot accept the JSON: name: ",
      );
      assertEquals(error.issues.length, 1);
    });
  }

  it("waits for a schema that validates later, and counts further issues", async () => {
    const schema: StandardSchema<number> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) =>
          Promise.resolve(
            typeof value === "number"
              ? { value: value + 1 }
              : { issues: [{ message: "no number" }, { message: "nor anything", path: ["a", 0] }] },
          ),
      },
    };
    assertEquals(await new Response(200, { json: 1 }).json(schema), 2);
    await assertRejects(
      () => new Response(200, { json: "x" }).json(schema),
      SchemaError,
      "no number (and 1 more)",
    );
  });

  it("refuses what is no schema, by name, before anything is read", async () => {
    for (const schema of [{}, null, (value: unknown) => value, { "~standard": {} }]) {
      const response = new Response(200, { stream: [new TextEncoder().encode("7")] });
      await assertRejects(
        // As callers without types do, or with a zod that is too old.
        () => response.json(schema as unknown as StandardSchema<number>),
        TypeError,
        "Cannot use schema: it is no Standard Schema",
      );
      assertEquals(await response.json(), 7);
    }
  });
});
