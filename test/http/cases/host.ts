/** Host = uri-host [ ":" port ]: once in HTTP/1.1, and one that can be meant. */
import { closes, GET, goesOn, HOST, type RawRequest, refuses, withLines } from './raw-request.js';

function host(value: string): string {
  return `GET /host HTTP/1.1\r\nHost: ${value}\r\n\r\n`;
}

export const HOSTS: readonly RawRequest[] = [
  ...goesOn('RFC 9110 §7.2', {
    'a Host with a port': [host('example.com:9369'), 'GET /host [] example.com:9369'],
    'a Host with an empty port': [host('example.com:'), 'GET /host [] example.com:'],
    'a Host in upper case': [host('EXAMPLE.com'), 'GET /host [] EXAMPLE.com'],
    'a Host that ends in a point': [host('example.com.'), 'GET /host [] example.com.'],
    'a Host with an underscore': [host('my_host'), 'GET /host [] my_host'],
    'a Host that is an IPv4 address': [host('127.0.0.1:9369'), 'GET /host [] 127.0.0.1:9369'],
    'a Host that is an IPv6 address': [host('[::1]'), 'GET /host [] [::1]'],
    'a Host that is an IPv6 address with a port': [host('[::ffff:192.0.2.1]:80'), 'GET /host [] [::ffff:192.0.2.1]:80'],
    'a Host that comes last': [
      `${GET}A: 1\r\n${HOST}\r\n`,
      'GET / []',
      {
        headers: [
          ['A', '1'],
          ['Host', 'h'],
        ],
      },
    ],
    'a Host in lower case': [`${GET}host: h\r\n\r\n`, 'GET / []'],
    'X-Forwarded-Host, which is not Host': [
      `GET /host HTTP/1.1\r\n${HOST}X-Forwarded-Host: x\r\n\r\n`,
      'GET /host [] h',
    ],
  }),
  ...closes('§3.2', {
    'no Host in HTTP/1.0, which did not know it': ['GET /host HTTP/1.0\r\n\r\n', 'GET /host [] ', { minorVersion: 0 }],
  }),
  ...refuses(400, '§3.2', {
    'no Host': `${GET}\r\n`,
    'no Host among others': `${GET}A: 1\r\nB: 2\r\n\r\n`,
    'no Host in HTTP/1.2': 'GET / HTTP/1.2\r\n\r\n',
    'a name that Host begins': `${GET}Hosts: h\r\n\r\n`,
    'two Hosts': withLines('Host: i\r\n'),
    'two equal Hosts': withLines('host: h\r\n'),
    'two Hosts, far from each other': withLines('A: 1\r\nB: 2\r\nHOST: h\r\n'),
    'two Hosts, one of them empty': withLines('Host:\r\n'),
    'two Hosts in HTTP/1.0': `GET / HTTP/1.0\r\n${HOST}${HOST}\r\n`,
    'an empty Host': `${GET}Host:\r\n\r\n`,
    'a Host of blanks': `${GET}Host: \t \r\n\r\n`,
    'an empty Host in HTTP/1.0': 'GET / HTTP/1.0\r\nHost:\r\n\r\n',
    'a Host of two words': host('a b'),
    'a Host with a tab': host('a\tb'),
    'a list of Hosts': host('a, b'),
    'a list of Hosts without a blank': host('a,b'),
    'a Host with a path': host('a/b'),
    'a Host with a path of one slash': host('a/'),
    'a Host with a query': host('a?b'),
    'a Host with a fragment': host('a#b'),
    'a Host with a user': host('a@b'),
    'a Host with a user and a password': host('a:b@c'),
    'a Host with a scheme': host('http://a'),
    'a Host with a backslash': host('a\\b'),
    'a Host in quotes': host('"a"'),
    'a Host in braces': host('{a}'),
    'a Host with a vertical bar': host('a|b'),
    'a Host with an angle bracket': host('<a>'),
    'a Host in UTF-8': host('\xc3\xa4'),
    'a NUL in Host': host('a\0b'),
    'a Host with a percent sign that encodes nothing': host('a%zz'),
    'a Host that ends within an encoded byte': host('a%4'),
    'a Host with a port that is no number': host('a:b'),
    'a Host with a negative port': host('a:-1'),
    'a Host with two ports': host('a:80:81'),
    'a port without a host': host(':80'),
    'a Host that is an IPv6 address without brackets': host('::1'),
    'a Host whose bracket does not close': host('[::1'),
    'a Host whose bracket does not open': host('::1]'),
    'a Host whose brackets are empty': host('[]'),
    'a Host with letters in its brackets': host('[::g]'),
    'a Host with text behind its brackets': host('[::1]a'),
    'a Host with an @ behind its brackets': host('[::1]@b'),
  }),
];
