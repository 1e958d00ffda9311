/** The exercises, in their order. */
import type { Exercise } from './exercise.js';
import { framing } from './exercises/framing.js';
import { letGo } from './exercises/let-go.js';
import { lostRoom } from './exercises/lost-room.js';
import { oneThread } from './exercises/one-thread.js';
import { shortWrite } from './exercises/short-write.js';
import { spin } from './exercises/spin.js';

export const EXERCISES: readonly Exercise[] = [oneThread, spin, framing, shortWrite, lostRoom, letGo];
