/** What a reader can do: choose programs, run and stop them, step through what they did. The state of the page that is no program's. */
import { batch, computed, signal } from '@preact/signals';
import type { ExperimentName, Header, Turn, XrayRecord } from '../records.js';
import * as clock from './clock.js';
import { type Connection, type Control, type ModelName, Refused, type Session } from './connection.js';
import { formatMoment, type Moment } from './link.js';
import { beatMs, SPEEDS, type Speed } from './pace.js';
import { Track } from './track.js';

/** recording: two programs run an experiment, which is played when both have ended it. */
export type Phase = 'connecting' | 'ready' | 'recording' | 'refused' | 'lost';

/** A newcomer can read two turns a second, one call after the other. */
const SLOW: Speed = '2';

interface Seat {
  readonly session: Session;
  readonly track: Track;
  leave(): void;
}

export class Desk {
  readonly phase = signal<Phase>('connecting');
  readonly problem = signal<string | undefined>(undefined);
  readonly models = signal<readonly ModelName[]>([]);
  readonly tracks = signal<readonly Track[]>([]);
  readonly speed = signal<Speed>('full');
  /** The file whose records are shown. */
  readonly fileName = signal<string | undefined>(undefined);
  readonly lastExperiment = signal<ExperimentName | undefined>(undefined);
  /** The records are complete: they are played from memory, and no step goes to a program. */
  readonly isRecorded = signal(false);
  /** Records are shown as they come, or played. Otherwise the page stays at its moment. */
  readonly #follows = signal(true);
  readonly #seats = signal<readonly Seat[]>([]);
  readonly #position = signal(0);
  readonly #connection: Connection;
  #timer: number | undefined;
  #awaitedTurn: number | undefined;

