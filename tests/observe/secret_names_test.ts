import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { isSecretName } from "../../src/observe/secret_names.ts";

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
    ...["accessToken", "clientSecret", "clientsecret", "user[password]", "user[0][password]"],
    ...[
      "access%5Ftoken",
      "access%255ftoken",
      "code",
      "authCode",
      "device_code",
      "client_assertion",
    ],
    ...[
      "passphrase",
      "X-Auth-Key",
      "Ocp-Apim-Subscription-Key",
      "X-Session-Id",
      "PHPSESSID",
      "sid",
    ],
    ...["x-functions-key", "privateKey", "APIKey", "userPWD", "password2", "old_password", "jwt"],
    ...["password-confirmation", "SAMLResponse", "auth", "Cookie2", "session[token][id]"],
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
    ...[
      "token_type",
      "client_id",
      "status_code",
      "postcode",
      "public_key",
      "x-auth-user",
      "author",
    ],
    ...["", "%", "[]", "passage", "compass", "secretary", "session_count", "cache-key", "signed"],
  ];
  assertEquals([...secret, ...open].filter(isSecretName), secret);
});
