/** An Internet address as text, such as `127.0.0.1:9369` or `[::1]:9369`. */
export function hostAndPort(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
