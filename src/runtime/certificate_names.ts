/**
 * Whether a certificate is for a host (RFC 9525 §6). Only subjectAltName counts: a common name is not looked at, a
 * wildcard is the whole leftmost label, and names are compared as the bytes in the certificate, not as a runtime prints
 * them.
 */

/** The names in a certificate that a server may be identified by. */
export interface CertificateNames {
  readonly dnsNames: readonly string[];
  /** 4 or 16 bytes each, in network order. */
  readonly addresses: readonly Uint8Array[];
}

/** As much of the shape of `node:tls` as is used here. */
interface PeerCertificate {
  /** DER. */
  readonly raw?: Uint8Array;
}

/** What is wrong with the names in a certificate; `null` if one of them is the host's. */
export function nameFault(host: string, certificate: object): string | null {
  const { raw } = certificate as PeerCertificate;
  const names = raw === undefined ? NO_NAMES : namesOf(raw);
  const address = addressBytes(host);
  const isMatch = address === null
    ? names.dnsNames.some((name) => matches(name, host))
    : names.addresses.some((candidate) => isEqual(candidate, address));
  if (isMatch) return null;
  const listed = [
    ...names.dnsNames.map((name) => `DNS:${name}`),
    ...names.addresses.map((bytes) => `IP Address:${addressText(bytes)}`),
  ];
  return listed.length === 0
    ? "certificate has no subjectAltName"
    : `certificate is for ${listed.join(", ")}`;
}

/** Whether a presented DNS name is the host's (RFC 9525 §6.3). */
function matches(presented: string, host: string): boolean {
  const wanted = host.replace(/\.$/, "").toLowerCase();
  const name = presented.toLowerCase();
  if (!/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)) return false;
  if (!name.startsWith("*.")) return name === wanted;
  const parent = name.slice(1);
  const dot = wanted.indexOf(".");
  // Not "*.com": all of a top-level domain does not belong to one server.
  return dot > 0 && wanted.slice(dot) === parent && parent.indexOf(".", 1) > 0;
}

const NO_NAMES: CertificateNames = { dnsNames: [], addresses: [] };

/** Tags of X.690 and of RFC 5280 §4.1 and §4.2.1.6. */
const SEQUENCE = 0x30;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/** 2.5.29.17 */
const SUBJECT_ALT_NAME = /* @__PURE__ */ Uint8Array.of(0x55, 0x1d, 0x11);

/** The names in a DER certificate; none if it can't be read. */
export function namesOf(der: Uint8Array): CertificateNames {
  const certificate = inside(elements(der), SEQUENCE);
  const tbs = inside(certificate, SEQUENCE);
  const extensions = inside(inside(tbs, EXTENSIONS), SEQUENCE);
  for (const extension of extensions) {
    const parts = elements(extension.content);
    const id = parts.find(({ tag }) => tag === OBJECT_ID)?.content;
    if (id === undefined || !isEqual(id, SUBJECT_ALT_NAME)) continue;
    const names = inside(inside(parts, OCTET_STRING), SEQUENCE);
    return {
      dnsNames: names.filter(({ tag }) => tag === DNS_NAME)
        .map(({ content }) => String.fromCharCode(...content.subarray(0, MAX_NAME_BYTES))),
      addresses: names.filter(({ tag }) => tag === IP_ADDRESS).map(({ content }) => content),
    };
  }
  return NO_NAMES;
}

/** No DNS name is longer (RFC 1035 §2.3.4): one byte more never matches. */
const MAX_NAME_BYTES = 256;

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The elements inside the first one of a tag. */
function inside(list: readonly Element[], wanted: number): readonly Element[] {
  const found = list.find(({ tag }) => tag === wanted);
  return found === undefined ? [] : elements(found.content);
}

/** The elements that stand in a row; what follows a broken one is left out. */
function elements(bytes: Uint8Array): readonly Element[] {
  const found: Element[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    if (lengthBytes > 4) return found;
    let length = first < 0x80 ? first : 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
    const start = at + 2 + lengthBytes;
    if (start + length > bytes.length) return found;
    found.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

/** An IP address as its bytes; `null` for a name. */
export function addressBytes(host: string): Uint8Array | null {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return Uint8Array.from(host.split("."), Number);
  if (!host.includes(":")) return null;
  const [address = ""] = host.split("%"); // a zone is this machine's
  const url = `http://[${address}]`;
  if (!URL.canParse(url)) return null;
  const [head = "", tail] = new URL(url).hostname.slice(1, -1).split("::");
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const gap = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Uint8Array.from([...before, ...gap, ...after].flatMap((group) => [group >> 8, group]));
}

function groupsOf(text: string): readonly number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length !== 16) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => {
    return ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16);
  });
  return groups.join(":");
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
