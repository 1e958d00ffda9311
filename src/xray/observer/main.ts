/** Preloaded in each thread of a program that is observed (NODE_OPTIONS=--require). With nothing attached it is not loaded. */
import { native } from '../../native/addon.js';
import { XRAY_SOCKET } from '../protocol.js';
import { observe } from './observer.js';

const path = process.env[XRAY_SOCKET];
// A program that the X-ray has started ends with it.
if (path) observe(native, path, () => process.kill(process.pid, 'SIGTERM'));
