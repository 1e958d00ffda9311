/**
 * Proactive negotiation (RFC 9110 §12.1): finds the representation that the client prefers. The choices that the RFC leaves:
 *
 * - A malformed member is ignored, and the rest of the field is used: a recipient MAY recover (§2.4). Its coding is not used,
 *   because the client may have refused it, and sending no coding is always correct. nginx does the same.
 * - A coding named twice has the lower of its weights: it is acceptable "unless it is accompanied by a qvalue of 0" (§12.5.3).
 * - Equal weights are decided by the server's order. The order of the field has no meaning (§12.4.2).
 */
import { MALFORMED, parseWeightedList, type WeightedName } from './weighted-list.js';

const IDENTITY = 'identity';
const ANY = '*';
const UNNAMED = -1;
const REFUSED = 0;

/**
 * The content codings for the answer, the best first, up to `identity`, which is always available.
 *
 *     Accept-Encoding = #( codings [ weight ] )                       RFC 9110 §12.5.3
 *     codings         = content-coding / "identity" / "*"
 *
 * "*" is every coding that is not named, `identity` too: "*;q=0" excludes it unless there is "a more specific entry". If neither
 * names `identity`, it is the last choice.
 *
 * @param acceptEncoding  undefined if there is no such field: "any content coding is considered acceptable", but none is
 *                        used, because a client without the field often knows none (curl). Empty: the client wants no coding
 * @param available       without `identity`, in lower case, in the server's order of preference
 * @returns               without `identity` if that is not acceptable; empty if no coding is acceptable: answer 406, or
 *                        ignore the field (§12.4.1)
 */
export function acceptedEncodings<Coding extends string>(
  acceptEncoding: string | undefined,
  available: readonly Coding[],
): (Coding | typeof IDENTITY)[] {
  if (acceptEncoding === undefined) return [IDENTITY];
  let identity = UNNAMED;
  let any = UNNAMED;
  const weights: number[] = available.map(() => UNNAMED);
  for (const member of parseWeightedList(acceptEncoding)) {
    const weight = codingWeight(member);
    if (member.name === IDENTITY) identity = lower(identity, weight);
    else if (member.name === ANY) any = lower(any, weight);
    else {
      const index = (available as readonly string[]).indexOf(registeredName(member.name));
      if (index >= 0) weights[index] = lower(weights[index] as number, Math.max(REFUSED, weight));
    }
  }
  // "If no wildcard is present, values that are not explicitly mentioned in the field are considered unacceptable" (§12.4.3).
  const others = any === UNNAMED ? REFUSED : any;
  const plain = identity === UNNAMED ? any : identity;
  const accepted = available
    .map((coding, index) => ({ coding, weight: weights[index] === UNNAMED ? others : (weights[index] as number) }))
    .filter(({ weight }) => weight > REFUSED && weight >= plain)
    .sort((a, b) => b.weight - a.weight) // a stable sort: equal ones stay in the server's order
    .map(({ coding }) => coding);
  return plain === REFUSED ? accepted : [...accepted, IDENTITY];
}

/** A coding has no parameters except its weight. A malformed `identity` or `*` counts as not named. */
function codingWeight({ weight, hasParameters }: WeightedName): number {
  return weight === MALFORMED || hasParameters ? UNNAMED : weight;
}

function lower(weight: number, other: number): number {
  if (weight === UNNAMED) return other;
  return other === UNNAMED ? weight : Math.min(weight, other);
}

/** "A recipient SHOULD consider 'x-gzip' to be equivalent to 'gzip'" (§8.4.1.3). */
function registeredName(coding: string): string {
  return coding === 'x-gzip' ? 'gzip' : coding;
}

/** How specifically a media range names a type: "the most specific reference has precedence" (§12.5.1). */
const NOT_AT_ALL = -1;
const AS_ANYTHING = 0;
const AS_ONE_OF_ITS_KIND = 1;
/** `application/json;charset=utf-8` is not exactly the type, but a client that sends it wants JSON. */
const WITH_PARAMETERS = 2;
const BY_ITS_NAME = 3;

interface Wanted {
  readonly specificity: number;
  readonly weight: number;
}

/**
 * Whether the client prefers JSON to HTML.
 *
 *     Accept      = #( media-range [ weight ] )                                              RFC 9110 §12.5.1
 *     media-range = ( "*\/*" / ( type "/" "*" ) / ( type "/" subtype ) ) parameters
 *
 * With equal weights it prefers HTML, unless JSON is named more specifically: `application/json, text/plain, *\/*` (axios)
 * names JSON, `*\/*` (curl) names neither. If neither is acceptable, it is HTML, as without the field (§12.4.1).
 *
 * @param accept  undefined if there is no such field
 */
export function prefersJson(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const members = parseWeightedList(accept);
  const json = wanted(members, 'application', 'application/json');
  const html = wanted(members, 'text', 'text/html');
  if (json.weight !== html.weight) return json.weight > html.weight;
  return json.weight > REFUSED && json.specificity > html.specificity;
}

function wanted(members: readonly WeightedName[], type: string, mediaType: string): Wanted {
  let best: Wanted = { specificity: NOT_AT_ALL, weight: REFUSED };
  for (const member of members) {
    const specificity = specificityOf(member, type, mediaType);
    if (member.weight === MALFORMED || specificity < best.specificity || specificity === NOT_AT_ALL) continue;
    const isNarrower = specificity > best.specificity;
    best = { specificity, weight: isNarrower ? member.weight : Math.min(best.weight, member.weight) };
  }
  return best;
}

function specificityOf({ name, hasParameters }: WeightedName, type: string, mediaType: string): number {
  if (name === mediaType) return hasParameters ? WITH_PARAMETERS : BY_ITS_NAME;
  if (name === `${type}/*`) return AS_ONE_OF_ITS_KIND;
  return name === '*/*' ? AS_ANYTHING : NOT_AT_ALL;
}