  readonly isLive = computed(() => this.#seats.value.length > 0);
  readonly experiment = computed(
    () => this.tracks.value.find(({ latest }) => latest.value.experiment !== undefined)?.latest.value.experiment,
  );
  readonly isRunning = computed(() =>
    this.isRecorded.value
      ? this.#follows.value
      : this.tracks.value.some(({ latest }) => latest.value.program === 'running'),
  );
  readonly place = computed(() => {
    void this.#position.value;
    return { first: 0, ...clock.turnsShown(this.tracks.value) };
  });
  readonly isInThePast = computed(() => !this.isRecorded.value && !this.#follows.value && this.isLive.value);
  readonly canRun = computed(() =>
    this.tracks.value.some(({ latest }) => this.isRecorded.value || !hasEnded(latest.value.program)),
  );
  /** Seconds since the experiment began, if two programs are played by one clock. */
  readonly sharedTime = computed(() => {
    void this.#position.value;
    if (!this.isRecorded.value || this.tracks.value.length < 2) return undefined;
    return Math.max(...this.tracks.value.map((track) => track.time(track.position - 1))) / 1e6;
  });
  readonly canExperiment = computed(
    () => this.isLive.value && this.experiment.value === undefined && this.phase.value === 'ready',
  );
  /** The page shows all that it knows, or stays where it is. */
  readonly isSettled = computed(() => {
    void this.#position.value;
    return !this.#follows.value || this.tracks.value.every(({ isAtEnd }) => isAtEnd);
  });
  readonly canStep = computed(
    () => this.place.value.shown < this.place.value.last || (!this.isRecorded.value && this.canRun.value),
  );

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async start(moment: Moment): Promise<void> {
    await this.#try(async () => {
      const [models, sessions] = await Promise.all([this.#connection.models(), this.#connection.sessions()]);
      this.models.value = models;
      const main = sessions[0];
      const wanted = moment.model ?? main?.header.model ?? models.at(-1)?.name ?? 'epoll';
      const first = main?.header.model === wanted ? main : await this.#connection.open(wanted);
      this.#sit([first, ...(moment.beside === undefined ? [] : [await this.#connection.open(moment.beside)])]);
      const speed = SPEEDS.find((each) => each === moment.speed);
      if (speed !== undefined) this.setSpeed(speed);
      this.#awaitedTurn = moment.turn;
      if (moment.experiment !== undefined) await this.runExperiment(moment.experiment);
    });
  }

  /** Shows one program, or two side by side. */
  async choose(model: string, beside: string | undefined): Promise<void> {
    await this.#try(async () => {
      const kept = this.#seats.value.find(({ session }) => session.header.model === model)?.session;
      for (const { session } of this.#seats.value) if (session !== kept) void this.#send(session, { do: 'close' });
      const first = kept ?? (await this.#connection.open(model));
      this.#sit(beside === undefined ? [first] : [first, await this.#connection.open(beside)]);
      this.setSpeed(this.speed.value);
    });
  }

  async restart(): Promise<void> {
    const [first, second] = this.#seats.value.map(({ session }) => session.header.model);
    if (first === undefined) return;
    this.#leave();
    await this.choose(first, second);
  }

  openFile(name: string, lines: readonly (Header | XrayRecord)[]): void {
    this.#leave();
    const track = new Track('file', () => {
      track.goTo(track.end);
      this.#moved();
    });
    batch(() => {
      this.tracks.value = [track];
      this.fileName.value = name;
      this.phase.value = 'ready';
      this.isRecorded.value = true;
      this.#follows.value = false;
    });
    track.push(lines);
  }

  toggle(): void {
    if (this.isRecorded.value) this.#togglePlaying();
    else if (this.isRunning.value) this.#order({ do: 'pause' });
    else {
      this.toNow();
      this.#order({ do: 'resume' });
    }
  }

  #togglePlaying(): void {
    this.#follows.value = !this.#follows.value;
    if (this.#follows.value && this.tracks.value.every(({ isAtEnd }) => isAtEnd)) this.#rewind();
    this.#tick();
  }

  step(): void {
    const isBehind = this.tracks.value.some(({ isAtEnd }) => !isAtEnd);
    if (this.isRecorded.value || (isBehind && !this.#follows.value)) {
      this.#follows.value = false;
      clock.stepForward(this.tracks.value);
      if (!this.isRecorded.value) this.#follows.value = this.tracks.value.every(({ isAtEnd }) => isAtEnd);
    } else {
      this.toNow();
      this.#order({ do: 'step' });
    }
    this.#moved();
  }

  back(): void {
    if (!this.isRecorded.value && this.isRunning.value) this.#order({ do: 'pause' });
    this.#follows.value = false;
    clock.stepBack(this.tracks.value);
    this.#moved();
  }

  /** @param n  counts the turns that are kept, of all tracks */
  goToTurn(n: number): void {
    if (!this.isRecorded.value && this.isRunning.value) this.#order({ do: 'pause' });
    this.#follows.value = false;
    clock.goToTurn(this.tracks.value, n);
    this.#moved();
  }

  /** @param turn  its number in the records of the track */
  goToTurnOf(track: Track, turn: number): void {
    const position = track.turns.find((each) => (track.record(each) as Turn).turn === turn);
    if (position !== undefined) this.goTo(track, clock.endOfTurn(track, track.turns.indexOf(position)));
  }

  goTo(track: Track, position: number): void {
    if (!this.isRecorded.value && this.isRunning.value) this.#order({ do: 'pause' });
    this.#follows.value = false;
    track.goTo(position);
    this.#moved();
  }

  toNow(): void {
    for (const track of this.tracks.value) track.goTo(track.end);
    this.#follows.value = true;
    this.#moved();
  }

  setSpeed(speed: Speed): void {
    this.speed.value = speed;
    if (!this.isRecorded.value) this.#order({ do: 'speed', value: speed === 'full' ? null : Number(speed) });
    this.#tick();
  }

  async runExperiment(name: ExperimentName): Promise<void> {
    const seats = this.#seats.value;
    const isPair = seats.length > 1;
    this.lastExperiment.value = name;
    this.isRecorded.value = false;
    if (this.speed.value === 'full') this.speed.value = SLOW;
    this.toNow();
    // Two programs run as fast as they are, and are then played by one clock.
    const speed = isPair ? null : Number(this.speed.value);
    if (isPair) this.phase.value = 'recording';
    await this.#try(() =>
      Promise.all(
        seats.map(async ({ session: { session } }) => {
          await this.#connection.control(session, { do: 'speed', value: speed });
          await this.#connection.control(session, { do: 'resume' });
          await this.#connection.control(session, { do: 'experiment', value: name });
        }),
      ),
    );
  }

  /** What a link to this moment carries. */
  get moment(): string {
    const [model, beside] = this.#seats.value.map(({ session }) => session.header.model);
    const experiment = this.lastExperiment.value;
    const { turn } = this.tracks.value[0]?.view.value ?? { turn: 0 };
    return formatMoment({
      ...(model !== undefined && { model }),
      ...(beside !== undefined && { beside }),
      ...(experiment !== undefined && { experiment }),
      ...(this.speed.value !== 'full' && { speed: this.speed.value }),
      ...(turn > 0 && !this.isRunning.value && { turn }),
    });
  }

  #sit(sessions: readonly Session[]): void {
    this.#leave();
    const seats = sessions.map((session): Seat => {
      const track = new Track(`${sessions.indexOf(session)} ${session.session}`, () => this.#onApplied());
      const leave = this.#connection.stream(session.session, {
        onRecords: (records) => {
          this.phase.value = this.phase.value === 'recording' ? 'recording' : 'ready';
          track.push(records as readonly (Header | XrayRecord)[]);
        },
        onBroken: (isForEver) => {
          if (!hasEnded(track.latest.value.program)) this.phase.value = isForEver ? 'refused' : 'lost';
        },
      });
      return { session, track, leave };
    });
    batch(() => {
      this.#seats.value = seats;
      this.tracks.value = seats.map(({ track }) => track);
    });
  }

