/**
 * The client of a proxy, as the proxy names it in a header: Forwarded (RFC 7239), or X-Forwarded-For, which is older and has no
 * standard. Each proxy appends the address of its peer. Entries further to the left may come from the client itself.
 *
 *     Forwarded         = 1#forwarded-element                                                                §4
 *     forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )
 *     forwarded-pair    = token "=" ( token / quoted-string )
 *     node              = nodename [ ":" node-port ]                                                         §6
 *     nodename          = IPv4address / "[" IPv6address "]" / "unknown" / obfnode
 *     node-port         = 1*5DIGIT / "_" 1*( ALPHA / DIGIT / "." / "_" / "-" )
 *
 * So it is read from the right: a quote that a client has left open does not hide the entries of the proxies.
 */

/** Proxies in a row. Nodes further to the left are not read. */
export const FORWARDED_NODES_MAX = 32;

const QUOTE = '"';
const BACKSLASH = '\\';

/** The nodes of Forwarded, from the nearest proxy's client outwards, as written: `192.0.2.1:80`, `[2001:db8::1]`, `unknown`; '' for an element without `for`. */
export function forwardedNodes(field: string): string[] {
  return splitFromRight(field, ',').map(nodeOf);
}

/** The nodes of X-Forwarded-For, in the same order. */
export function xForwardedForNodes(field: string): string[] {
  return splitFromRight(field, ',');
}

/** The address of a node, without brackets and port; undefined for `unknown`, an obfuscated name, or no node. */
export function addressOfNode(node: string): string | undefined {
  const [, bracketed, ipv4] = /^(?:\[([0-9a-f:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::[\w.-]+)?$/i.exec(node) ?? [];
  if (bracketed !== undefined || ipv4 !== undefined) return bracketed ?? ipv4;
  return /^[0-9a-f]*:[0-9a-f:.]*$/i.test(node) ? node : undefined; // X-Forwarded-For has IPv6 without brackets
}

function nodeOf(element: string): string {
  const pair = splitFromRight(element, ';').find((each) => /^for=/i.test(each));
  return pair === undefined ? '' : unquoted(pair.slice('for='.length));
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith(QUOTE) && value.endsWith(QUOTE)
    ? value.slice(1, -1).replace(/\\(.)/g, '$1')
    : value;
}

/**
 * The elements, the last one first, without blanks around them and without empty ones (RFC 9110 §5.6.1.2). A separator within
 * quotes is text.
 */
function splitFromRight(text: string, separator: string): string[] {
  const parts: string[] = [];
  let end = text.length;
  for (let i = end - 1; i >= -1 && parts.length < FORWARDED_NODES_MAX; i--) {
    if (i >= 0 && text[i] === QUOTE) i = openingQuote(text, i);
    if (i >= 0 && text[i] !== separator) continue;
    const part = text.slice(i + 1, end).trim();
    if (part !== '') parts.push(part);
    end = i;
  }
  return parts;
}

/** @returns  the index of the quote that opens the string closed at `closing`; -1 if there is none */
function openingQuote(text: string, closing: number): number {
  for (let i = closing - 1; i >= 0; i--) {
    if (text[i] !== QUOTE) continue;
    let backslashes = 0;
    while (text[i - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return i;
  }
  return -1;
}
