/** HTTP-version = "HTTP/" DIGIT "." DIGIT, and its name is case-sensitive. */
import { closes, goesOn, HOST, type RawRequest, refuses } from './raw-request.js';

function version(text: string): string {
  return `GET / ${text}\r\n${HOST}\r\n`;
}

export const VERSIONS: readonly RawRequest[] = [
  ...goesOn('RFC 9110 §2.5', {
    'HTTP/1.2, which is 1.1 and more': [version('HTTP/1.2'), 'GET / []', { minorVersion: 1 }],
    'HTTP/1.7': [version('HTTP/1.7'), 'GET / []', { minorVersion: 1 }],
    'HTTP/1.9': [version('HTTP/1.9'), 'GET / []', { minorVersion: 1 }],
  }),
  ...closes('§2.3', {
    'the shortest request of HTTP/1.0': ['GET / HTTP/1.0\r\n\r\n', 'GET / []', { minorVersion: 0, headers: [] }],
    'HTTP/1.0 with a Host': [version('HTTP/1.0'), 'GET / []', { minorVersion: 0 }],
  }),
  ...refuses(505, 'RFC 9110 §15.6.6', {
    'HTTP/2.0': version('HTTP/2.0'),
    'HTTP/2.1': version('HTTP/2.1'),
    'HTTP/3.0': version('HTTP/3.0'),
    'HTTP/9.9': version('HTTP/9.9'),
    'HTTP/0.9 by its number': version('HTTP/0.9'),
    'HTTP/0.0': version('HTTP/0.0'),
    'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  }),
  ...refuses(400, '§2.3', {
    'http in lower case': version('http/1.1'),
    'Http in mixed case': version('Http/1.1'),
    'HTTPS for HTTP': version('HTTPS/1.1'),
    'HTP for HTTP': version('HTP/1.1'),
    'no HTTP before the slash': version('/1.1'),
    'no slash': version('HTTP1.1'),
    'a backslash for the slash': version('HTTP\\1.1'),
    'a space for the slash': version('HTTP 1.1'),
    'a space after the slash': version('HTTP/ 1.1'),
    'a space before the slash': version('HTTP /1.1'),
    'a space around the point': version('HTTP/1 .1'),
    'a major number of two digits': version('HTTP/11.1'),
    'a major number with a leading zero': version('HTTP/01.1'),
    'two numbers with a leading zero': version('HTTP/01.01'),
    'a major number that wraps around to 1': version('HTTP/4294967297.1'),
    'HTTP/2 without its minor number': version('HTTP/2'),
    'HTTP/2 with a minor number of two digits': version('HTTP/2.10'),
    'HTTP/2.0 and a space': version('HTTP/2.0 '),
    'HTTP/2.0 and a bare LF': 'GET / HTTP/2.0\n\n',
    'two digits and no point': version('HTTP/11'),
    'a minor number of two digits': version('HTTP/1.10'),
    'a minor number with a leading zero': version('HTTP/1.01'),
    'no minor number': version('HTTP/1.'),
    'no minor number and no point': version('HTTP/1'),
    'no major number': version('HTTP/.1'),
    'three numbers': version('HTTP/1.1.1'),
    'a comma for the point': version('HTTP/1,1'),
    'a minor number that is a letter': version('HTTP/1.x'),
    'a major number that is a letter': version('HTTP/x.1'),
    'a sign before the major number': version('HTTP/+1.1'),
    'a minus before the minor number': version('HTTP/1.-1'),
    'a digit beyond ASCII': version('HTTP/\xb9.1'),
    'CRs within the version': version('HTTP/\r\r1.1'),
    'a NUL after the version': version('HTTP/1.1\0'),
    'a parameter of the version': version('HTTP/1.1;q=1'),
    'the version of ICAP': version('ICAP/1.1'),
    'the version of RTSP': version('RTSP/1.0'),
  }),
];
