// A program that speaks the protocol of an observed one: each connection to its port is a turn.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const [says = ''] = process.argv.slice(2);
const socket = connect(process.env.EPOLL_REACTOR_XRAY);
const channel = socket._handle.fd;
socket.on('close', () => process.kill(process.pid, 'SIGTERM'));

const say = (...lines) => socket.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
// As the observer: tenths of a microsecond.
const now = () => Number(process.hrtime.bigint() / 100n) / 10;

/** Connections that wait for their turn. */
const waiting = [];
let isHeld = false;
let isArmed = false;
let obeyed = 0;

const server = createServer({ pauseOnConnect: true }, (connection) => {
  connection.on('error', () => {});
  waiting.push(connection);
  if (!isHeld) turn();
  else if (isArmed) report();
});

function turn() {
  const fd = waiting.shift()._handle.fd;
  const call = { t: now(), dur: 1, args: [], at: [process.argv[1], 1, 1] };
  say(
    { t: now(), events: [[server._handle.fd, 1]], sleptMs: 0 },
    { ...call, call: 'epoll_wait', fd: 3, ret: 1 },
    { ...call, call: 'accept4', fd: server._handle.fd, ret: fd },
  );
}

function report() {
  const isReady = waiting.length > 0;
  say({ held: true, isReady, obeyed, readable: [[server._handle.fd, isReady ? 1 : 0]] });
}

const COMMANDS = {
  free: () => {
    isHeld = false;
    while (waiting.length > 0) turn();
  },
  hold: () => {
    isHeld = true;
    isArmed = false;
    report();
  },
  arm: () => {
    isArmed = true;
    report();
  },
  go: () => {
    turn();
    isArmed = false;
    report();
  },
  look: report,
};

say({ hello: 1, pid: process.pid, thread: 'main', channel, node: process.version });
let rest = '';
socket.on('data', (text) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    const command = JSON.parse(line).do;
    if (command !== 'look') obeyed++;
    COMMANDS[command]();
  }
});
await once(socket, 'data');
if (says === '') {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  say({ t: now(), dur: 1, call: 'listen', fd: server._handle.fd, args: [], ret: 0 });
} else {
  socket.write(says.repeat(Number(process.argv[3] ?? 1)));
}
