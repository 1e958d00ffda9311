#!/usr/bin/env node
/** The command: `epoll-reactor`. Its signals have handlers before anything else is loaded (signals.ts). */
import './signals.js';

void import('./command-line.js');
