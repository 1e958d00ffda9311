/**
 * Entity tags: makes the tag of a file, and finds a tag in a list such as If-Match.
 *
 *     entity-tag = [ weak ] opaque-tag                           RFC 9110 §8.8.3
 *     weak       = %s"W/"
 *     opaque-tag = DQUOTE *etagc DQUOTE
 *     etagc      = %x21 / %x23-7E / obs-text
 *     #element   = [ element ] *( OWS "," OWS [ element ] )      §5.6.1.2
 *
 * A comma is an etagc, so a list cannot be split at its commas. A backslash is an etagc too, and escapes nothing.
 */

/** "Both are not weak and their opaque-tags match character-by-character" (§8.8.3.2). */
export const STRONG = 0;
/** "Their opaque-tags match character-by-character, regardless of either or both being tagged as 'weak'" (§8.8.3.2). */
export const WEAK = 1;
export type TagComparison = typeof STRONG | typeof WEAK;

const WEAK_PREFIX = 'W/';

const SP = 0x20;
const HTAB = 0x09;
const COMMA = 0x2c;
const QUOTE = 0x22;

export function isWeakTag(tag: string): boolean {
  return tag.startsWith(WEAK_PREFIX);
}

/**
 * Whether a list contains a tag. A list with a malformed member contains none: it is not "a list of entity tags" but the
 * "otherwise" of §13.1.1 and §13.1.2. So If-Match fails, and If-None-Match gets the file; both are safe. nginx continues
 * after the next comma, which may lie within a tag.
 *
 * Every character is read once, or twice within a tag.
 * @param tag  well-formed
 */
export function isListed(list: string, tag: string, comparison: TagComparison): boolean {
  const isTagWeak = isWeakTag(tag);
  const opaque = isTagWeak ? tag.slice(WEAK_PREFIX.length) : tag;
  let isFound = false;
  let isBehindTag = false;
  let at = 0;
  while (at < list.length) {
    const code = list.charCodeAt(at);
    if (code === COMMA) {
      isBehindTag = false;
      at++;
    } else if (code === SP || code === HTAB) {
      at++;
    } else {
      if (isBehindTag) return false;
      const isWeak = list.startsWith(WEAK_PREFIX, at);
      const start = isWeak ? at + WEAK_PREFIX.length : at;
      at = opaqueTagEnd(list, start);
      if (at < 0) return false;
      // Each ends with its second quote, so an equal prefix means equal tags.
      const isEqual = list.startsWith(opaque, start);
      if (isEqual && (comparison === WEAK || (!isWeak && !isTagWeak))) isFound = true;
      isBehindTag = true;
    }
  }
  return isFound;
}

/** @returns  the end of the opaque-tag at `start`, after its quote; -1 if there is none */
function opaqueTagEnd(list: string, start: number): number {
  if (list.charCodeAt(start) !== QUOTE) return -1;
  let at = start + 1;
  while (isEtagc(list.charCodeAt(at))) at++;
  return list.charCodeAt(at) === QUOTE ? at + 1 : -1;
}

/** False for NaN, the code at the end of the text. */
function isEtagc(code: number): boolean {
  return code === 0x21 || (code >= 0x23 && code <= 0x7e) || (code >= 0x80 && code <= 0xff);
}

/** From SplitMix64 (Steele, Lea, Flood 2014): each bit of the input changes every bit of the output with a chance of one half. */
const GAMMA = 0x9e3779b97f4a7c15n;
const FACTOR_1 = 0xbf58476d1ce4e5b9n;
const FACTOR_2 = 0x94d049bb133111ebn;

/** The state of a file, from stat(2); times in nanoseconds since 1970. */
export interface FileState {
  readonly size: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  readonly inode: number;
}

/**
 * A strong tag of a file: 64 bits in up to 13 characters, the same in every process.
 *
 * Two states that differ in exactly one of the four values never have the same tag, because mix64() is a permutation. If they
 * differ in more, the chance of the same tag is 2⁻⁶⁴. The time of change (ctime) reveals a file that was rewritten with the
 * same size and modification time (`cp -p`, `rsync --inplace -t`, `tar x`): programs can set only the modification time. The
 * inode reveals a file that replaces another within one tick of the clock.
 *
 * The values are mixed because Apache's tags had the plain inode, were criticised for it (CVE-2003-1418: it is a part of NFS
 * file handles), and dropped it. The inode stays no secret: a client that knows the times to the nanosecond can try all
 * inodes, as with a hash of node:crypto, and with a key each process would have its own tags. But a tag shows no value, and
 * does not show that two files are neighbours.
 */
export function entityTag({ size, modifiedNs, changedNs, inode }: FileState): string {
  const hash = mix64(mix64(mix64(mix64(BigInt(size)) + modifiedNs) + changedNs) + BigInt(inode));
  return `"${hash.toString(36)}"`;
}

function mix64(value: bigint): bigint {
  let z = BigInt.asUintN(64, value + GAMMA);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * FACTOR_1);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * FACTOR_2);
  return z ^ (z >> 31n);
}
