/** The parts of an answer by which two servers are compared. */
import { RawClient, type Target } from '../../client/raw-client.js';

/** Names and values in the form in which a difference is described. A header that is missing is left out. */
export type Answer = Readonly<Record<string, string>>;

const COMPARED = ['Content-Encoding', 'Content-Range', 'Location', 'Last-Modified', 'Vary', 'Accept-Ranges', 'Allow'];

/**
 * The answer to one request on a connection of its own.
 * @param request  with `{etag}` in the place of the tag that this server gives to the file: each has its own
 */
export async function answerOf(target: Target, request: string, etag: string): Promise<Answer> {
  await using client = await RawClient.connect(target);
  await client.send(request.replaceAll('{etag}', etag));
  const { status, headers, body } = await client.response({ toHead: request.startsWith('HEAD ') });
  const answer: Record<string, string> = { status: `${status}` };
  for (const name of COMPARED) {
    const value = headers.get(name.toLowerCase());
    if (value !== undefined) answer[name] = value;
  }
  const tag = headers.get('etag');
  if (tag !== undefined) answer['ETag'] = tag.startsWith('W/') ? 'weak' : 'strong';
  // The text that goes with a redirect or an error is each server's own.
  if (status < 200 || status >= 300) return answer;
  const type = headers.get('content-type') ?? '';
  const boundary = /^multipart\/byteranges; ?boundary=(.+)$/.exec(type)?.[1];
  answer['Content-Type'] = boundary === undefined ? type : 'multipart/byteranges';
  if (boundary !== undefined) {
    // The line break before a delimiter belongs to it (RFC 2046 §5.1.1), and before the first there may be none.
    answer['body'] = body.toString('latin1').replace(/^\r\n/, '').replaceAll(boundary, 'BOUNDARY');
  } else {
    answer['Content-Length'] = headers.get('content-length') ?? '';
    answer['body'] = body.toString('latin1');
  }
  return answer;
}

/** `status: 200 | 206` for each field that is not the same, the first's before the second's. Another status tells the rest. */
export function differencesBetween(a: Answer, b: Answer): string[] {
  const names = a['status'] !== b['status'] ? ['status'] : [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const different = names.filter((name) => a[name] !== b[name]);
  return different
    .filter((name) => name !== 'Content-Length' || !different.includes('body'))
    .map((name) => `${name}: ${shown(a[name])} | ${shown(b[name])}`);
}

function shown(value: string | undefined): string {
  if (value === undefined) return '–';
  const text = JSON.stringify(value).slice(1, -1);
  return text.length > 100 ? `${value.length} bytes` : text;
}

/** The tag of a file, as this server gives it. */
export async function tagOf(target: Target, path: string, headers = ''): Promise<string> {
  await using client = await RawClient.connect(target);
  await client.send(`GET ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`);
  return (await client.response()).headers.get('etag') ?? '';
}
