/** A serving process: the sites, the server, its sockets. It is a worker, or a command without workers. */

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { reasonPhrase } from '../../http/response/status.js';
import type { SocketAddress } from '../../linux/socket-address.js';
import { formatAddress } from '../../linux/socket-address.js';
import { getsockname } from '../../linux/sockets.js';
import { Deadline } from '../../reactor/deadlines.js';
import { Reactor } from '../../reactor/reactor.js';
import type { Exchange, ExchangeListener } from '../../server/exchange.js';
import { HttpServer } from '../../server/http-server.js';
import type { Config } from '../config/config.js';
import { blockListOf } from '../config/trusted-proxies.js';
import { LINE_WRITERS } from '../logs/access-log-line.js';
import type { ErrorLog } from '../logs/error-log.js';
import type { LogWriter } from '../logs/log-writer.js';
import { dropPrivileges } from '../sandbox/drop-privileges.js';
import { refuseInspector } from '../sandbox/inspector.js';
import { confine, type SandboxReport } from '../sandbox/sandbox.js';
import type { Settings } from '../tls/settings.js';
import { withRedirects } from './https-redirect.js';
import type { SlotSocket } from './listening-sockets.js';
import { MEMORY_IN_USE, type MetricsSnapshot, ProcessMetrics } from './metrics.js';
import type { ServedHandler } from './served-handler.js';

/**
 * V8 puts up to so many bytes of bytecode into one optimised function; its default is 920. A request passes through many small
 * functions: a hot file takes 228 ns without the kernel, and 291 with the default.
 */
const INLINED_BYTECODE_BYTES = 5_000;

/** Where a serving process sends its logs. */
export interface Telling {
  readonly log: ErrorLog;
  readonly accessLog: LogWriter | undefined;
}

export class ServerProcess {
  readonly addresses: readonly SocketAddress[];
  readonly #reactor: Reactor;
  readonly #handler: ServedHandler;
  readonly #server: HttpServer;
  readonly #accessLog: LogWriter | undefined;
  readonly #metrics: ProcessMetrics | undefined;
  #isShuttingDown = false;

  /**
   * Serves from now on.
   * @param handler  owned from now on
   * @param sockets  owned from now on
   */
  constructor({ config, tls }: Settings, handler: ServedHandler, sockets: readonly SlotSocket[], telling: Telling) {
    setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED_BYTECODE_BYTES}`);
    const { log, accessLog } = telling;
    const onError = (error: unknown): void => log.error('a handler failed', error);
    this.#accessLog = accessLog;
    this.#reactor = new Reactor({ onError });
    this.#handler = sockets.some(({ listen }) => listen.redirectsToHttps)
      ? withRedirects(handler, config, addressesOfHttps(sockets))
      : handler;
    this.#server = new HttpServer(this.#handler, {
      reactor: this.#reactor,
      limits: config.limits,
      trustedProxies: blockListOf(config.trustedProxies),
      onHandlerError: onError,
      ...(tls && { tls }),
      ...this.#listener(config, telling),
    });
    this.addresses = sockets.map(({ fd, listen: { proxyProtocol = false, redirectsToHttps = false } }) =>
      this.#server.listen({ fd }, { proxyProtocol, plainHttp: redirectsToHttps }),
    );
    // Only the admin listener, which the configuration may lack, asks for metrics.
    if (config.admin.length > 0) {
      this.#metrics = new ProcessMetrics({
        server: this.#server,
        reactor: this.#reactor,
        cache: this.#handler.cacheCounts,
      });
    }
    this.#reactor.attach();
  }

  /**
   * Gives up the rights that serving does not need. It comes last: later the process can neither open nor load anything new.
   * @param writable  folders in which the process still writes
   * @returns         the remaining rights
   * @throws          UserError for a user that does not exist, or a required sandbox that the system cannot build
   */
  confine({ privileges, sandbox, sites, module, admin }: Config, writable: readonly string[] = []): SandboxReport {
    refuseInspector();
    dropPrivileges(privileges);
    const roots = module === undefined ? sites.map(({ root }) => root) : [dirname(module)];
    if (admin.length > 0 && existsSync(MEMORY_IN_USE)) roots.push(MEMORY_IN_USE);
    return confine({ mode: sandbox, roots, writable });
  }

  get isServing(): boolean {
    return !this.#isShuttingDown;
  }

  /** Connections that are open now. During a shutdown, each waits for a response. */
  get connectionCount(): number {
    return this.#server.connectionCount;
  }

  /** The reactor, for other waits in this process. */
  get reactor(): Reactor {
    return this.#reactor;
  }

  /** @returns  nothing if `admin` is not configured */
  async metrics(): Promise<MetricsSnapshot> {
    return (await this.#metrics?.snapshot()) ?? {};
  }

  /** Calls `tell` at intervals, by a deadline of the reactor: a stuck loop does not reach it. */
  tellAlive(tell: () => void, everyMs: number): void {
    const deadline = new Deadline(() => {
      tell();
      this.#reactor.setDeadline(deadline, everyMs);
    });
    this.#reactor.setDeadline(deadline, everyMs);
  }

  /** Lets responses finish for at most `graceMs`, and stops. */
  async shutDown(graceMs: number): Promise<void> {
    this.#isShuttingDown = true;
    const endMs = performance.now() + graceMs;
    await this.#server.close({ graceMs });
    await this.#handler.whenDone?.(endMs - performance.now());
    this.#handler.close();
    await this.#accessLog?.close();
    this.#reactor.close();
  }

  /** Sets a hook only for a log or metric that is configured. */
  #listener(
    { accessLogFormat, admin, logLevel }: Config,
    { accessLog, log }: Telling,
  ): {
    onResponse?: ExchangeListener;
  } {
    const tellsRefused = logLevel === 'debug';
    if (accessLog === undefined && admin.length === 0 && !tellsRefused) return {};
    const line = LINE_WRITERS[accessLogFormat];
    return {
      onResponse: (exchange) => {
        accessLog?.write(line(exchange, Date.now()));
        this.#metrics?.observe(exchange.durationMs);
        if (tellsRefused && exchange.request === undefined) log.debug(refusalOf(exchange));
      },
    };
  }
}

function addressesOfHttps(sockets: readonly SlotSocket[]): readonly SocketAddress[] {
  return sockets.filter(({ listen }) => !listen.redirectsToHttps).map(({ fd }) => getsockname(fd));
}

/** A refused request: the access log has only its status, so the error log has the reason. */
function refusalOf({ response, clientAddress }: Exchange): string {
  const client = clientAddress === undefined ? 'a client that has gone' : formatAddress(clientAddress);
  return `a request of ${client} was refused: ${response.status} ${reasonPhrase(response.status)}`;
}
