/** Finds the name that a person probably meant. */

/**
 * Case, dashes and underscores do not count: `clean-urls` is near cleanUrls. A beginning is near too: `maxAge` of
 * maxAgeSeconds.
 * @returns  undefined if no name is near
 */
export function nearestName(meant: string, names: readonly string[]): string | undefined {
  const plain = plainOf(meant);
  let nearest: string | undefined;
  let least = Math.floor(plain.length / 3) + 1; // in nine letters, three may differ
  for (const name of names) {
    const other = plainOf(name);
    const distance = plain.length > 3 && other.startsWith(plain) ? 1 : editDistance(plain, other);
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

/** Names the nearest option, or, if none is near, all options in one long line. */
export function noSuchOption(nearest: string | undefined, names: readonly string[]): string {
  return `there is no such option; ${nearest === undefined ? `there are ${names.join(', ')}` : `the nearest is ${nearest}`}`;
}

function plainOf(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase();
}

/** The number of letters to insert, delete, replace or swap with a neighbour (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      let distance = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        distance = Math.min(distance, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
