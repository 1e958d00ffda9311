/** The types of the benchmarks. */
import type { ChildProcess } from 'node:child_process';

/** A program to measure: a server, or a program that uses epoll without a server. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  /** The reason why it cannot run here. */
  readonly missing?: string;
  /** Its arguments are a folder and a port for a server, and those of floor/ring.c for a ring of pipes. */
  readonly command: (...args: string[]) => string[];
  /** It has several processes, so one core would not show its capacity. */
  readonly isOnAllCores?: boolean;
  /** It closes each connection after one response. */
  readonly isClosing?: boolean;
  /** It speaks HTTPS. */
  readonly isSecure?: boolean;
}

/** Paths of files in PEM. */
export interface KeyFiles {
  readonly cert: string;
  readonly key: string;
}

export interface Site {
  readonly folder: string;
  /** The path of its file in a request. */
  readonly path: string;
  readonly body: Buffer;
}

export type PrintingProcess = ChildProcess & { stdoutText: string; stderrText: string };

/** Where requests are sent. */
export interface Endpoint {
  readonly port: number;
  readonly isSecure: boolean;
}

export interface Server extends Endpoint {
  readonly url: string;
  readonly responseBytes: number;
  /** From the start of the process to the last byte of its first response. */
  readonly startMs: number;
  readonly child: PrintingProcess;
  /** The pids of all its processes. */
  pids(): number[];
  /** Throws Cannot if the server has ended. */
  requireAlive(): void;
}

export interface Exchange {
  readonly request: string;
  readonly status: number;
  readonly body: Buffer;
}

export interface Patience {
  /** How long to wait without progress. */
  readonly stallMs: number;
  /** How long to wait in all. */
  readonly limitMs: number;
}

export interface Settings {
  readonly warmupMs: number;
  readonly windowMs: number;
  readonly patience: Patience;
  readonly memoryBytesMax: number;
  /** Connections of the case `idle` of npm run bench. */
  readonly idleConnections: number;
  /** The numbers of connections, in ascending order, of cases that have several. */
  readonly steps: Readonly<Record<string, readonly number[]>>;
}

/** Numbers by the names of figures; null where no request was answered. */
export type Sample = { readonly complaints?: readonly string[] } & { readonly [figure: string]: unknown };

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly samples: number;
}

export interface Figure {
  readonly name: string;
  /** The head of its column, with the unit. */
  readonly title: string;
  /** Its name in a sentence: "CPU per request ÷ nginx". */
  readonly phrase: string;
  readonly format: (value: number) => string;
  readonly isMoreBetter: boolean;
  /** Smaller values are noise. */
  readonly least: number;
}

/** A limit for a figure of one contender, or for its quotient to that of others. */
export interface Bound {
  readonly figure: Figure;
  /** The contender that must meet the bound. */
  readonly of: string;
  /** The better of these is the divisor. */
  readonly over?: readonly string[];
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Verdict {
  readonly text: string;
  readonly limit: string;
  readonly value?: number;
  readonly isReached?: boolean;
  /** The reason why it was not measured. */
  readonly why?: string;
}

/** The load of wrk on a case that profile.mjs can profile too. */
export interface Requests {
  site(): Site;
  readonly connections: number;
  /** Requests that are sent at once, pipelined. */
  readonly depth: number;
  /** Each connection serves one request. */
  readonly closes: boolean;
  /** Sends each request once, checks the responses, and returns a file of the requests for wrk. */
  checkAndWrite(server: Server, site: Site): Promise<string>;
}

/** One measurement, made in the same way for all its contenders. */
export interface Case {
  /** The value for --only. */
  readonly name: string;
  readonly title: string;
  /** Absent: all contenders of the command. */
  readonly contenders?: readonly string[];
  /** The columns of its table. The first is drawn. */
  readonly figures: readonly Figure[];
  /** Figures that are only in the result file. */
  readonly recorded?: readonly Figure[];
  readonly bounds?: readonly Bound[];
  /** Prepares the common part for all contenders, and returns the function that measures one. */
  readonly prepare?: (settings: Settings) => (contender: Contender, step: number) => Promise<Sample>;
  /** A case that is computed from the rows of others. */
  readonly derive?: (rows: readonly Row[]) => Row[];
  /** Another case: its figures are drawn as hollow dots beside those of this one. */
  readonly alone?: string;
  /** The title of a chart, with the numbers of its rows. */
  readonly message?: (rows: readonly Row[], figure: Figure) => string;
  readonly requests?: Requests;
}

/** The results of one contender in one case (at one step). */
export interface Row {
  readonly case: string;
  readonly step?: number;
  readonly contender: string;
  readonly figures: Readonly<Record<string, Summary>>;
  /** The reason why there is no figure. */
  readonly cannot?: string;
  /** Failed rounds, if others succeeded, and the complaints of wrk. */
  readonly troubles?: readonly string[];
}

export interface Result {
  readonly benchmark: string;
  readonly date: string;
  readonly commit: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGiB: number };
  readonly kernel: string;
  readonly node: string;
  /** The load average of the machine before the run. */
  readonly loadAverage: number;
  readonly load: string;
  readonly conditions: Settings & { readonly rounds: number };
  readonly contenders: readonly {
    readonly name: string;
    readonly version: string;
    readonly cores?: 'all';
    readonly missing?: string;
  }[];
  readonly rows: readonly Row[];
}
