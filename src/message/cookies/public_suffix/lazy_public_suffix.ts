/**
 * The Public Suffix List for the jars of clients that can wait. Its table is 80 KB, a quarter of all code, and most programs
 * never receive a cookie with a `Domain`: it is loaded for the first one.
 */
import type { CookiesOptions } from "../jar.ts";
import { isCompactPublicSuffix } from "./compact_public_suffix.ts";

/** The judge of a client's jars: by rule of thumb until the list is loaded. */
export function lazyPublicSuffixes(): Required<
  Pick<CookiesOptions, "isPublicSuffix" | "loadPublicSuffixes">
> {
  let isListed: ((domain: string) => boolean) | null = null;
  let loading: Promise<void> | null = null;
  return {
    isPublicSuffix: (domain) => (isListed ?? isCompactPublicSuffix)(domain),
    loadPublicSuffixes() {
      if (isListed !== null) return null;
      return loading ??= import("./public_suffix.ts").then(
        ({ isPublicSuffix }) => void (isListed = isPublicSuffix),
        () => void (loading = null), // no file descriptor is left: the rule of thumb, and the next cookie tries again
      );
    },
  };
}
