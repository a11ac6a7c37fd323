import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { isSecretName, maskFieldValue, maskHostURL, maskURL } from "../../src/observe/mask.ts";

it("isSecretName() goes by the name of a field or a parameter", () => {
  const secret = [
    "authorization",
    "Proxy-Authorization",
    "cookie",
    "Set-Cookie",
    "x-api-key",
    "X-ApiKey",
    "api-key",
    "x-auth-token",
    "Private-Token",
    "x-client-secret",
    "x-amz-security-token",
    "token",
    "access_token",
    "client_secret",
    "password",
    "api_key",
    "apikey",
    "X-Amz-Signature",
    "sig",
    "AWSAccessKeyId",
  ];
  const open = [
    "accept",
    "www-authenticate",
    "sec-websocket-key",
    "x-tokens-left",
    "etag",
    "authority",
    "idempotency-key",
    "q",
    "page",
    "design",
    "tokenize",
    "key",
    "max_tokens",
  ];
  assertEquals([...secret, ...open].filter(isSecretName), secret);
});

it("maskFieldValue() hides the whole value", () => {
  assertEquals(maskFieldValue("Authorization", "Bearer x"), "[secure]");
  assertEquals(maskFieldValue("Accept", "*/*"), "*/*");
});

describe("maskURL()", () => {
  const rows: [string, string][] = [
    ["http://h/p?q=1#f", "http://h/p?q=1#f"],
    ["http://user:pass@h/", "http://user:[secure]@h/"],
    ["http://user:p@ss@h/", "http://user:[secure]@h/"],
    ["http://token@h/", "http://[secure]@h/"],
    ["http://sk_live:@h/", "http://[secure]@h/"],
    ["http://:pass@h/", "http://[secure]@h/"],
    ["socks5://u:p@h:1", "socks5://u:[secure]@h:1"],
    ["//u:p@h/", "//u:[secure]@h/"],
    ["u:p@h", "u:[secure]@h"],
    ["user:pa:ss@h", "user:[secure]@h"],
    ["mailto:a@b", "mailto:[secure]@b"],
    ["http:u:p@h/", "http:u:[secure]@h/"],
    ["http:/u:p@h/", "http:/u:[secure]@h/"],
    ["http:\\\\u:p@h/", "http:\\\\u:[secure]@h/"],
    ["http://h/a@b?c@d", "http://h/a@b?c@d"],
    ["http://h/?mail=a@b", "http://h/?mail=a@b"],
    // What stands before the "/", "?" or "#" of such a password is no port: these are no URLs.
    ["http://u:pa/ss@h/x?token=s3cret", "http://u:[secure]@h/x?token=[secure]"],
    ["http://u:pa?s@s@h:1", "http://u:[secure]@h:1"],
    ["socks5://u:pa#ss@h", "socks5://u:[secure]@h"],
    ["/a/@b", "/a/@b"],
    ["http://h/?a=1&access_token=s3cret&b=2", "http://h/?a=1&access_token=[secure]&b=2"],
    ["http://h/?X-Amz-Signature=s3cret#x", "http://h/?X-Amz-Signature=[secure]#x"],
    ["http://h/#access_token=s3cret&state=1", "http://h/#access_token=[secure]&state=1"],
    ["/p?token=s3cret", "/p?token=[secure]"],
    ["http://h/?token=", "http://h/?token=[secure]"],
    ["", ""],
  ];
  for (const [url, expected] of rows) {
    it(`shows ${url || "nothing"} as ${expected || "nothing"}`, () =>
      assertEquals(maskURL(url), expected));
  }

  it("takes a URL", () => {
    assertEquals(
      maskURL(new URL("https://u:p@h/?sig=s3cret")),
      "https://u:[secure]@h/?sig=[secure]",
    );
  });
});

describe("maskHostURL()", () => {
  const rows: [string, string][] = [
    ["http://u:pass@h:1", "http://u:[secure]@h:1"],
    ["http://u:1/2@h", "http://u:[secure]@h"], // to maskURL() a path on the host "u"
    ["u:1#2@h", "u:[secure]@h"],
    ["http:/u:1@h", "http:/u:[secure]@h"],
    ["http://h:1/?token=s3cret", "http://h:1/?token=[secure]"],
    ["h:1", "h:1"],
  ];
  for (const [url, expected] of rows) {
    it(`shows ${url} as ${expected}`, () => assertEquals(maskHostURL(url), expected));
  }
});
