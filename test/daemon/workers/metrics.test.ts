/** The names of the metrics, and the page that lists them. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { loadMetricsLibrary, metricsText } from '../../../src/daemon/metrics-text.js';
import { METRICS_SNAPSHOT, type MetricsSnapshot, ProcessMetrics } from '../../../src/daemon/workers/metrics.js';
import { WorkerMetrics } from '../../../src/daemon/workers/worker-metrics.js';
import type { WorkerProcess } from '../../../src/daemon/workers/worker-process.js';
import { Reactor } from '../../../src/reactor/reactor.js';
import { HttpServer } from '../../../src/server/http-server.js';
import { selfSigned } from '../../../src/tls/self-signed.js';
import { parseMetrics } from '../prometheus-text.js';

const NO_COUNTS = { workers: 1, crashes: 0, lostLines: 0 };

beforeAll(loadMetricsLibrary);

function measured(server: HttpServer, reactor: Reactor): ProcessMetrics {
  return new ProcessMetrics({ server, reactor, cache: () => ({ hits: 0, misses: 0 }) });
}

test('docs/operating.md lists all metrics with their types', async () => {
  using reactor = new Reactor();
  await using server = new HttpServer(() => {}, { reactor });
  const families = parseMetrics(await metricsText([await measured(server, reactor).snapshot()], NO_COUNTS));
  const page = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `(epoll_reactor_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => [name, type]);
  expect(listed.sort()).toEqual([...families].map(([name, { type }]) => [name, type]).sort());
});

test('a reason of a rejection is escaped as a label', async () => {
  using reactor = new Reactor();
  await using server = new HttpServer(() => {}, { reactor });
  server.counters.countRejection(400, 'a "quoted" \\ reason\nin two lines');
  const families = parseMetrics(await metricsText([await measured(server, reactor).snapshot()], NO_COUNTS));
  expect([...(families.get('epoll_reactor_rejections_total')?.samples ?? [])]).toEqual([
    ['epoll_reactor_rejections_total{status="400",reason="a \\"quoted\\" \\\\ reason\\nin two lines"}', 1],
  ]);
});

test('the durations of all processes, those that have ended included, are one histogram', async () => {
  using reactor = new Reactor();
  await using server = new HttpServer(() => {}, { reactor });
  const all = new WorkerMetrics();
  const ends: (() => void)[] = [];
  for (const durationMs of [0.05, 3, 3, 70_000]) {
    const metrics = measured(server, reactor);
    metrics.observe(durationMs);
    const ended = new Promise<void>((resolve) => ends.push(resolve));
    const lastMetrics = await metrics.snapshot();
    all.add({ ended, lastMetrics, answers: () => Promise.resolve(true) } as unknown as WorkerProcess);
  }
  for (let endedCount = 0; endedCount <= 4; endedCount++) {
    const families = parseMetrics(await metricsText(await all.collect(), NO_COUNTS));
    const name = 'epoll_reactor_response_duration_seconds';
    const samples = families.get(name)?.samples;
    expect(samples?.get(`${name}_count`)).toBe(4);
    expect(samples?.get(`${name}_sum`)).toBeCloseTo(70.00605);
    expect(samples?.get(`${name}_bucket{le="0.0001"}`)).toBe(1);
    expect(samples?.get(`${name}_bucket{le="0.005"}`)).toBe(3);
    expect(samples?.get(`${name}_bucket{le="+Inf"}`)).toBe(4);
    ends[endedCount]?.();
    await new Promise(setImmediate);
  }
});

test('the samples of workers that have ended are bounded, whatever labels these have made up', async () => {
  const all = new WorkerMetrics();
  for (let worker = 0; worker < 10; worker++) {
    const lastMetrics: MetricsSnapshot = {
      rejections_total: Array.from({ length: 400 }, (_, i) => {
        return { labels: { status: '400', reason: `${worker} ${i}` }, value: 1 };
      }),
    };
    all.add({ ended: Promise.resolve(), lastMetrics } as unknown as WorkerProcess);
  }
  await new Promise(setImmediate);
  const families = parseMetrics(await metricsText(await all.collect(), NO_COUNTS));
  expect(families.get('epoll_reactor_rejections_total')?.samples.size).toBe(2_000);
});

describe('the metrics of a server with TLS', () => {
  const early = selfSigned({ names: ['a.test', 'b.test'], days: 10, kind: 'rsa' });
  const late = selfSigned({ names: ['a.test', 'c.test'], days: 20 });
  let families: ReturnType<typeof parseMetrics>;

  beforeAll(async () => {
    using reactor = new Reactor();
    reactor.attach();
    await using server = new HttpServer((_request, response) => response.send(200), {
      reactor,
      tls: { certificates: [late, early] },
    });
    const { port } = server.listen({ address: '127.0.0.1', port: 0 });
    const options = { port, servername: 'a.test', rejectUnauthorized: false };
    const first = connectTls(options);
    const [session] = (await once(first, 'session')) as [Buffer];
    first.destroy();
    const second = connectTls({ ...options, session });
    second.end('GET / HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n');
    await once(second.resume(), 'close');
    await once(connectTcp(port, '127.0.0.1').end('GET / HTTP/1.1\r\n\r\n').resume(), 'close');
    const snapshot = v.parse(METRICS_SNAPSHOT, await measured(server, reactor).snapshot());
    families = parseMetrics(await metricsText([snapshot], NO_COUNTS));
  });

  const samplesOf = (name: string): [string, number][] => {
    return [...(families.get(`epoll_reactor_${name}`)?.samples ?? [])].map(([key, value]) => [
      key.replace(`epoll_reactor_${name}`, ''),
      value,
    ]);
  };

  test('count handshakes by version and result', () => {
    expect(samplesOf('tls_handshakes_total')).toEqual([
      ['{version="TLSv1.3",result="full"}', 1],
      ['{version="TLSv1.3",result="resumed"}', 1],
    ]);
  });

  test('count a client of plain HTTP as a failed handshake', () => {
    expect(samplesOf('tls_handshake_failures_total')).toEqual([['{reason="plain HTTP request"}', 1]]);
  });

  test('count a request for a host that the certificate does not have', () => {
    expect(samplesOf('rejections_total')).toEqual([
      ['{status="421",reason="the certificate is not for this host"}', 1],
    ]);
  });

  test('have the earliest expiry of the certificates with the same name', () => {
    const [[key, seconds] = ['', 0], ...more] = samplesOf('tls_certificate_expiry_timestamp_seconds');
    expect([key, more]).toEqual(['{name="a.test"}', []]);
    expect(seconds).toBe(Date.parse(new X509Certificate(early.cert).validTo) / 1000);
  });
});
