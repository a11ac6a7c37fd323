import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ProxyError } from "../../../../src/errors.ts";
import { Socks5, type Socks5Init } from "../../../../src/wire/dial/proxy/socks5.ts";
import {
  SOCKS5_MOVES,
  type Socks5Event,
  type Socks5State,
} from "../../../../src/wire/dial/proxy/socks5_state.ts";
import { everySplit } from "../../../support/every_split.ts";

const NAMED: Socks5Init = { host: "a.test", port: 443, credentials: null };
const SECRET: Socks5Init = { ...NAMED, credentials: ["ada", "lövelace"] };
const GRANTED = [5, 0, 0, 1, 127, 0, 0, 1, 4, 56];

function ascii(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

/** What is said in answer to these bytes, and how it ends, however they are cut. */
function talk(init: Socks5Init, answers: readonly number[]): { said: number[]; end: string } {
  const outcomes = new Set<string>();
  everySplit(Uint8Array.from(answers), (chunks) => {
    const { said, end } = talkOnce(init, chunks);
    outcomes.add(JSON.stringify({ said, end }));
  });
  assertEquals(outcomes.size, 1, [...outcomes].join("\n"));
  return JSON.parse([...outcomes].join());
}

function talkOnce(
  init: Socks5Init,
  chunks: readonly Uint8Array[],
): { said: number[]; end: string } {
  const socks = new Socks5(init);
  const said = [...socks.start()];
  try {
    for (const chunk of chunks) said.push(...socks.receive(chunk) ?? []);
    return { said, end: socks.isDone ? `done, ${socks.excessBytes} more` : "not yet" };
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    const { status, statusText, message } = error;
    return { said, end: `${status} ${statusText}: ${message}` };
  }
}

/** The end alone: what is said before a failure depends on when it comes. */
function endOf(init: Socks5Init, answers: readonly number[]): string {
  const ends = new Set<string>();
  everySplit(Uint8Array.from(answers), (chunks) => ends.add(talkOnce(init, chunks).end));
  assertEquals(ends.size, 1, [...ends].join("\n"));
  return [...ends].join();
}

describe("SOCKS5_MOVES", () => {
  const DRAWN = `
                noAuth      userPass        accepted    granted
greeting        requesting  authenticating  -           -
authenticating  -           -               requesting  -
requesting      -           -               -           done
done            -           -               -           -`;

  it("has every cell of the drawing, and no other", () => {
    const [events = [], ...rows] = DRAWN.trim().split("\n").map((line) => line.trim().split(/ +/));
    const drawn = rows.map(([state = "", ...cells]) => [
      state,
      Object.fromEntries(
        cells.map((cell, i) => [events[i], cell]).filter(([, cell]) => cell !== "-"),
      ),
    ]);
    const moves: Record<Socks5State, Partial<Record<Socks5Event, Socks5State>>> = SOCKS5_MOVES;
    assertEquals(Object.fromEntries(drawn), moves);
  });
});

describe("Socks5", () => {
  it("asks for a name without credentials", () => {
    assertEquals(talk(NAMED, [5, 0, ...GRANTED]), {
      said: [5, 1, 0, ...[5, 1, 0, 3, 6], ...ascii("a.test"), 1, 187],
      end: "done, 0 more",
    });
  });

  it("shows credentials to a proxy that wants them", () => {
    const { said, end } = talk(SECRET, [5, 2, 1, 0, ...GRANTED]);
    assertEquals(said.slice(0, 4), [5, 2, 0, 2]);
    assertEquals(said.slice(4, 18), [1, 3, ...ascii("ada"), 9, ...ascii("lövelace")].slice(0, 14));
    assertEquals(end, "done, 0 more");
  });

  it("keeps credentials from a proxy that wants none", () => {
    const { said, end } = talk(SECRET, [5, 0, ...GRANTED]);
    assertEquals(said, [5, 2, 0, 2, ...[5, 1, 0, 3, 6], ...ascii("a.test"), 1, 187]);
    assertEquals(end, "done, 0 more");
  });

  it("asks for addresses as addresses", () => {
    const asked = (host: string) => talk({ ...NAMED, host }, [5, 0]).said.slice(3);
    assertEquals(asked("127.0.0.1"), [5, 1, 0, 1, 127, 0, 0, 1, 1, 187]);
    assertEquals(asked("::1"), [5, 1, 0, 4, ...new Array(15).fill(0), 1, 1, 187]);
  });

  it("takes every kind of address in the reply", () => {
    const reply = (type: number, address: readonly number[]) =>
      endOf(NAMED, [5, 0, 5, 0, 0, type, ...address, 0, 0]);
    assertEquals(reply(1, [0, 0, 0, 0]), "done, 0 more");
    assertEquals(reply(4, new Array(16).fill(0)), "done, 0 more");
    assertEquals(reply(3, [0]), "done, 0 more");
    assertEquals(reply(3, [3, 1, 2, 3]), "done, 0 more");
    assertEquals(
      reply(2, [0, 0, 0, 0]),
      "undefined undefined: it broke the protocol: address type 2 is unknown",
    );
  });

  it("is not done before the last byte, and counts what comes after it", () => {
    const answers = [5, 0, ...GRANTED];
    for (let size = 0; size < answers.length; size++) {
      assertEquals(endOf(NAMED, answers.slice(0, size)), "not yet");
    }
    const whole = Uint8Array.from([...answers, 22, 3]);
    assertEquals(talkOnce(NAMED, [whole]).end, "done, 2 more");
  });

  it("says which reply refused, once its two bytes are there", () => {
    const refused = [
      "1 general failure",
      "2 connection not allowed by its rules",
      "3 network unreachable",
      "4 host unreachable",
      "5 connection refused",
      "6 TTL expired",
      "7 command not supported",
      "8 address type not supported",
      "9 unknown reply",
      "255 unknown reply",
    ];
    for (const reply of refused) {
      const [code = "", ...words] = reply.split(" ");
      assertEquals(
        endOf(NAMED, [5, 0, 5, Number(code)]),
        `${reply}: it answered ${code} (${words.join(" ")})`,
      );
    }
  });

  it("says that the proxy wants credentials, or others", () => {
    assertEquals(
      endOf(NAMED, [5, 255]),
      "255 no acceptable methods: it wants credentials; give user and password in the " +
        "proxy's URL, or as auth of a Proxy",
    );
    assertEquals(
      endOf(SECRET, [5, 255]),
      "255 no acceptable methods: it wants other credentials than user name and password",
    );
    assertEquals(
      endOf(SECRET, [5, 2, 1, 7]),
      "7 authentication failed: it does not take this user and password",
    );
  });

  it("takes version 5 in the answer to credentials, as some proxies have it", () => {
    assertEquals(endOf(SECRET, [5, 2, 5, 0, ...GRANTED]), "done, 0 more");
  });

  it("refuses what is no SOCKS5, at the first byte", () => {
    const prefix = "undefined undefined: it does not speak SOCKS5: ";
    assertEquals(endOf(NAMED, [4]), `${prefix}it begins with 4`);
    assertEquals(endOf(NAMED, [0, 90]), `${prefix}it begins with 0`);
    assertEquals(
      endOf(NAMED, ascii("HTTP/1.1 400")),
      `${prefix}it seems to speak HTTP; did you mean http://?`,
    );
    assertEquals(endOf(NAMED, [5, 0, 4]), `${prefix}it begins with 4`);
    assertEquals(endOf(SECRET, [5, 2, 9]), `${prefix}it begins with 9`);
  });

  it("refuses a way that was not offered", () => {
    const message = "undefined undefined: it broke the protocol: it chose method ";
    assertEquals(endOf(NAMED, [5, 2]), `${message}2, which was not offered`);
    assertEquals(endOf(SECRET, [5, 1]), `${message}1, which was not offered`);
  });

  it("takes a name of 255 bytes, and no longer one", () => {
    const named = (size: number) => endOf({ ...NAMED, host: "a".repeat(size) }, [5, 0, ...GRANTED]);
    assertEquals(named(255), "done, 0 more");
    assertEquals(
      named(256),
      "undefined undefined: SOCKS takes names of up to 255 bytes, and this one has 256",
    );
  });
});
