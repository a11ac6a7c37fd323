/**
 * Which authorities a connection trusts: those given, and unless these are exclusive the runtime's own as well. What is
 * made of a list is kept with the list, so that connections and clients with the same one share it.
 *
 * | runtime | trusts by itself |
 * |---|---|
 * | Deno | Mozilla's, or what `DENO_TLS_CA_STORE` names; `DENO_CERT` and `--cert` |
 * | Bun | Mozilla's, `NODE_EXTRA_CA_CERTS` |
 * | Node | Mozilla's, `NODE_EXTRA_CA_CERTS`, and what its own options add |
 */
import type { TLSOptions } from "../connect_options.ts";
import {
  builtin,
  environmentVariable,
  mayReadAuthorities,
  mayReadVariable,
  readTexts,
  required,
} from "../host.ts";

/** As much of `node:tls` as is used here. */
interface TLSModule {
  readonly rootCertificates: readonly string[];
  /** Not on Node before 22.15. */
  getCACertificates?(of: "default" | "system"): readonly string[];
}

/** All authorities of a list and the runtime's, by the list. */
const joined = new WeakMap<readonly string[], readonly string[]>();

/** Those of a list that Deno does not trust by itself, by the list. */
const beyond = new WeakMap<readonly string[], readonly string[]>();

/** Every authority to trust; `null` for those that the runtime trusts by itself. */
export function authoritiesOf({ ca, isCaExclusive }: TLSOptions): readonly string[] | null {
  if (ca.length === 0) return null;
  return isCaExclusive ? ca : kept(joined, ca, () => [...runtimeAuthorities(), ...ca]);
}

/**
 * The authorities of a list that Deno does not trust by itself. It parses what it is given for each connection: the
 * bundle of an operating system, nearly all of it Mozilla's, doubles the cost of a handshake.
 */
export function authoritiesBeyondDeno(ca: readonly string[]): readonly string[] {
  return ca.length < WORTH_COMPARING ? ca : kept(beyond, ca, () => {
    const own = new Set(mozillaAuthorities().map(contentOf));
    return ca.filter((certificate) => !own.has(contentOf(certificate)));
  });
}

/** Shorter lists are parsed sooner than they are compared. */
const WORTH_COMPARING = 10;

/** Mozilla's, if Deno trusts them by itself, as far as the program may know that. */
function mozillaAuthorities(): readonly string[] {
  if (!mayReadAuthorities() || !mayReadVariable("DENO_TLS_CA_STORE")) return [];
  const store = environmentVariable("DENO_TLS_CA_STORE") ?? "mozilla";
  if (!store.split(",").includes("mozilla")) return [];
  return builtin<TLSModule>("node:tls")?.rootCertificates ?? [];
}

/** A certificate without the line breaks of its text. */
function contentOf(certificate: string): string {
  return certificate.replace(/-----[^-]*-----|\s/g, "");
}

function runtimeAuthorities(): readonly string[] {
  if (!mayReadAuthorities()) {
    throw Object.assign(new Error('Requires sys access to "ca"'), { name: "NotCapable" });
  }
  const { getCACertificates, rootCertificates } = required<TLSModule>("node:tls");
  return getCACertificates?.("default") ?? [...rootCertificates, ...extraAuthorities()];
}

/** `NODE_EXTRA_CA_CERTS`: a Node that can't list what it trusts has read it, but not into `rootCertificates`. */
function extraAuthorities(): readonly string[] {
  const path = environmentVariable("NODE_EXTRA_CA_CERTS") ?? "";
  return path === "" ? [] : readTexts(path).texts;
}

/** The authorities that the operating system trusts; `null` if the runtime can't list them, or must not. */
export function systemAuthorities(): readonly string[] | null {
  if (!mayReadAuthorities()) return null;
  return builtin<TLSModule>("node:tls")?.getCACertificates?.("system") ?? null;
}

function kept(
  known: WeakMap<readonly string[], readonly string[]>,
  list: readonly string[],
  make: () => readonly string[],
): readonly string[] {
  const made = known.get(list) ?? [...new Set(make())];
  known.set(list, made);
  return made;
}
