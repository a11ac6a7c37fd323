/** PEM text (RFC 7468): finding blocks in it, and saying early what is wrong with it. */

/** One block: what it says it is, and its text with the lines around it. */
export interface PEMBlock {
  /** `"CERTIFICATE"`, `"PRIVATE KEY"`, `"ENCRYPTED PRIVATE KEY"` … */
  readonly label: string;
  readonly text: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/** Whether a string is PEM text rather than the path of a file. */
export function isPEM(text: string): boolean {
  return text.includes("-----BEGIN ");
}

/** All blocks, in order. */
export function pemBlocks(text: string): PEMBlock[] {
  return [...text.matchAll(BLOCK)].map((match) => ({ label: match[1] ?? "", text: match[0] }));
}

/** The certificates in a text, each as a block of its own. */
export function certificatesIn(text: string): string[] {
  return pemBlocks(text).filter(({ label }) => label === "CERTIFICATE").map((block) => block.text);
}

/** The first private key in a text, or `null`. */
export function privateKeyIn(text: string): string | null {
  return pemBlocks(text).find(({ label }) => label.endsWith("PRIVATE KEY"))?.text ?? null;
}