  #leave(): void {
    for (const { leave } of this.#seats.value) leave();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    batch(() => {
      this.#seats.value = [];
      this.tracks.value = [];
      this.fileName.value = undefined;
      this.problem.value = undefined;
      this.lastExperiment.value = undefined;
      this.isRecorded.value = false;
      this.#follows.value = true;
      this.phase.value = 'connecting';
    });
  }

  #onApplied(): void {
    if (this.phase.value === 'recording') this.#playIfComplete();
    this.#tick();
    this.#position.value++;
    const last = this.tracks.value[0]?.latest.value.turn ?? 0;
    if (this.#awaitedTurn === undefined || last < this.#awaitedTurn) return;
    const n = this.#awaitedTurn;
    this.#awaitedTurn = undefined;
    const { turns = [] } = this.tracks.value[0] ?? {};
    this.goToTurn(turns.length - (last - n));
  }

  /** Both have ended the experiment: from its beginning on they are played by one clock. */
  #playIfComplete(): void {
    const begins = this.tracks.value.map((track) => clock.experimentOf(track, this.lastExperiment.value));
    if (!begins.every((begin) => begin !== undefined)) return;
    for (const [i, track] of this.tracks.value.entries()) {
      track.origin = track.record(begins[i] as number)?.t ?? 0;
      track.goTo(begins[i] as number);
    }
    batch(() => {
      this.phase.value = 'ready';
      this.isRecorded.value = true;
      this.#follows.value = true;
    });
  }

  #rewind(): void {
    for (const track of this.tracks.value)
      track.goTo(clock.experimentOf(track, this.lastExperiment.value) ?? track.begin);
  }

  /** Shows the next records, if the page follows them: all of them, or one thing that a reader can see. */
  #tick(): void {
    if (!this.#follows.value || this.#timer !== undefined || this.phase.value === 'recording') return;
    const ms = beatMs(this.tracks.value, this.speed.value, this.isRecorded.value);
    if (ms === 0) for (const track of this.tracks.value) track.goTo(track.end);
    else if (clock.advance(this.tracks.value)) {
      this.#timer = window.setTimeout(() => {
        this.#timer = undefined;
        this.#tick();
      }, ms);
    } else if (this.isRecorded.value) this.#follows.value = false;
    this.#moved();
  }

  #moved(): void {
    this.#position.value++;
  }

  #order(control: Control): void {
    for (const { session } of this.#seats.value) void this.#send(session, control);
  }

  #send({ session }: Session, control: Control): Promise<void> {
    return this.#try(() => this.#connection.control(session, control));
  }

  /** A failure is shown, and the page goes on. */
  async #try(work: () => Promise<unknown>): Promise<void> {
    try {
      this.problem.value = undefined;
      await work();
    } catch (error) {
      if (error instanceof Refused && error.status === 403) this.phase.value = 'refused';
      else if (error instanceof Refused) this.problem.value = error.message;
      else this.phase.value = 'lost';
    }
  }
}

function hasEnded(program: string): boolean {
  return program === 'ended';
}
