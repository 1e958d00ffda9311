/** The configuration of the command, from all sources: parsed, checked and complete. A worker gets it as a message. */
import type { Limits } from '../../limits.js';
import type { SocketAddress } from '../../linux/socket-address.js';
import type { ListenOptions } from '../../net/listening-socket.js';
import type { SiteOptions } from '../../sites/site-options.js';
import type { Defaults } from './options.js';
import type { Network } from './trusted-proxies.js';
import type { Privileges } from './user-and-group.js';
import type { CertificateFiles, LineFormat } from './value-shapes.js';

/** Options that are used as they are written. The others are parsed, or looked up, first. */
type PlainOptions = Omit<Defaults, 'host' | 'port' | 'trustedProxies' | 'workers' | 'admin' | 'accessLogFormat'>;

export interface Config extends PlainOptions {
  readonly listen: readonly ListenConfig[];
  /** The files of certificates, with which all addresses speak HTTPS. Empty: plain HTTP. */
  readonly tls: readonly CertificateFiles[];
  /** The file of the authorities that sign the certificates of clients. */
  readonly tlsClientCa: string | undefined;
  readonly accessLogFormat: LineFormat;
  readonly trustedProxies: readonly Network[];
  /** Without any if there is a module. */
  readonly sites: readonly SiteOptions[];
  /** The path of a module whose default export has `fetch`. */
  readonly module: string | undefined;
  /** Processes that serve, each with a loop of its own. 0: this one, without a supervisor. */
  readonly workers: number;
  /** The user and group that serve; undefined: those who started the process. */
  readonly privileges: Privileges | undefined;
  readonly limits: Partial<Limits>;
  /** Where health and metrics are served; several for a name such as localhost, none by default. */
  readonly admin: readonly SocketAddress[];
}

export interface ListenConfig extends Omit<ListenOptions, 'reusePort'> {
  readonly address: SocketAddress;
  /** With port 0, the name whose addresses all get one port. */
  readonly portSharedBy?: string;
  /** Connections come from a load balancer, and begin with a PROXY header. */
  readonly proxyProtocol?: boolean;
  /** Speaks plain HTTP, and redirects requests to HTTPS (`redirectHttp`). */
  readonly redirectsToHttps?: boolean;
}
