/** What a server has done since it was made, in numbers that only grow. Counted in place: a number costs nothing. */

export class ServerCounters {
  /** Connections that were accepted. */
  connections = 0;
  /** Those that were turned away: connectionsPerAddressMax. */
  connectionsRefused = 0;
  /** Responses that were given, by the first digit of their status. */
  readonly responses = new Float64Array(10);
  /** Bytes of their bodies. */
  bodyBytes = 0;
  /** Requests whose client went, or was cut off, before the response was given. */
  aborted = 0;
  /** Requests that were refused before any handler saw them, by status and reason: `400 invalid Host header`. There are a few dozen. */
  readonly rejections = new Map<string, number>();

  countRejection(status: number, reason: string): void {
    const key = `${status} ${reason}`;
    this.rejections.set(key, (this.rejections.get(key) ?? 0) + 1);
  }
}
