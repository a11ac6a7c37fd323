/**
 * Parts that are loaded when they are first needed. A program that has no file descriptor left can't load them: that is
 * an error of one call, and the next one loads again.
 */
import { ConnectError } from "../errors.ts";

/**
 * A function that loads a part of the library, at once for all calls that need it.
 *
 * @throws {ConnectError} (the promise rejects) if it can't be loaded
 */
export function partLoader<Part>(load: () => Promise<Part>): () => Promise<Part> {
  let loading: Promise<Part> | null = null;
  return () =>
    loading ??= load().catch((cause) => {
      loading = null;
      throw loadFailure(cause);
    });
}

function loadFailure(cause: unknown): ConnectError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ConnectError(
    "Cannot connect: a part of this library could not be loaded; if the program has too many files or connections " +
      `open, close some, or raise the limit (ulimit -n): ${message}`,
    { cause, phase: "connect", safeToRetry: true },
  );
}
