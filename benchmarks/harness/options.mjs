/** What a user may give on the command line, and one line that tells what is wrong with it. */

/** @param {string | undefined} list  separated by commas @param {readonly string[]} names @returns {readonly string[]} */
export function chosenFrom(list, names) {
  if (list === undefined) return names;
  const wanted = list.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`there is no ${unknown}; there are ${names.join(', ')}`);
  return wanted;
}

/** @param {string} name @param {string} text */
export function positive(name, text) {
  const value = Number(text);
  if (!(value > 0 && value <= 60)) throw new Error(`--${name} is a number up to 60, not ${text}`);
  return value;
}
