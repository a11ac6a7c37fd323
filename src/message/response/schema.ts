/** Standard Schema (standardschema.dev): the one method that zod, valibot and arktype agree on. */
import { nameError } from "../../errors.ts";

/** A schema of any library that follows the standard. */
export interface StandardSchema<Output = unknown> {
  /** What the standard asks of a schema. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** What a schema says of a value. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong with a value. */
export interface SchemaIssue {
  /** In the schema's own words. */
  readonly message: string;
  /** The keys that lead to it. */
  readonly path?:
    | readonly (PropertyKey | { readonly key: PropertyKey })[]
    | undefined;
}

/**
 * JSON that is not what the schema asks for.
 *
 * @example Which part is wrong
 * ```ts
 * import { Response, SchemaError } from "@httpx/httpx";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const text = {
 *   "~standard": {
 *     version: 1,
 *     vendor: "example",
 *     validate: (value: unknown) =>
 *       typeof value === "string" ? { value } : { issues: [{ message: "expected a string" }] },
 *   },
 * } as const;
 * const error = await assertRejects(() => new Response(200, { json: 7 }).json(text), SchemaError);
 * assertEquals(error.issues.length, 1);
 * ```
 */
export class SchemaError extends Error {
  static readonly #isNamed: true = /* @__PURE__ */ nameError(this, "SchemaError");
  /** What the schema found, in its own words. */
  readonly issues: readonly SchemaIssue[];

  /** An error with what the schema found. */
  constructor(message: string, issues: readonly SchemaIssue[]) {
    super(message);
    this.issues = issues;
  }
}

/**
 * Throws early for what is not a schema: older versions of zod and valibot have no such interface.
 *
 * @throws {TypeError} where it is none
 */
export function checkSchema(schema: StandardSchema): void {
  if (typeof schema?.["~standard"]?.validate === "function") return;
  throw new TypeError("Cannot use schema: it is no Standard Schema");
}

/**
 * A schema's output for a value, at once.
 *
 * @throws {SchemaError} where the value does not fit
 * @throws {TypeError} for a schema that has to be waited for
 */
export function validateSync<Output>(schema: StandardSchema<Output>, value: unknown): Output {
  const result = schema["~standard"].validate(value);
  if (!(result instanceof Promise)) return accepted(result);
  result.catch(() => {}); // the result is not used
  throw new TypeError(
    "Cannot use this schema in a synchronous client: it validates asynchronously",
  );
}

/**
 * The output of a result.
 *
 * @throws {SchemaError} where it has none
 */
export function accepted<Output>(result: SchemaResult<Output>): Output {
  if (result.issues === undefined) return result.value;
  const [first] = result.issues;
  const more = result.issues.length > 1 ? ` (and ${result.issues.length - 1} more)` : "";
  const found = first === undefined ? "it does not fit" : `${pathOf(first)}${first.message}`;
  throw new SchemaError(`Cannot accept the JSON: ${found}${more}`, result.issues);
}

function pathOf(issue: SchemaIssue): string {
  const keys = (issue.path ?? []).map((step) => String(typeof step === "object" ? step.key : step));
  return keys.length === 0 ? "" : `${keys.join(".")}: `;
}
