/**
 * Who waits for a call, for the stack of its error: an error that a timer or a socket makes knows nothing of that, and
 * what is printed of an uncaught one would lead nowhere.
 */

/** Adds those who wait for the async function that this is called from, as far as the runtime knows them. */
export function appendAsyncStack(error: Error): void {
  const { stack } = error;
  if (typeof stack !== "string") return;
  const waiting = (new Error().stack ?? "").split("\n").filter((line) =>
    /^\s*at async /.test(line)
  );
  const unknown = waiting.filter((line) => !stack.includes(line.trim()));
  if (unknown.length > 0) error.stack = [stack.trimEnd(), ...unknown].join("\n");
}
