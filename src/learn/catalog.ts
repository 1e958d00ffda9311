/** The exercises, in their order. */
import type { Exercise } from './exercise.js';
import { connect } from './exercises/connect.js';
import { edgeAccept } from './exercises/edge-accept.js';
import { edgeDrain } from './exercises/edge-drain.js';
import { emfile } from './exercises/emfile.js';
import { fairness } from './exercises/fairness.js';
import { framing } from './exercises/framing.js';
import { ghostFd } from './exercises/ghost-fd.js';
import { halfClose } from './exercises/half-close.js';
import { herd } from './exercises/herd.js';
import { letGo } from './exercises/let-go.js';
import { lostRoom } from './exercises/lost-room.js';
import { mask } from './exercises/mask.js';
import { oneThread } from './exercises/one-thread.js';
import { shortWrite } from './exercises/short-write.js';
import { slowReader } from './exercises/slow-reader.js';
import { spin } from './exercises/spin.js';
import { staleEvent } from './exercises/stale-event.js';
import { timer } from './exercises/timer.js';
import { wake } from './exercises/wake.js';

export const EXERCISES: readonly Exercise[] = [
  oneThread,
  spin,
  framing,
  shortWrite,
  lostRoom,
  letGo,
  mask,
  connect,
  edgeAccept,
  edgeDrain,
  fairness,
  ghostFd,
  staleEvent,
  halfClose,
  slowReader,
  timer,
  wake,
  emfile,
  herd,
];
