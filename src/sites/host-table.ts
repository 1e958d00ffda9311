/**
 * Finds the site of a request by its host, from an absolute-form target or from Host (RFC 9112 §3.2.2). Clients write a host in
 * several forms: in upper case, with a port, with the dot of the root, as an IPv6 address with all its zeros.
 */
import { Memo, REMEMBERED_FIELD_CHARACTERS_MAX } from '../http/memo.js';

/** Host and port, as the parser accepts them: a reg-name or an address in brackets. */
const AUTHORITY = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/;

const WILDCARD = '*.';

/** Hosts, as clients write them, whose sites are remembered. */
const HOSTS_REMEMBERED_MAX = 2_048;

export class HostTable<Site> {
  readonly #exact = new Map<string, Site>();
  /** By the part after `*.`. */
  readonly #below = new Map<string, Site>();
  readonly #default: Site | undefined;
  /** By the authority as sent; null: no site. */
  readonly #remembered = new Memo<Site | null>(HOSTS_REMEMBERED_MAX, REMEMBERED_FIELD_CHARACTERS_MAX);

  /** @param fallback  for all other hosts */
  constructor(fallback: Site | undefined) {
    this.#default = fallback;
  }

  /**
   * @param host  as canonicalHost() returns it; `*.example.org` is every host below example.org, without example.org itself
   * @returns     the site that has this host already, and keeps it; undefined if none has
   */
  add(host: string, site: Site): Site | undefined {
    const table = host.startsWith(WILDCARD) ? this.#below : this.#exact;
    const key = host.startsWith(WILDCARD) ? host.slice(WILDCARD.length) : host;
    const before = table.get(key);
    if (before === undefined) table.set(key, site);
    return before;
  }

  /** @param authority  as sent; empty if an HTTP/1.0 request has none */
  find(authority: string): Site | undefined {
    const remembered = this.#remembered.get(authority);
    if (remembered !== undefined) return remembered ?? undefined;
    const site = this.#lookUp(canonicalHost(authority)) ?? this.#default;
    this.#remembered.set(authority, site ?? null);
    return site;
  }

  /** The site of the host itself, or of the nearest wildcard above it. */
  #lookUp(host: string | undefined): Site | undefined {
    if (host === undefined) return undefined;
    const exact = this.#exact.get(host);
    if (exact !== undefined || this.#below.size === 0) return exact;
    for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      const below = dot === 0 ? undefined : this.#below.get(host.slice(dot + 1));
      if (below !== undefined) return below;
    }
    return undefined;
  }
}

/**
 * The canonical form of a host, as in URLs (URL §3.5): lower case, Punycode, addresses in their shortest form. Without the
 * port, and without the dot of the root, because `example.org.` is the same host.
 * @returns  undefined if it is not a host
 */
export function canonicalHost(authority: string): string | undefined {
  const host = AUTHORITY.exec(authority)?.[1];
  if (!host) return undefined;
  const url = `http://${host}/`;
  if (/[/\\?#@]/.test(host) || !URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname.length > 1 && hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}
