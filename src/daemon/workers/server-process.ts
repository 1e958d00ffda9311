/** What a process that serves is made of: the sites, the server, its sockets. A worker is one, and so is a command without workers. */

import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { reasonPhrase } from '../../http/response/status.js';
import type { SocketAddress } from '../../linux/socket-address.js';
import { formatAddress } from '../../linux/socket-address.js';
import { Deadline } from '../../reactor/deadlines.js';
import { Reactor } from '../../reactor/reactor.js';
import type { Exchange, ExchangeListener } from '../../server/exchange.js';
import { HttpServer } from '../../server/http-server.js';
import type { SiteHandler } from '../../sites/site-handler.js';
import type { Config } from '../config/config.js';
import { blockListOf } from '../config/trusted-proxies.js';
import { LINE_WRITERS } from '../logs/access-log-line.js';
import type { ErrorLog } from '../logs/error-log.js';
import type { LogWriter } from '../logs/log-writer.js';
import { dropPrivileges } from '../sandbox/drop-privileges.js';
import { refuseInspector } from '../sandbox/inspector.js';
import { confine } from '../sandbox/sandbox.js';
import type { SlotSocket } from './listening-sockets.js';
import { MEMORY_IN_USE, type MetricsSnapshot, ProcessMetrics } from './metrics.js';

/**
 * V8 puts up to so many bytes of bytecode into one optimised function; its default is 920. A request passes through many small
 * functions: a hot file takes 228 ns without the kernel, and 291 with the default.
 */
const INLINED_BYTECODE_BYTES = 5_000;

/** Whom it tells what it does. */
export interface Telling {
  readonly log: ErrorLog;
  readonly accessLog: LogWriter | undefined;
}

export class ServerProcess {
  readonly addresses: readonly SocketAddress[];
  readonly #reactor: Reactor;
  readonly #sites: SiteHandler;
  readonly #server: HttpServer;
  readonly #accessLog: LogWriter | undefined;
  readonly #metrics: ProcessMetrics | undefined;
  #isShuttingDown = false;

  /**
   * Serves from now on.
   * @param sites    of the configuration: are its own from now on
   * @param sockets  likewise
   */
  constructor(config: Config, sites: SiteHandler, sockets: readonly SlotSocket[], telling: Telling) {
    setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED_BYTECODE_BYTES}`);
    const { log, accessLog } = telling;
    const onError = (error: unknown): void => log.error('a handler failed', error);
    this.#accessLog = accessLog;
    this.#reactor = new Reactor({ onError });
    this.#sites = sites;
    this.#server = new HttpServer(this.#sites, {
      reactor: this.#reactor,
      limits: config.limits,
      trustedProxies: blockListOf(config.trustedProxies),
      onHandlerError: onError,
      ...this.#listener(config, telling),
    });
    this.addresses = sockets.map(({ fd, listen }) => this.#server.listen({ fd }, listen));
    // Who asks for metrics asks there.
    if (config.admin.length > 0) {
      this.#metrics = new ProcessMetrics({
        server: this.#server,
        reactor: this.#reactor,
        cache: this.#sites.cacheCounts,
      });
    }
    this.#reactor.attach();
  }

  /**
   * Gives up what serving does not need. Last of all: what is not open and not loaded by then cannot be had any more.
   * @param writable  folders in which the process goes on to write
   * @returns         what it is able to do from now on, in a line
   * @throws          UserError for a user that is not there, or a sandbox that is required and cannot be had
   */
  confine({ privileges, sandbox, sites, admin }: Config, writable: readonly string[] = []): string {
    refuseInspector();
    dropPrivileges(privileges);
    const roots = sites.map(({ root }) => root);
    if (admin.length > 0 && existsSync(MEMORY_IN_USE)) roots.push(MEMORY_IN_USE);
    return confine({ mode: sandbox, roots, writable }).line;
  }

  get isServing(): boolean {
    return !this.#isShuttingDown;
  }

  /** The turns of whoever else waits in this process. */
  get reactor(): Reactor {
    return this.#reactor;
  }

  /** @returns  nothing where `admin` is not configured */
  async metrics(): Promise<MetricsSnapshot> {
    return (await this.#metrics?.snapshot()) ?? {};
  }

  /** Calls `tell` every so often, by a deadline of the reactor: a loop that is stuck does not come to it. */
  tellAlive(tell: () => void, everyMs: number): void {
    const deadline = new Deadline(() => {
      tell();
      this.#reactor.setDeadline(deadline, everyMs);
    });
    this.#reactor.setDeadline(deadline, everyMs);
  }

  /** Finishes what is under way, for at most `graceMs`, and stops. */
  async shutDown(graceMs: number): Promise<void> {
    this.#isShuttingDown = true;
    await this.#server.close({ graceMs });
    this.#sites.close();
    await this.#accessLog?.close();
    this.#reactor.close();
  }

  /** Nobody listens where nobody wants to know. */
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

/** What could not be understood, of which an access log has no more than a status. */
function refusalOf({ response, clientAddress }: Exchange): string {
  const client = clientAddress === undefined ? 'a client that has gone' : formatAddress(clientAddress);
  return `a request of ${client} was refused: ${response.status} ${reasonPhrase(response.status)}`;
}
