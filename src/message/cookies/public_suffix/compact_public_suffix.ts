/**
 * Public suffixes by rule of thumb, for bundles without the list: a single label, or a country and the kind of registry
 * that countries have. It knows no private registries (`github.io`); the list in public_suffix.ts does.
 */

const REGISTRIES = /* @__PURE__ */ new Set(
  /* @__PURE__ */ "ac co com edu go gob gouv gov govt ltd me mil ne net nom or org plc sch".split(
    " ",
  ),
);

/** Whether a domain is a public suffix, judged by its form. */
export function isCompactPublicSuffix(domain: string): boolean {
  const labels = domain.split(".");
  const [registry = "", country = ""] = labels;
  if (labels.length === 1) return true;
  return labels.length === 2 && country.length === 2 && REGISTRIES.has(registry);
}
