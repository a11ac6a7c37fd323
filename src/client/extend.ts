/** What a constructor of a client is given to make a client that extends another: no public option is one. */
import { callsOf, type ClientSettings } from "./options/client_settings.ts";
import { extendedOptions, type ExtendOptions } from "./options/extend_options.ts";
import type { BaseClientOptions, HookLists } from "./options/options.ts";

/** A client to be, with its own middleware and everything else merged. */
export class Extension<Parent> {
  readonly parent: Parent;
  readonly settings: BaseClientOptions;

  constructor(parent: Parent, settings: BaseClientOptions) {
    this.parent = parent;
    this.settings = settings;
  }

  /** As what constructors take. */
  asOptions<Options>(): Options {
    return this as unknown as Options; // they look for it before anything else
  }
}

/**
 * What makes a client that extends another.
 *
 * @throws {TypeError} for an option that is unknown, or that belongs to the connections
 */
export function extensionOf<Parent extends ClientSettings & { readonly eventHooks: HookLists }>(
  parent: Parent,
  options: ExtendOptions,
): Extension<Parent> {
  const merged = extendedOptions(options, { calls: callsOf(parent), hooks: parent.eventHooks });
  return new Extension(parent, merged);
}

/** The extension that stands in the place of options; `null` for options. */
export function extensionIn<Parent>(options: object | undefined): Extension<Parent> | null {
  return options instanceof Extension ? options : null;
}

/** An extension has no transport of its own: its parent's is what it brings. */
export const NO_PARTS = {
  transport: { handleRequest: () => Promise.reject(new Error("Impossible: it is the parent's")) },
  mounts: {},
  makeJar: null,
} as const;
