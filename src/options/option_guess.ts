/** Which option was probably meant: by another library's name for it, or by one slip of the keyboard. */

/** The call that an option was given to, and does not have. */
export interface Refusal {
  /** As the caller wrote it: `get()`, `new Client()`. */
  readonly callee: string;
  /** The options that it has. */
  readonly known: ReadonlySet<string>;
}

/** What other libraries, or other parts of this one, call things. Keys in lower case, letters alone. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  body: ["content", "json"],
  form: ["data"],
  formdata: ["data"],
  query: ["params"],
  querystring: ["params"],
  searchparams: ["params"],
  redirect: ["followRedirects"],
  redirects: ["followRedirects"],
  allowredirects: ["followRedirects"],
  baseuri: ["baseURL"],
  prefixurl: ["baseURL"],
  hooks: ["eventHooks"],
  adapter: ["transport"],
  dispatcher: ["transport"],
  app: ["transport"],
  maxretries: ["retries"],
  lookup: ["resolve"],
  dns: ["resolve"],
  hosts: ["resolve"],
  unix: ["uds"],
  socketpath: ["uds"],
  proxies: ["proxy"],
  ssl: ["verify"],
  cafile: ["verify"],
  rejectunauthorized: ["verify"],
  bearer: ["auth"],
  credentials: ["auth"],
  abort: ["signal"],
  timeoutms: ["timeout"],
};

/** Options that bodiless verbs do not take. */
const BODIES: ReadonlySet<string> = new Set(["content", "data", "files", "json"]);

/** Options of a client that no call has. */
const OF_CLIENTS = [
  "baseURL",
  "cert",
  "defaultEncoding",
  "eventHooks",
  "http1",
  "http2",
  "limits",
  "localAddress",
  "logger",
  "maxRedirects",
  "maxResponseBytes",
  "maxDecodedRatio",
  "middleware",
  "mounts",
  "resolve",
  "retries",
  "socketOptions",
  "transport",
  "trustEnv",
  "uds",
];

/** Says where an option belongs, or which one was probably meant. */
export function guessOption(name: string, refusal: Refusal): string {
  if (OF_CLIENTS.includes(name) && !refusal.callee.startsWith("new ")) {
    return "it belongs to the client; give it to new Client()";
  }
  const meant = guess(name, refusal.known);
  const [, verb] = /^(get|head|options|delete)\(\)$/.exec(refusal.callee) ?? [];
  if (verb !== undefined && meant.length > 0 && meant.every((option) => BODIES.has(option))) {
    return `it takes no body; use request("${verb.toUpperCase()}", url, { ${meant[0]} })`;
  }
  if (meant.length === 0) {
    return `there is none of that name; there are ${[...refusal.known].join(", ")}`;
  }
  return `there is none of that name; use ${meant.map((option) => `"${option}"`).join(" or ")}`;
}

/** The known options that a name may stand for. */
function guess(name: string, known: ReadonlySet<string>): readonly string[] {
  const letters = lettersOf(name);
  const same = [...known].filter((option) => lettersOf(option) === letters);
  if (same.length > 0) return same;
  const translated = (Object.hasOwn(OTHER_NAMES, letters) ? OTHER_NAMES[letters] ?? [] : [])
    .filter((option) => known.has(option));
  if (translated.length > 0) return translated;
  return [...known].filter((option) => isOneSlipAway(letters, lettersOf(option)));
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** Whether one letter was left out, put in, changed, or swapped with its neighbour. */
function isOneSlipAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 3) return false;
  let begin = 0;
  while (begin < a.length && a[begin] === b[begin]) begin++;
  const restA = a.slice(begin);
  const restB = b.slice(begin);
  if (restA.slice(1) === restB.slice(1) || restA.slice(1) === restB) return true;
  if (restA === restB.slice(1)) return true;
  return restA.slice(2) === restB.slice(2) && restA[0] === restB[1] && restA[1] === restB[0];
}
