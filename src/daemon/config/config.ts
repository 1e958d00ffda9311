/** What the command is to do, wherever it was said: checked and complete. */
import type { Limits } from '../../limits.js';
import type { SocketAddress } from '../../linux/socket-address.js';
import type { ListenOptions } from '../../net/listening-socket.js';
import type { SiteOptions } from '../../sites/site-options.js';
import type { Privileges } from './user-and-group.js';

export interface Config {
  readonly listen: readonly ListenConfig[];
  readonly sites: readonly SiteOptions[];
  /** Processes that serve, each with a loop of its own. 0: this one, without a supervisor. */
  readonly workers: number;
  /** The user and group that serve; undefined: those who started the process. */
  readonly privileges: Privileges | undefined;
  readonly sandbox: SandboxMode;
  readonly limits: Partial<Limits>;
  /** For responses under way, after SIGTERM and when a worker is replaced. */
  readonly shutdownGraceMs: number;
  /** Proxies that are believed when they say for whom they ask: addresses and networks. */
  readonly trustedProxies: readonly string[];
  /** A path, `stdout` or `off`. */
  readonly accessLog: string;
  readonly accessLogFormat: AccessLogFormat;
  /** A path or `stderr`. */
  readonly errorLog: string;
  readonly logLevel: LogLevel;
  /** Where health and metrics are served; several for a name such as localhost, none by default. */
  readonly admin: readonly SocketAddress[];
}

export interface ListenConfig extends Omit<ListenOptions, 'reusePort'> {
  readonly address: SocketAddress;
  /** With port 0, the name whose addresses all get one port. */
  readonly portSharedBy?: string;
  /** Connections begin with a PROXY protocol header: whoever connects is a load balancer. */
  readonly proxyProtocol?: boolean;
}

/** `on`: what the kernel can do; `required`: all of it, or the start fails. */
export const SANDBOX_MODES = ['off', 'on', 'required'] as const;

export type SandboxMode = (typeof SANDBOX_MODES)[number];

export const ACCESS_LOG_FORMATS = ['common', 'combined', 'json'] as const;
export type AccessLogFormat = (typeof ACCESS_LOG_FORMATS)[number];

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
