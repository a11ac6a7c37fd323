/** httpbin's `/digest-auth/qop/user/password/algorithm`: the server's half of RFC 7616, for one nonce. */
import { createHash } from "node:crypto";

const NONCE = "705b07b270e020b62f03cf9b9585a42c";
const OPAQUE = "8c69250ab51478dcb63016b9f50a3a5c";
const REALM = "me@kennethreitz.com";

/** Challenges, or lets in whoever knows the password. */
export function digestAuth(
  request: Request,
  { url, rest: [qop = "auth", user = "", password = "", algorithm = "MD5"] }: {
    url: URL;
    rest: string[];
  },
): Response {
  const given = fieldsOf(request.headers.get("authorization") ?? "");
  const hash = (text: string) => createHash(HASHES[algorithm] ?? "md5").update(text).digest("hex");
  const secret = hash(`${user}:${REALM}:${password}`);
  const what = hash(`${request.method}:${url.pathname}${url.search}`);
  const middle = given.qop === undefined
    ? [NONCE]
    : [NONCE, given.nc, given.cnonce, given.qop].map(String);
  const expected = hash([secret, ...middle, what].join(":"));
  if (given.response === expected && given.username === user && given.nonce === NONCE) {
    const body = JSON.stringify({ authenticated: true, user });
    return new Response(body, { headers: { "content-type": "application/json" } });
  }
  return challenge(qop, algorithm);
}

const HASHES: Readonly<Record<string, string>> = {
  "MD5": "md5",
  "SHA-256": "sha256",
  "SHA-512": "sha512",
};

function challenge(qop: string, algorithm: string): Response {
  const headers = new Headers({
    "content-type": "text/html; charset=utf-8",
    "www-authenticate": `Digest realm="${REALM}", nonce="${NONCE}", qop="${qop}", ` +
      `opaque="${OPAQUE}", algorithm=${algorithm}, stale=FALSE`,
  });
  headers.append("set-cookie", "stale_after=never; Path=/");
  headers.append("set-cookie", "fake=fake_value; Path=/");
  return new Response(null, { status: 401, headers });
}

/** `Digest a="b", c=d` as a record. */
function fieldsOf(header: string): Record<string, string> {
  const fields = header.replace(/^Digest /i, "").matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g);
  return Object.fromEntries([...fields].map(([, name, quoted, bare]) => [name, quoted ?? bare]));
}
