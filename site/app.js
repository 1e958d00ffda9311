// Two buttons: one plays a turn of the reactor in the drawing, one measures round trips to the server of this page.
// Without JavaScript both stay hidden; the page is complete without them. The page's language is that of its texts.

const REQUESTS = 10;
const TIMEOUT_MS = 5000;

const byId = (id) => document.getElementById(id);

const TEXTS = {
  en: {
    sending: 'Sending …',
    median: 'Median ',
    belowStep: 'below the clock’s step',
    server: (name, host) => `Server: ${name === null ? '' : `${name} at `}${host}`,
    status: (status) => `The server answered ${status}.`,
    late: 'The server did not answer in time.',
    gone: 'The server did not answer. Is it still running?',
  },
  zh: {
    sending: '正在发送 …',
    median: '中位数 ',
    belowStep: '小于时钟的最小刻度',
    server: (name, host) => `服务器：${name === null ? '' : `${name}，`}${host}`,
    status: (status) => `服务器返回了 ${status}。`,
    late: '服务器没有及时响应。',
    gone: '服务器没有响应。它还在运行吗？',
  },
};
const texts = document.documentElement.lang.startsWith('zh') ? TEXTS.zh : TEXTS.en;

// --- the drawing ---

const turn = byId('turn');
const play = byId('play');
const calm = matchMedia('(prefers-reduced-motion: reduce)');

function playTurn() {
  turn.classList.remove('turning');
  void turn.getBoundingClientRect(); // without a layout in between, the animation would not restart
  turn.classList.add('turning');
}

const offerMotion = () => {
  play.hidden = calm.matches;
  if (calm.matches) turn.classList.remove('turning');
};
calm.addEventListener('change', offerMotion);
offerMotion();

play.addEventListener('click', playTurn);
turn.querySelector('.token').addEventListener('animationend', () => turn.classList.remove('turning'));

// Once by itself, when it is first fully visible.
const firstSight = new IntersectionObserver(
  (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    firstSight.disconnect();
    if (!calm.matches) playTurn();
  },
  { threshold: 0.9 },
);
firstSight.observe(turn);

// --- the measurement ---

const run = byId('run');
const result = byId('result');
const serverLine = byId('server');
const bars = [...byId('bars').children];
let isRunning = false;

async function roundTripMs() {
  const start = performance.now();
  const response = await fetch(new URL('ping.txt', import.meta.url), { cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) });
  await response.text(); // the round trip ends with the last byte, not with the head
  const elapsed = performance.now() - start;
  if (!response.ok) throw new Error(texts.status(response.status));
  return { elapsed, server: response.headers.get('server') };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

/** µs below a millisecond; all figures of one run share the unit. */
function unitFor(medianMs) {
  return medianMs < 1
    ? { name: 'µs', show: (ms) => String(Math.round(ms * 1000)) }
    : { name: 'ms', show: (ms) => ms.toFixed(ms < 10 ? 1 : 0) };
}

function clearBars() {
  for (const bar of bars) {
    bar.className = '';
    bar.textContent = '';
  }
}

function drawBars(times, unit) {
  const longest = Math.max(...times);
  for (const [i, bar] of bars.entries()) {
    const label = document.createElement('span');
    label.textContent = unit.show(times[i]);
    bar.replaceChildren(label);
    bar.style.setProperty('--share', String(longest > 0 ? times[i] / longest : 0));
    bar.className = 'drawn';
  }
}

/** The address, and the name if the server sends one. */
function showServer(name) {
  serverLine.textContent = texts.server(name, location.host);
}

function explain(error) {
  if (error.name === 'TimeoutError') return texts.late;
  // fetch throws it when there is no connection
  if (error instanceof TypeError) return texts.gone;
  return error.message;
}

async function measure() {
  if (isRunning) return;
  isRunning = true;
  clearBars();
  result.textContent = texts.sending;
  try {
    const times = [];
    let server = null;
    for (let i = 0; i < REQUESTS; i++) {
      const trip = await roundTripMs();
      times.push(trip.elapsed);
      server = trip.server;
    }
    const medianMs = median(times);
    const unit = unitFor(medianMs);
    drawBars(times, unit);

    const figure = document.createElement('strong');
    figure.textContent = medianMs > 0 ? `${unit.show(medianMs)} ${unit.name}` : texts.belowStep;
    result.replaceChildren(texts.median, figure);
    showServer(server);
  } catch (error) {
    clearBars();
    result.textContent = explain(error);
    showServer(null);
  } finally {
    isRunning = false;
  }
}

run.hidden = false;
showServer(null);
run.addEventListener('click', measure);
