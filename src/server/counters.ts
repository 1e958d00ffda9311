import type { TlsSessionDetails } from '../tls/tls-api.js';

/** Numbers of a server since it was made. They only grow. */
export class ServerCounters {
  /** Connections that were accepted. */
  connections = 0;
  /** Connections that were refused: connectionsPerAddressMax. */
  connectionsRefused = 0;
  /** Responses, by the first digit of their status. */
  readonly responses = new Float64Array(10);
  /** Bytes of their bodies. */
  bodyBytes = 0;
  /** Requests whose connection ended before their whole response was queued. */
  aborted = 0;
  /**
   * Requests refused before any handler was called, by status and reason, such as `400 invalid Host header`. There are a few
   * dozen reasons.
   */
  readonly rejections = new Map<string, number>();

  /**
   * TLS handshakes by their result: `TLSv1.3 full`, `TLSv1.3 resumed`, or `failed` and the reason, such as
   * `failed no shared cipher`.
   */
  readonly handshakes = new Map<string, number>();

  /** @internal */
  countHandshake(details: TlsSessionDetails | undefined, failure: string): void {
    const end =
      details === undefined ? `failed ${failure}` : `${details.protocol} ${details.isResumed ? 'resumed' : 'full'}`;
    this.handshakes.set(end, (this.handshakes.get(end) ?? 0) + 1);
  }

  /** @internal */
  countRejection(status: number, reason: string): void {
    const key = `${status} ${reason}`;
    this.rejections.set(key, (this.rejections.get(key) ?? 0) + 1);
  }
}
