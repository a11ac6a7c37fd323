/** examples/from_httpx.md as sections: which sample of which document, and the block that is its counterpart. */

/** A TypeScript block, with the samples it stands for. */
export interface Counterpart {
  /** `from_httpx.md:LINE`, its first line of code. */
  readonly place: string;
  readonly code: string;
  /** Words after `ts`, such as `tls`. */
  readonly options: readonly string[];
}

/** Samples that follow each other, and what stands below them. */
export interface Section {
  /** The title of the document and the heading in it. */
  readonly document: string;
  readonly heading: string;
  /** Texts of the samples. */
  readonly samples: readonly string[];
  readonly counterpart: Counterpart;
}

/**
 * Reads the page.
 *
 * @throws {Error} for samples that have no counterpart
 */
export function sectionsOf(markdown: string): Section[] {
  const sections: Section[] = [];
  let document = "";
  let heading = "";
  let samples: string[] = [];
  const end = (counterpart: Counterpart) => {
    if (samples.length > 0) sections.push({ document, heading, samples, counterpart });
    samples = [];
  };
  const checkPaired = () => {
    if (samples.length > 0) throw new Error(`Samples under "${heading}" have no counterpart`);
  };
  for (const match of markdown.matchAll(PIECES)) {
    const [, level, title = "", language = "", code = ""] = match;
    if (level !== undefined) checkPaired();
    if (level === "##") [document, heading] = [title, ""];
    else if (level === "###") heading = title;
    else if (language.startsWith("ts")) {
      const place = `from_httpx.md:${markdown.slice(0, match.index).split("\n").length + 1}`;
      end({ place, code, options: language.split(" ").slice(1) });
    } else samples.push(code);
  }
  checkPaired();
  return sections;
}

/** A heading, or a fenced block. */
const PIECES = /^(##|###) (.+)$|^```(.+)\n([\s\S]*?)\n?^```$/gm;
