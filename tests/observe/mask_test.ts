import { describe, it } from "@std/testing/bdd";
import { assertEquals } from "@std/assert";
import { maskFieldValue, maskHostURL, maskSecret, maskURL } from "../../src/observe/mask.ts";

it("maskFieldValue() hides the whole value", () => {
  assertEquals(maskFieldValue("Authorization", "Bearer x"), "[secure]");
  assertEquals(maskFieldValue("Accept", "*/*"), "*/*");
  assertEquals(maskFieldValue("Location", "/x?code=s3cret"), "/x?code=[secure]");
  assertEquals(
    maskFieldValue("Refresh", "5; url=https://u:s3cret@h/"),
    "5; url=https://[secure]@h/",
  );
  assertEquals(maskFieldValue("Link", "<https://h/?token=s3cret>"), "<https://h/?token=[secure]");
  assertEquals(maskFieldValue("X-Target", "https://u:s3cret@h/"), "https://u:[secure]@h/");
});

it("maskSecret() hides a long secret anywhere, a short one as a word", () => {
  assertEquals(maskSecret("a cat has a hat", "a"), "[secure] cat has [secure] hat");
  assertEquals(maskSecret('"p.d*" is not p.d*x', "p.d*"), '"[secure]" is not p.d*x');
  assertEquals(maskSecret("xhunter2hunter2y", "hunter2hunter2"), "x[secure]y");
  assertEquals(maskSecret("nothing", ""), "nothing");
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
    // what may come before a user name, in texts that are not URLs
    [" https://u:s3cret@h/", " https://u:[secure]@h/"],
    ["\thttps://u:s3cret@a b/", "\thttps://u:[secure]@a b/"],
    ["http//u:s3cret@h/", "http//u:[secure]@h/"],
    ["https:\\u:s3cret@h", "https:\\u:[secure]@h"],
    ["https:///u:s3cret@h/", "https:///u:[secure]@h/"],
    ["socks5h:u:s3cret@h", "socks5h:u:[secure]@h"],
    ["http://u:s3/cret@[::1]:x/", "http://u:[secure]@[::1]:x/"],
    ["http://u:s3cret@h:port/p@q", "http://u:[secure]@h:port/p@q"],
    ["http://[::1]:80/p@q", "http://[::1]:80/p@q"],
    ["http://h:80/p@q", "http://h:80/p@q"],
    // a URL in another, as behind a base, and encoded
    ["https://h/%20http://u:s3cret@x/", "https://h/%20http://[secure]@x/"],
    ["https://h/?next=https://u:s3cret@x/", "https://h/?next=https://[secure]@x/"],
    ["https://h/?n=https%3A%2F%2Fu%3As3cret%40x%2F", "https://h/?n=https%3A%2F%2F[secure]%40x%2F"],
    // names in any spelling
    ...[
      ...["accessToken", "clientSecret", "user[password]", "user%5Bpassword%5D", "access%5Ftoken"],
      ...[
        "access%255Ftoken",
        "code",
        "client_assertion",
        "passphrase",
        "ACCESS-TOKEN",
        "sessionID",
      ],
      ...[
        "password_confirmation",
        "newPassword",
        "X-Amz-Credential",
        "SAMLResponse",
        "tokens[token]",
      ],
    ].map((name): [string, string] => [`/p?a=1&${name}=s3cret&b=2`, `/p?a=1&${name}=[secure]&b=2`]),
    // where a value ends
    ["/p?token=s3;cret?x&b=2", "/p?token=[secure]&b=2"],
    ["/p?token=s3;sig=cret", "/p?token=[secure];sig=[secure]"],
    ["/p?a=/x?token=s3cret", "/p?a=/x?token=[secure]"],
    ["/p;jsessionid=s3cret/q", "/p;jsessionid=[secure]"],
    ["/p?token=s3 cret", "/p?token=[secure]"],
    ["/p?country_code=de&max_tokens=5&keyword=x", "/p?country_code=de&max_tokens=5&keyword=x"],
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
