/** Colours: what is what in a response, and how each is painted. Painting adds colours and changes no character. */
import { type JSONKind, prettyJSON } from "./json_text.ts";
import { visibleLine } from "./visible.ts";

/** What a piece of output is. */
export type Ink =
  | "protocol"
  | "good"
  | "moved"
  | "bad"
  | "name"
  | "string"
  | "number"
  | "word"
  | "tag"
  | "quiet";

/** Puts colour on a text, or leaves it. */
export type Paint = (ink: Ink, text: string) => string;

/** ECMA-48 §8.3.117 (SGR): the terminal's own sixteen colours, so that they suit its background. */
const SGR: Readonly<Record<Ink, number>> = {
  protocol: 34,
  good: 32,
  moved: 33,
  bad: 31,
  name: 36,
  string: 32,
  number: 35,
  word: 35,
  tag: 34,
  quiet: 90,
};

/** No colour. */
export const plain: Paint = (_, text) => text;

/** Colour, line by line: pagers forget it at the end of one. */
export const colored: Paint = (ink, text) =>
  text.split("\n").map((line) => line === "" ? "" : `\x1b[${SGR[ink]}m${line}\x1b[0m`).join("\n");

const JSON_INKS: Readonly<Record<JSONKind, Ink | null>> = {
  key: "name",
  string: "string",
  number: "number",
  literal: "word",
  mark: null,
};

/** JSON with a line for each member and nothing that drives a terminal, or `null` where it is none. */
export function highlightJSON(text: string, paint: Paint): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  return prettyJSON(text, (token) => {
    const ink = JSON_INKS[token.kind];
    return ink === null ? token.text : paint(ink, visibleLine(token.text));
  });
}

/** HTML or XML, tag soup included. */
export function highlightMarkup(text: string, paint: Paint): string {
  let painted = "";
  let at = 0;
  while (at < text.length) {
    const begin = nextMarkup(text, at);
    painted += highlightEntities(text.slice(at, begin), paint);
    if (begin === text.length) break;
    const end = endOfMarkup(text, begin);
    const markup = text.slice(begin, end);
    const isTag = /^<\/?[A-Za-z_]/.test(markup);
    painted += isTag ? highlightTag(markup, paint) : paint("quiet", markup);
    at = end;
    const raw = /^<(script|style)\b/i.exec(markup)?.[1];
    if (raw === undefined || markup.endsWith("/>")) continue;
    const rawEnd = endOfRawText(text, { begin: end, name: raw.toLowerCase() });
    painted += text.slice(end, rawEnd);
    at = rawEnd;
  }
  return painted;
}

/** The next "<" that begins a tag, a comment or a declaration. */
function nextMarkup(text: string, from: number): number {
  for (let at = text.indexOf("<", from); at >= 0; at = text.indexOf("<", at + 1)) {
    if (/[A-Za-z_/!?]/.test(text[at + 1] ?? "")) return at;
  }
  return text.length;
}

const ENDS: readonly (readonly [begin: string, end: string])[] = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
];

function endOfMarkup(text: string, begin: number): number {
  for (const [opening, closing] of ENDS) {
    if (text.startsWith(opening, begin)) return indexAfter(text, closing, begin + opening.length);
  }
  let quote = "";
  for (let at = begin + 1; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === ">") {
      return at + 1;
    } else if ((char === '"' || char === "'") && /[=\s]/.test(text[at - 1] ?? "")) {
      quote = char;
    }
  }
  return text.length;
}

function indexAfter(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? text.length : at + what.length;
}

function endOfRawText(text: string, { begin, name }: { begin: number; name: string }): number {
  for (let at = text.indexOf("</", begin); at >= 0; at = text.indexOf("</", at + 2)) {
    if (text.slice(at + 2, at + 2 + name.length).toLowerCase() === name) return at;
  }
  return text.length;
}

/** `<name`, then attributes: names, values after "=", and whatever is between them. */
function highlightTag(tag: string, paint: Paint): string {
  const [head = ""] = /^<\/?[^\s/>]+/.exec(tag) ?? [];
  const [tail = ""] = /\/?>$/.exec(tag) ?? [];
  const attributes = tag.slice(head.length, tag.length - tail.length).replace(
    /(=\s*)("[^"]*"?|'[^']*'?|[^\s"']+)|[^\s=]+/g,
    (piece, equals?: string, value?: string) =>
      equals === undefined ? paint("name", piece) : equals + paint("string", value ?? ""),
  );
  return paint("tag", head) + attributes + paint("tag", tail);
}

function highlightEntities(text: string, paint: Paint): string {
  return text.replace(/&(?:#\d+|#x[\da-f]+|\w+);/gi, (entity) => paint("word", entity));
}
