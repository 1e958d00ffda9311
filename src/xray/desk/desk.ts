/** What a reader can do with programs: choose them, run, stop and step them, and send clients to them. */
import { batch, computed, signal } from '@preact/signals';
import type { ExperimentName, Header, XrayRecord } from '../records.js';
import { parseRecording } from '../view/recording-text.js';
import * as clock from './clock.js';
import { type Connection, type Control, type ModelName, Refused, type Session } from './connection.js';
import { formatMoment, type Moment } from './link.js';
import { SPEEDS, type Speed } from './pace.js';
import { Projector } from './projector.js';
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
  readonly projector = new Projector();
  readonly phase = signal<Phase>('connecting');
  readonly problem = signal<string | undefined>(undefined);
  /** Those that can be started from here: none where the command shows a recording. */
  readonly models = signal<readonly ModelName[]>([]);
  /** The file whose records are shown. */
  readonly fileName = signal<string | undefined>(undefined);
  readonly lastExperiment = signal<ExperimentName | undefined>(undefined);
  readonly #seats = signal<readonly Seat[]>([]);
  readonly #connection: Connection;
  /** The program of the command, which ends it itself. */
  #main: Session | undefined;
  /** The turn to which a link leads, until the program has come to it. */
  #awaitedTurn: number | undefined;

  readonly #latest = computed(() => this.projector.tracks.value.map(({ latest }) => latest.value));
  readonly isLive = computed(() => this.#seats.value.length > 0);
  readonly experiment = computed(
    () => this.#latest.value.find(({ experiment }) => experiment !== undefined)?.experiment,
  );
  readonly isRunning = computed(() => {
    const { isRecorded, isFollowing } = this.projector;
    return isRecorded.value ? isFollowing.value : this.#latest.value.some(({ program }) => program === 'running');
  });
  readonly isInThePast = computed(() => {
    const { isRecorded, isFollowing } = this.projector;
    return this.isLive.value && !isRecorded.value && !isFollowing.value;
  });
  readonly canRun = computed(
    () => this.projector.isRecorded.value || this.#latest.value.some(({ program }) => program !== 'ended'),
  );
  readonly canStep = computed(() => {
    const { shown, last } = this.projector.place.value;
    return shown < last || (!this.projector.isRecorded.value && this.canRun.value);
  });
  readonly canExperiment = computed(
    () => this.isLive.value && this.canRun.value && this.experiment.value === undefined && this.phase.value === 'ready',
  );

  /** The real server was started by the command, and cannot be started again from here. */
  readonly canRestart = computed(() => {
    const names = this.models.value.map(({ name }) => name);
    return this.isLive.value && this.#seats.value.every(({ session }) => names.includes(session.header.model));
  });

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async start(moment: Moment): Promise<void> {
    await this.#try(async () => {
      const recording = await this.#connection.recording();
      if (recording !== undefined) {
        this.openFile(recording.name, parseRecording(recording.text));
        return;
      }
      const [models, sessions] = await Promise.all([this.#connection.models(), this.#connection.sessions()]);
      this.models.value = models;
      const main = sessions[0];
      this.#main = main;
      const wanted = moment.model ?? main?.header.model ?? 'epoll';
      // A link with an experiment leads to a new process, whose turns are counted from the same moment each time.
      const isNew = moment.experiment !== undefined && models.some(({ name }) => name === wanted);
      const first = main?.header.model === wanted && !isNew ? main : await this.#connection.open(wanted);
      this.projector.speed.value = SPEEDS.find((each) => each === (moment.speed ?? `${first.speed}`)) ?? 'full';
      this.#sit([first, ...(moment.beside === undefined ? [] : [await this.#connection.open(moment.beside)])]);
      if (moment.experiment !== undefined) await this.runExperiment(moment.experiment);
      this.#awaitedTurn = moment.turn;
      this.#goToAwaitedTurn();
    });
  }

  /** Shows one program, or two side by side. */
  async choose(model: string, beside: string | undefined): Promise<void> {
    await this.#try(async () => {
      const sessions = this.#seats.value.map(({ session }) => session);
      if (this.#main !== undefined && !sessions.includes(this.#main)) sessions.push(this.#main);
      const kept = sessions.find(({ header }) => header.model === model);
      for (const session of sessions) {
        if (session !== kept && session !== this.#main) this.#send(session, { do: 'close' });
      }
      const first = kept ?? (await this.#connection.open(model));
      this.#sit(beside === undefined ? [first] : [first, await this.#connection.open(beside)]);
    });
  }

  /** The same programs, in new processes. */
  async restart(): Promise<void> {
    await this.#try(async () => {
      const models = this.#seats.value.map(({ session }) => session.header.model);
      this.#sit(await Promise.all(models.map((model) => this.#connection.open(model))));
    });
  }

  openFile(name: string, lines: readonly (Header | XrayRecord)[]): void {
    this.#leave();
    const track = new Track('file', () => this.projector.goTo(track, track.end));
    this.projector.show([track], true);
    this.fileName.value = name;
    this.phase.value = 'ready';
    track.push(lines);
  }

  toggle(): void {
    if (this.projector.isRecorded.value) this.projector.togglePlaying(this.lastExperiment.value);
    else if (this.isRunning.value) this.#order({ do: 'pause' });
    else {
      this.projector.toNow();
      this.#order({ do: 'resume' });
    }
  }

  step(): void {
    if (this.projector.stepForward()) return;
    this.projector.toNow();
    this.#order({ do: 'step' });
  }

  back(): void {
    this.goBackTo((projector) => projector.back());
  }

  /** Pauses the program when the reader looks at its past, so that it does not run on meanwhile. */
  goBackTo(move: (projector: Projector) => void): void {
    this.#hold();
    move(this.projector);
  }

  setSpeed(speed: Speed): void {
    this.projector.speed.value = speed;
    if (!this.projector.isRecorded.value) {
      this.#order({ do: 'speed', value: speed === 'full' ? null : Number(speed) });
    }
    this.projector.follow();
  }

  async runExperiment(name: ExperimentName): Promise<void> {
    const seats = this.#seats.value;
    const { speed, isRecorded } = this.projector;
    const isPair = seats.length > 1;
    this.lastExperiment.value = name;
    isRecorded.value = false;
    if (speed.value === 'full') speed.value = SLOW;
    this.projector.toNow();
    // Two programs run as fast as they are, and are then played by one clock.
    const value = isPair ? null : Number(speed.value);
    if (isPair) {
      this.phase.value = 'recording';
      this.projector.isFollowing.value = false;
    }
    await this.#try(() =>
      Promise.all(
        seats.map(async ({ session: { session } }) => {
          await this.#connection.control(session, { do: 'speed', value });
          await this.#connection.control(session, { do: 'resume' });
          await this.#connection.control(session, { do: 'experiment', value: name });
        }),
      ),
    );
  }

  /** What a link to this moment carries. */
  get link(): string {
    const [model, beside] = this.#seats.value.map(({ session }) => session.header.model);
    const experiment = this.lastExperiment.value;
    const speed = this.projector.speed.value;
    const turn = this.isRunning.value ? 0 : this.projector.place.value.shown - (this.#turnsBefore() ?? 0);
    return formatMoment({
      ...(model !== undefined && { model }),
      ...(beside !== undefined && { beside }),
      ...(experiment !== undefined && { experiment }),
      ...(speed !== 'full' && { speed }),
      ...(turn > 0 && { turn }),
    });
  }

  /** Shows these programs, at the speed of the page. */
  #sit(sessions: readonly Session[]): void {
    this.#leave();
    const seats = sessions.map((session, i): Seat => {
      const track = new Track(`${i} ${session.session}`, () => this.#onApplied());
      const leave = this.#connection.stream(session.session, {
        onRecords: (records) => {
          if (this.phase.value !== 'recording') this.phase.value = 'ready';
          track.push(records as readonly (Header | XrayRecord)[]);
        },
        onBroken: (isForEver) => {
          if (track.latest.value.program !== 'ended') this.phase.value = isForEver ? 'refused' : 'lost';
        },
      });
      return { session, track, leave };
    });
    this.#seats.value = seats;
    this.projector.show(
      seats.map(({ track }) => track),
      false,
    );
    this.setSpeed(this.projector.speed.value);
  }

  #leave(): void {
    for (const { leave } of this.#seats.value) leave();
    batch(() => {
      this.#seats.value = [];
      this.projector.show([], false);
      this.fileName.value = undefined;
      this.problem.value = undefined;
      this.lastExperiment.value = undefined;
      this.phase.value = 'connecting';
    });
  }

  #onApplied(): void {
    if (this.phase.value === 'recording') this.#playIfComplete();
    else this.projector.follow();
    this.#goToAwaitedTurn();
  }

  #goToAwaitedTurn(): void {
    const turn = this.#awaitedTurn;
    const before = this.#turnsBefore();
    if (turn === undefined || before === undefined || this.phase.value === 'recording') return;
    if (this.projector.place.value.last < before + turn) return;
    this.#awaitedTurn = undefined;
    this.goBackTo((projector) => projector.goToTurn(before + turn));
  }

  /** A link counts turns from the beginning of its experiment. */
  #turnsBefore(): number | undefined {
    const experiment = this.lastExperiment.value;
    return experiment === undefined ? 0 : clock.turnsBefore(this.projector.tracks.value, experiment);
  }

  /** Both have ended the experiment. */
  #playIfComplete(): void {
    const begins = this.projector.tracks.value.map((track) => clock.experimentOf(track, this.lastExperiment.value));
    if (!begins.every((begin) => begin !== undefined)) return;
    this.phase.value = 'ready';
    this.projector.playFrom(begins);
  }

  #hold(): void {
    if (!this.projector.isRecorded.value && this.isRunning.value) this.#order({ do: 'pause' });
  }

  #order(control: Control): void {
    for (const { session } of this.#seats.value) this.#send(session, control);
  }

  #send({ session }: Session, control: Control): void {
    void this.#try(() => this.#connection.control(session, control));
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
