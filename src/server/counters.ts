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

  /** @internal */
  countRejection(status: number, reason: string): void {
    const key = `${status} ${reason}`;
    this.rejections.set(key, (this.rejections.get(key) ?? 0) + 1);
  }
}
