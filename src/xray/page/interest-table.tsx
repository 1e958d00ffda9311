/** The descriptors of the program, one row each: what the program asked for, and what the kernel says. */
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { bytes, duration } from '../desk/figures.js';
import type { Guessing } from '../desk/guess.js';
import { language, words } from '../desk/settings.js';
import { EPOLLERR, EPOLLHUP, formatBits, has, READABLE } from '../view/bits.js';
import { descriptorSentence } from '../view/sentences.js';
import type { Descriptor, State } from '../view/state.js';

const ROWS_MAX = 40;
/** A mask with more bits is shown without the prefix EPOLL, so that it fits on one line. */
const NAMED_MAX = 2;

interface InterestTableProps {
  readonly state: State;
  readonly guessing: Guessing | undefined;
  /** To the next turn that reports a descriptor. */
  onJump(descriptor: Descriptor): void;
}

export function InterestTable({
  state,
  guessing,
  onJump,
  children,
}: InterestTableProps & { readonly children: ComponentChildren }) {
  const { table, guess } = words();
  const rows = useMemo(() => chosen(state), [state]);
  const hidden = openOnes(state) - rows.filter((each) => each.isOpen).length;
  const hasProcesses = new Set(rows.map((each) => each.pid)).size > 1;
  return (
    <section class="panel descriptors" aria-label={table.title}>
      <header>
        <h2>{table.title}</h2>
        {children}
      </header>
      <div class="scroller">
        <table>
          <caption class="visually-hidden">{table.caption}</caption>
          <thead>
            <tr>
              {guessing && <th scope="col">{guess.title}</th>}
              <th scope="col">{table.fd}</th>
              <th scope="col">{table.kind}</th>
              <th scope="col" title={table.maskHint}>
                {table.mask}
              </th>
              <th scope="col" title={table.readableHint}>
                {table.readable}
              </th>
              <th scope="col" class="figure" title={table.unreadHint}>
                {table.unread}
              </th>
              <th scope="col" class="figure" title={table.unsentHint}>
                {table.unsent}
              </th>
              <th scope="col" class="figure age">
                {table.age}
              </th>
              <th scope="col">{table.waitsFor}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((each) => (
              <Row
                key={`${each.key}/${each.reuses}`}
                descriptor={each}
                state={state}
                guessing={guessing}
                onJump={onJump}
                hasProcesses={hasProcesses}
              />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && <p class="empty">{table.none}</p>}
      {hidden > 0 && <p class="empty">{table.more(hidden)}</p>}
    </section>
  );
}

interface RowProps extends InterestTableProps {
  readonly descriptor: Descriptor;
  readonly hasProcesses: boolean;
}

function Row({ descriptor, state, guessing, hasProcesses, onJump }: RowProps) {
  const { table, kinds, waits, guess } = words();
  const { fd, key, kind, address, isOpen, mask, readable, unread, unsent, since, reuses } = descriptor;
  const isReported = descriptor.eventTurn === state.turn && state.turn > 0;
  const isNow = state.lastCall?.fd === fd && isReported;
  const classes = [!isOpen && 'closed', isReported && 'reported', isNow && 'now', isReady(descriptor) && 'ready'];
  // The unread bytes may be read in this same turn.
  const isServed = isReported && state.phase !== 'wait';
  const remark = isServed ? '' : descriptorSentence(descriptor, language.value);
  return (
    <>
      <tr
        class={classes.filter(Boolean).join(' ')}
        data-fd={fd}
        data-key={key}
        data-mask={mask === null ? '' : bitsOf(descriptor)}
      >
        {guessing && (
          <td>
            {isOpen && (
              <input
                type="checkbox"
                aria-label={guess.expect(fd)}
                checked={guessing.expected.has(key)}
                onChange={() => guessing.toggle(key)}
              />
            )}
          </td>
        )}
        <th scope="row">
          <button type="button" class="fd" title={table.jump} onClick={() => onJump(descriptor)}>
            {fd}
          </button>
          {reuses > 0 && <sup title={table.reused(reuses)}>↻</sup>}
        </th>
        <td class="kind">
          {kinds[kind]}
          <small>
            {address}
            {hasProcesses && ` ${table.process(descriptor.pid)}`}
          </small>
        </td>
        <td class="mask">{isOpen ? <Mask descriptor={descriptor} /> : <small>{table.closed}</small>}</td>
        <td class="readable">{isOpen && <Readable bits={readable} />}</td>
        <td class="figure">
          {isOpen && unread !== null && kind !== 'epoll' && (kind === 'listener' ? queue(unread) : figure(unread))}
        </td>
        <td class="figure">{isOpen && unsent !== null && kind === 'connection' && figure(unsent)}</td>
        <td class="figure age">{isOpen && duration(Math.max(0, now(state) - since))}</td>
        <td class="waits">{isOpen && waits[descriptor.waitsFor]}</td>
      </tr>
      {remark !== '' && (
        <tr class="remark">
          <td colSpan={guessing ? 9 : 8}>{remark}</td>
        </tr>
      )}
    </>
  );
}

function Mask({ descriptor }: { readonly descriptor: Descriptor }) {
  if (descriptor.mask === null) return <small>{words().table.notInSet}</small>;
  const bits = bitsOf(descriptor).split('|');
  return (
    <>
      {bits.map((bit) => {
        const short = bit.replace(/^E?POLL/, '');
        return (
          <code key={bit} class={`bit ${short}`} title={bit}>
            {bits.length > NAMED_MAX ? short : bit}
          </code>
        );
      })}
    </>
  );
}

/** Uses the names of the call that waits: POLLIN for poll, EPOLLIN for epoll. */
function bitsOf({ mask, askedBy }: Descriptor): string {
  return formatBits(mask ?? 0, askedBy === 'epoll' || askedBy === undefined ? 'EPOLL' : 'POLL');
}

/** A wait would report it now. */
export function isReady({ mask, readable }: Descriptor): boolean {
  return mask !== null && has(readable, mask | EPOLLERR | EPOLLHUP);
}

function Readable({ bits }: { readonly bits: number | null }) {
  const { table } = words();
  if (bits === null) return <small>{table.notAsked}</small>;
  return has(bits, READABLE) ? <b class="yes">{table.yes}</b> : <span class="no">{table.no}</span>;
}

function figure(n: number) {
  return n === 0 ? <span class="no">0</span> : <b>{bytes(n)}</b>;
}

function queue(n: number) {
  return n === 0 ? <span class="no">{words().table.queue(0)}</span> : <b>{words().table.queue(n)}</b>;
}

/** While the program is held, its clock stands still, and so do the ages. */
function now(state: State): number {
  return state.program === 'running' ? state.t : (state.turnRecord?.t ?? state.t);
}

function openOnes(state: State): number {
  let n = 0;
  for (const each of state.descriptors.values()) if (each.isOpen && isShown(each, state)) n++;
  return n;
}

/** A file is always readable, so no program waits for one. */
function isShown({ isOpen, eventTurn, kind, mask }: Descriptor, { turn }: State): boolean {
  return (isOpen && (kind !== 'file' || mask !== null)) || (eventTurn === turn && turn > 0);
}

/** The open descriptors, sorted by number. If there are too many, those that were reported last. */
function chosen(state: State): readonly Descriptor[] {
  const candidates = [...state.descriptors.values()].filter((each) => isShown(each, state));
  if (candidates.length > ROWS_MAX) candidates.sort((a, b) => b.eventTurn - a.eventTurn || a.fd - b.fd);
  return candidates.slice(0, ROWS_MAX).sort((a, b) => a.pid - b.pid || a.fd - b.fd);
}
