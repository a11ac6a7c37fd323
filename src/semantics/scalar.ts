/** The text of a string, number, bigint or boolean; `null` for what has to be made one by its owner. */
export function textOfScalar(value: unknown): string | null {
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    default:
      return null;
  }
}
