/** Every option of the command line, in one table; the help is that table, in 80 columns. */

/** An option's name, without its dashes. */
export type OptionName =
  | "method"
  | "params"
  | "content"
  | "data"
  | "files"
  | "json"
  | "headers"
  | "cookies"
  | "auth"
  | "proxy"
  | "timeout"
  | "follow-redirects"
  | "max-redirects"
  | "no-verify"
  | "verify"
  | "cert"
  | "http2"
  | "no-trust-env"
  | "download"
  | "verbose"
  | "timings"
  | "curl"
  | "show-secrets"
  | "help";

/** What an option is. */
export interface Option {
  readonly name: OptionName;
  /** One letter, without its dash. */
  readonly short?: string;
  /** What follows it, in words; a switch has none. */
  readonly values: readonly string[];
  /** Whether each time it is given counts; else the last one does. */
  readonly repeats?: true;
  readonly about: string;
}

/** In the order of the help. */
export const OPTIONS: readonly Option[] = [
  {
    name: "method",
    short: "m",
    values: ["METHOD"],
    about: "Request method, such as GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD. " +
      "[Default: GET, or POST if a request body is included]",
  },
  {
    name: "params",
    short: "p",
    values: ["NAME", "VALUE"],
    repeats: true,
    about: "Query parameters to include in the request URL.",
  },
  {
    name: "content",
    short: "c",
    values: ["TEXT"],
    about: "Byte content to include in the request body.",
  },
  {
    name: "data",
    short: "d",
    values: ["NAME", "VALUE"],
    repeats: true,
    about: "Form data to include in the request body.",
  },
  {
    name: "files",
    short: "f",
    values: ["NAME", "FILENAME"],
    repeats: true,
    about: "Form files to include in the request body.",
  },
  {
    name: "json",
    short: "j",
    values: ["TEXT"],
    about: "JSON data to include in the request body.",
  },
  {
    name: "headers",
    short: "h",
    values: ["NAME", "VALUE"],
    repeats: true,
    about: "Include additional HTTP headers in the request.",
  },
  {
    name: "cookies",
    values: ["NAME", "VALUE"],
    repeats: true,
    about: "Cookies to include in the request.",
  },
  {
    name: "auth",
    values: ["USER", "PASS"],
    about:
      "Username and password to include in the request. Specify '-' for the password to use a " +
      "password prompt. Note that --verbose/-v will show the Authorization header, from which " +
      "the password can be read.",
  },
  {
    name: "proxy",
    values: ["URL"],
    about: "Send the request via a proxy. Should be the URL giving the proxy address.",
  },
  {
    name: "timeout",
    values: ["FLOAT"],
    about:
      "Timeout in seconds for network operations, such as establishing the connection, reading " +
      "some data, etc. [Default: 5.0]",
  },
  { name: "follow-redirects", values: [], about: "Automatically follow redirects." },
  {
    name: "max-redirects",
    values: ["NUMBER"],
    about: "How many redirects to follow at most. [Default: 20]",
  },
  { name: "no-verify", values: [], about: "Disable SSL verification." },
  {
    name: "verify",
    values: ["PATH"],
    about: "Trust the authorities in this file (PEM), and no others.",
  },
  {
    name: "cert",
    values: ["PATH"],
    repeats: true,
    about: "Client certificate with its key (PEM). Given twice, the second file is the key.",
  },
  {
    name: "http2",
    values: [],
    about: "Send the request using HTTP/2, if the remote server supports it.",
  },
  {
    name: "no-trust-env",
    values: [],
    about: "Ignore proxies and certificates of the environment: HTTPS_PROXY, NO_PROXY, " +
      "SSL_CERT_FILE and so on.",
  },
  {
    name: "download",
    values: ["FILE"],
    about: "Save the response content as a file, rather than displaying it.",
  },
  {
    name: "verbose",
    short: "v",
    values: [],
    about:
      "Verbose output. Show the connection, its TLS certificate and the request as well as the " +
      "response.",
  },
  {
    name: "timings",
    values: [],
    about: "After the response, show how long each part of the exchange took, in one line on " +
      "standard error.",
  },
  {
    name: "curl",
    values: [],
    about: "Print a curl command that sends the same request, and send nothing. Credentials are " +
      "hidden unless --show-secrets is given.",
  },
  { name: "show-secrets", values: [], about: "Write credentials into the command of --curl." },
  { name: "help", values: [], about: "Show this message and exit." },
];

const WIDTH = 79;
/** Where the descriptions begin. */
const COLUMN = 35;

/** What `httpx --help` prints. */
export function helpText(): string {
  return [
    "httpx: a next generation HTTP client.",
    "",
    "Usage: httpx <URL> [OPTIONS]",
    "",
    ...OPTIONS.flatMap(optionLines),
    "",
    "On a terminal: status line, headers, and the body made readable. Into a pipe or",
    "a file: the body alone, as it is. Exit code: 0 for an answer of 2xx, 1 for any",
    "other answer and for failures, 2 for a mistake in the command.",
    "",
  ].join("\n");
}

function optionLines(option: Option): string[] {
  const begin = `  ${option.short === undefined ? "" : `-${option.short}, `}--${option.name}`;
  const head = `${begin}${valuesOf(option)}`;
  const [first = "", ...rest] = wrap(option.about, WIDTH - COLUMN);
  const others = rest.map((line) => " ".repeat(COLUMN) + line);
  if (head.length >= COLUMN - 1) return [head, " ".repeat(COLUMN) + first, ...others];
  return [head.padEnd(COLUMN) + first, ...others];
}

function valuesOf({ values, repeats }: Option): string {
  if (values.length === 0) return "";
  const named = values.length > 1 ? ` <${values.join(" ")}>` : ` ${values[0]}`;
  return repeats ? `${named} ...` : named;
}

/** Words in lines of at most `width` characters. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
