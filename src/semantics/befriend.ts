/**
 * How the files of this library reach what a published class keeps private. Such a class has no members that are for
 * the library alone: its file declares functions, and the class assigns them from within, where `#fields` can be named.
 *
 * ```text
 * export let bodyOf: (response: Response) => Body;
 *
 * export class Response {
 *   static readonly #isOpen: true = befriend(() => {
 *     bodyOf = (response) => response.#body;
 *   });
 *   readonly #body: Body;
 * }
 * ```
 *
 * The declaration stands before the class, which assigns it when it is loaded. It is a static field marked as pure, not a
 * static block, so that bundlers drop a class that is not used. What makes an instance is a function that names the class.
 */

/** Runs the assignments of a class's friends. */
export function befriend(assign: () => void): true {
  assign();
  return true;
}
