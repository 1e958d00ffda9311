/**
 * For whom a proxy has sent a request, as it says in a header: Forwarded (RFC 7239), or X-Forwarded-For, which is older and
 * has no standard. Each proxy adds whoever has connected to it at the end. What stands further left was there when the request
 * came to the first of them: anybody can have written it.
 *
 *     Forwarded         = 1#( [ pair ] *( ";" [ pair ] ) )     pair = token "=" ( token / quoted-string )     §4
 *     node              = nodename [ ":" node-port ]                                                         §6
 *     nodename          = IPv4address / "[" IPv6address "]" / "unknown" / obfnode
 */

/** More proxies than that stand in no row. */
const NODES_MAX = 32;

/** From the nearest proxy's client outwards, as written: `192.0.2.1:80`, `[2001:db8::1]`, `unknown`. '' where one says nothing. */
export function forwardedNodes(forwarded: string | undefined, xForwardedFor: string | undefined): string[] {
  const nodes =
    forwarded !== undefined ? splitOutsideQuotes(forwarded, ',').map(nodeOf) : (xForwardedFor?.split(',') ?? []);
  return nodes
    .slice(-NODES_MAX)
    .map((node) => node.trim())
    .reverse();
}

/** The address of a node, without brackets and port; undefined for a name that hides it. */
export function addressOfNode(node: string): string | undefined {
  const [, bracketed, ipv4] = /^(?:\[([0-9a-f:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::\w+)?$/i.exec(node) ?? [];
  if (bracketed !== undefined || ipv4 !== undefined) return bracketed ?? ipv4;
  return /^[0-9a-f]*:[0-9a-f:.]*$/i.test(node) ? node : undefined; // X-Forwarded-For has IPv6 without brackets
}

function nodeOf(element: string): string {
  for (const pair of splitOutsideQuotes(element, ';')) {
    const [, name = '', value = ''] = /^\s*([^=\s]+)=(.*?)\s*$/.exec(pair) ?? [];
    if (name.toLowerCase() === 'for') return unquoted(value);
  }
  return '';
}

function unquoted(value: string): string {
  return value.startsWith('"') && value.endsWith('"') && value.length > 1
    ? value.slice(1, -1).replace(/\\(.)/g, '$1')
    : value;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (isQuoted && character === '\\') i++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
