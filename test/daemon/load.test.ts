import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect } from '@jest/globals';
import { ask, get } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { countDescriptors } from '../support/process-info.js';
import { CommandProcess } from './command.js';
import { exists, testWhere } from './programs.js';

describe('two hundred connections at full speed', () => {
  testWhere(exists('wrk'), 'wrk is not installed')('get only good answers, and leave nothing open', async () => {
    using site = new SiteFolder({ '1k.txt': Buffer.alloc(1024, 'a') });
    await using command = await CommandProcess.serve([site.root]);
    await ask(command.address, get('/1k.txt'));
    const before = countDescriptors(command.pid);
    const { stdout } = await promisify(execFile)('wrk', [
      ...['-c', '200', '-t', '1', '-d', '2s', '--timeout', '10s'],
      `${command.url}1k.txt`,
    ]);
    expect(stdout).toMatch(/\d+ requests in/);
    expect(stdout).not.toContain('Socket errors');
    expect(stdout).not.toContain('Non-2xx');
    expect(Number(/(\d+) requests in/.exec(stdout)?.[1])).toBeGreaterThan(1_000);
    expect(command.stderr).toBe('');
    expect((await ask(command.address, get('/1k.txt'))).status).toBe(200);
    while (countDescriptors(command.pid) > before) await new Promise(setImmediate);
  });
});
