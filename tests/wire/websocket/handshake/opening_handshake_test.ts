import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  acceptText,
  agreementOf,
  makeKey,
  proposalFields,
  upgradeFault,
} from "../../../../src/wire/websocket/handshake/opening_handshake.ts";

const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const GOOD = { upgrade: "websocket", connection: "Upgrade", "sec-websocket-accept": ACCEPT };

function fields(values: Readonly<Record<string, string>>): (name: string) => string | null {
  return (name) => values[name] ?? null;
}

const OFFER = { clientNoContextTakeover: false, serverNoContextTakeover: false };
const PROPOSAL = { protocols: ["chat", "superchat"], deflate: OFFER };

function agreement(
  values: Readonly<Record<string, string>>,
  proposal: Parameters<typeof agreementOf>[1] = PROPOSAL,
) {
  return agreementOf(fields(values), proposal);
}

describe("the opening handshake", () => {
  it("makes the key and the accept of RFC 6455 §1.3", async () => {
    assertEquals(makeKey(new TextEncoder().encode("the sample nonce")), "dGhlIHNhbXBsZSBub25jZQ==");
    const text = new TextEncoder().encode(acceptText("dGhlIHNhbXBsZSBub25jZQ=="));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", text));
    assertEquals(btoa(String.fromCharCode(...digest)), ACCEPT);
  });

  it("asks for what is wanted, and for nothing else", () => {
    assertEquals(proposalFields({ protocols: [], deflate: null }), [[
      "Sec-WebSocket-Version",
      "13",
    ]]);
    assertEquals(proposalFields(PROPOSAL), [
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Protocol", "chat, superchat"],
      ["Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"],
    ]);
  });

  for (
    const [name, change, fault] of [
      ["nothing wrong", {}, null],
      [
        "other case and other options",
        { upgrade: "WebSocket", connection: "keep-alive, UPGRADE" },
        null,
      ],
      ["no Upgrade", { upgrade: "" }, "the Upgrade field is not websocket"],
      ["another Upgrade", { upgrade: "websocket, h2c" }, "the Upgrade field is not websocket"],
      ["no Connection", { connection: "close" }, "the Connection field does not contain Upgrade"],
      [
        "another accept",
        { "sec-websocket-accept": ACCEPT.toLowerCase() },
        "Sec-WebSocket-Accept does not match the key",
      ],
      [
        "two accepts",
        { "sec-websocket-accept": `${ACCEPT}, ${ACCEPT}` },
        "Sec-WebSocket-Accept does not match the key",
      ],
    ] as const
  ) {
    it(`upgradeFault(): ${name}`, () => {
      assertEquals(upgradeFault(fields({ ...GOOD, ...change }), ACCEPT), fault);
    });
  }

  it("upgradeFault(): no accept", () => {
    const { upgrade, connection } = GOOD;
    assertEquals(
      upgradeFault(fields({ upgrade, connection }), ACCEPT),
      "Sec-WebSocket-Accept is missing",
    );
  });

  it("an answer may choose nothing, a protocol, or compression", () => {
    assertEquals(agreement({}), { protocol: "", extensions: "", deflate: null });
    const chosen = {
      "sec-websocket-protocol": "superchat",
      "sec-websocket-extensions":
        'permessage-deflate; server_max_window_bits=10; client_max_window_bits="11"',
    };
    assertEquals(agreement(chosen), {
      protocol: "superchat",
      extensions: chosen["sec-websocket-extensions"],
      deflate: {
        clientNoContextTakeover: false,
        serverNoContextTakeover: false,
        clientWindowBits: 11,
      },
    });
  });

  for (
    const [name, values, fault, proposal] of [
      [
        "a protocol of another case",
        { "sec-websocket-protocol": "Chat" },
        "the server chose a subprotocol that was not offered",
      ],
      [
        "two protocols",
        { "sec-websocket-protocol": "chat, superchat" },
        "the server chose a subprotocol that was not offered",
      ],
      [
        "a protocol unasked",
        { "sec-websocket-protocol": "chat" },
        "the server chose a subprotocol that was not offered",
        { protocols: [], deflate: null },
      ],
      [
        "an unknown extension",
        { "sec-websocket-extensions": "bzip" },
        "the server chose an extension that was not offered",
      ],
      [
        "compression unasked",
        { "sec-websocket-extensions": "permessage-deflate" },
        "the server chose an extension that was not offered",
        { protocols: [], deflate: null },
      ],
      ["compression twice", {
        "sec-websocket-extensions": "permessage-deflate, permessage-deflate",
      }, "the server chose an extension that was not offered"],
      [
        "no list",
        { "sec-websocket-extensions": "permessage-deflate;" },
        "Sec-WebSocket-Extensions is malformed",
      ],
      [
        "an unknown parameter",
        { "sec-websocket-extensions": "permessage-deflate; x" },
        "permessage-deflate: parameter x is unknown or has an invalid value",
      ],
      ["a parameter twice", {
        "sec-websocket-extensions":
          "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
      }, "permessage-deflate: parameter server_no_context_takeover stands there twice"],
      [
        "a value where there is none",
        { "sec-websocket-extensions": "permessage-deflate; client_no_context_takeover=1" },
        "permessage-deflate: parameter client_no_context_takeover is unknown or has an invalid value",
      ],
      ["too few window bits", {
        "sec-websocket-extensions": "permessage-deflate; server_max_window_bits=7",
      }, "permessage-deflate: parameter server_max_window_bits is unknown or has an invalid value"],
      [
        "too many",
        { "sec-websocket-extensions": "permessage-deflate; client_max_window_bits=16" },
        "permessage-deflate: parameter client_max_window_bits is unknown or has an invalid value",
      ],
      ["a zero before", {
        "sec-websocket-extensions": "permessage-deflate; client_max_window_bits=09",
      }, "permessage-deflate: parameter client_max_window_bits is unknown or has an invalid value"],
      [
        "no value",
        { "sec-websocket-extensions": "permessage-deflate; client_max_window_bits" },
        "permessage-deflate: parameter client_max_window_bits is unknown or has an invalid value",
      ],
      [
        "a demand not met",
        { "sec-websocket-extensions": "permessage-deflate" },
        "permessage-deflate: the server has not accepted server_no_context_takeover",
        { protocols: [], deflate: { ...OFFER, serverNoContextTakeover: true } },
      ],
    ] as const
  ) {
    it(`agreementOf() refuses ${name}`, () => assertEquals(agreement(values, proposal), { fault }));
  }
});
