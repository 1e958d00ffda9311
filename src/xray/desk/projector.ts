/**
 * Which moment of the records is shown. It follows the program, or is played at the reader's speed, or stays: a step, in either direction,
 * then goes through what is recorded.
 */
import { batch, computed, signal } from '@preact/signals';
import type { ExperimentName, Turn } from '../records.js';
import type { Descriptor } from '../view/state.js';
import * as clock from './clock.js';
import { beatMs, type Speed } from './pace.js';
import type { Track } from './track.js';

/** A moment of a program that runs freely stays so long: a reader cannot see more moments a second, and each costs processor time. */
const SHOWN_MS = 100;

export class Projector {
  readonly tracks = signal<readonly Track[]>([]);
  readonly speed = signal<Speed>('full');
  /** The records are complete: they are played from memory, and no step goes to a program. */
  readonly isRecorded = signal(false);
  /** Records are shown as they come, or played. Otherwise the page stays at its moment. */
  readonly isFollowing = signal(true);
  readonly #position = signal(0);
  #timer: number | undefined;

  readonly place = computed(() => {
    void this.#position.value;
    return clock.turnsShown(this.tracks.value);
  });
  /** Seconds since the experiment began, if two programs are played by one clock. */
  readonly sharedTime = computed(() => {
    void this.#position.value;
    if (!this.isRecorded.value || this.tracks.value.length < 2) return undefined;
    return Math.max(...this.tracks.value.map((track) => track.time(track.position - 1))) / 1e6;
  });
  readonly isAtEnd = computed(() => {
    void this.#position.value;
    return this.tracks.value.every((track) => track.isAtEnd);
  });
  /** All records are shown, or the page stays where it is. */
  readonly isSettled = computed(() => !this.isFollowing.value || this.isAtEnd.value);

  show(tracks: readonly Track[], isRecorded: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    batch(() => {
      this.tracks.value = tracks;
      this.isRecorded.value = isRecorded;
      this.isFollowing.value = !isRecorded;
    });
  }

  /** Plays what is recorded, from the beginning of the last run of an experiment in each track. */
  playFrom(begins: readonly number[]): void {
    for (const [i, track] of this.tracks.value.entries()) {
      const begin = begins[i] ?? track.begin;
      track.origin += track.time(begin);
      track.goTo(begin);
    }
    batch(() => {
      this.isRecorded.value = true;
      this.isFollowing.value = true;
    });
    this.follow();
  }

  /** @param experiment  from whose beginning a recording starts again */
  togglePlaying(experiment: ExperimentName | undefined): void {
    this.isFollowing.value = !this.isFollowing.value;
    if (this.isFollowing.value && this.isAtEnd.value) {
      for (const track of this.tracks.value) track.goTo(clock.experimentOf(track, experiment) ?? track.begin);
    }
    this.follow();
  }

  /** @returns  false if all records are shown: the program must run the next turn */
  stepForward(): boolean {
    if (!this.isRecorded.value && (this.isFollowing.value || this.isAtEnd.value)) return false;
    this.isFollowing.value = false;
    clock.stepForward(this.tracks.value);
    this.#moved();
    this.isFollowing.value = !this.isRecorded.value && this.isAtEnd.value;
    return true;
  }

  back(): void {
    this.#stay(() => clock.stepBack(this.tracks.value));
  }

  /** @param n  counts the turns that are kept, of all tracks */
  goToTurn(n: number): void {
    this.#stay(() => clock.goToTurn(this.tracks.value, n));
  }

  /** @param turn  its number in the records of the track */
  goToTurnOf(track: Track, turn: number): void {
    const i = track.turns.findIndex((each) => (track.record(each) as Turn).turn === turn);
    if (i !== -1) this.goTo(track, clock.endOfTurn(track, i));
  }

  /** The next turn that reports the descriptor; after the last one, the first. */
  goToNextReport(track: Track, { fd }: Descriptor): void {
    const reports = [...track.turns.keys()].filter((i) =>
      (track.record(track.turns[i] as number) as Turn).events.some(([reported]) => reported === fd),
    );
    const next = reports.find((i) => (track.turns[i] as number) >= track.position) ?? reports[0];
    if (next !== undefined) this.goTo(track, clock.endOfTurn(track, next));
  }

  goTo(track: Track, position: number): void {
    this.#stay(() => track.goTo(position));
  }

  toNow(): void {
    for (const track of this.tracks.value) track.goTo(track.end);
    this.isFollowing.value = true;
    this.#moved();
  }

  /** Shows the next records, if the page follows them: all of them, or one thing that a reader can see. Then they stay for a while. */
  follow(): void {
    if (this.#timer !== undefined) return;
    const isAtEnd = this.tracks.value.every((track) => track.isAtEnd);
    if (this.isFollowing.value && isAtEnd) this.isFollowing.value = !this.isRecorded.value;
    else if (this.isFollowing.value) {
      const ms = beatMs(this.tracks.value, this.speed.value, this.isRecorded.value);
      if (ms > 0) clock.advance(this.tracks.value);
      else for (const track of this.tracks.value) track.goTo(track.end);
      this.#timer = window.setTimeout(() => this.#goOn(), ms || SHOWN_MS);
    }
    this.#moved();
  }

  #goOn(): void {
    this.#timer = undefined;
    this.follow();
  }

  #stay(move: () => void): void {
    this.isFollowing.value = false;
    move();
    this.#moved();
  }

  #moved(): void {
    this.#position.value++;
  }
}
