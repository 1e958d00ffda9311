/** Sums of the results of V8's profilers and of strace, by function and by system call. */

/**
 * @typedef {object} CallFrame
 * @property {string} functionName
 * @property {string} url
 * @property {number} lineNumber  from 0; -1: without source
 */

/** @typedef {{ name: string, amount: number }} Share */

/**
 * Self time by function: its microseconds without those of the functions that it called.
 * @param {{ nodes: { id: number, callFrame: CallFrame }[], samples?: number[], timeDeltas?: number[] }} profile
 * @returns {Share[]}  the largest first
 */
export function selfMicros({ nodes, samples = [], timeDeltas = [] }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  // A delta is the time since the previous sample. The next delta differs little, so each delta counts for its own sample.
  return sharesOf(samples.map((id, i) => ({ frame: frames.get(id), amount: timeDeltas[i] ?? 0 })));
}

/**
 * Bytes allocated by function.
 * @typedef {{ callFrame: CallFrame, selfSize: number, children: HeapNode[] }} HeapNode
 * @param {HeapNode} head
 * @returns {Share[]}  the largest first
 */
export function allocatedBytes(head) {
  const nodes = [head];
  for (const { children } of nodes) nodes.push(...children); // the loop also visits the elements that it adds: the whole tree
  return sharesOf(nodes.map(({ callFrame, selfSize }) => ({ frame: callFrame, amount: selfSize })));
}

/**
 * Calls by system call, from the output of `strace -c -U name,calls,errors`.
 * @param {string} text
 * @returns {{ name: string, calls: number, errors: number }[]}
 */
export function systemCalls(text) {
  return [...text.matchAll(/^(\w+) +(\d+) *(\d+)?$/gm)]
    .map(([, name = '', calls, errors]) => ({ name, calls: Number(calls), errors: Number(errors ?? 0) }))
    .filter(({ name }) => name !== 'total')
    .toSorted((a, b) => b.calls - a.calls);
}

/** @param {CallFrame} frame  `send (native)`, `parse (request-parser.js:120)`, `(garbage collector)` */
function nameOf({ functionName, url, lineNumber }) {
  if (functionName.startsWith('(')) return functionName;
  const file = url.split('/').at(-1);
  return `${functionName || '(anonymous)'} (${file ? `${file}:${lineNumber + 1}` : 'native'})`;
}

/** @param {readonly { frame: CallFrame | undefined, amount: number }[]} parts @returns {Share[]}  the largest first, without zeros */
function sharesOf(parts) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { frame, amount } of parts) {
    if (frame !== undefined && amount > 0) sums.set(nameOf(frame), (sums.get(nameOf(frame)) ?? 0) + amount);
  }
  return [...sums].map(([name, amount]) => ({ name, amount })).toSorted((a, b) => b.amount - a.amount);
}
