/**
 * What `console.log` shows of an object, on Deno, Bun and Node alike. A class calls this from a static field that is
 * marked as pure: with a method under a computed name esbuild would keep the class, and all that it imports, in every
 * bundle.
 */

/** Has `console.log` show what `describe` says of an instance of a class. Default: `toString()`. */
export function inspectAs<Instance extends object>(
  { prototype }: { readonly prototype: Instance },
  describe: (instance: Instance) => string = String,
): true {
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), {
    configurable: true,
    writable: true,
    value(this: Instance): string {
      return describe(this);
    },
  });
  return true;
}
