/** A real nginx that serves a folder. Its directives make it behave like this server as far as they can. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RawClient } from '../../client/raw-client.js';

export class NginxProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  #stderr = '';

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  /** The address at which it serves files as they are: a Unix socket, whose name no other process can have taken. */
  get plain(): { path: string } {
    return { path: join(this.#folder, 'plain') };
  }

  /** Where it serves `name.gz` for `name`. */
  get precompressed(): { path: string } {
    return { path: join(this.#folder, 'precompressed') };
  }

  static async start(root: string): Promise<NginxProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
    writeFileSync(join(folder, 'nginx.conf'), configuration(folder, root));
    const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'];
    const nginx = new NginxProcess(spawn('nginx', args, { stdio: ['ignore', 'ignore', 'pipe'] }), folder);
    await nginx.#untilListening();
    return nginx;
  }

  async #untilListening(): Promise<void> {
    const giveUpMs = Date.now() + 10_000;
    for (;;) {
      if (this.#child.exitCode !== null || Date.now() > giveUpMs) throw new Error(`nginx: ${this.#stderr}`);
      try {
        for (const target of [this.plain, this.precompressed]) await (await RawClient.connect(target)).close();
        return;
      } catch {
        await new Promise(setImmediate);
      }
    }
  }

  async stop(): Promise<void> {
    const ended = this.#child.exitCode === null ? once(this.#child, 'exit') : undefined;
    this.#child.kill('SIGTERM');
    await ended;
    rmSync(this.#folder, { recursive: true });
  }
}

/** Results of configuration do not count as differences. */
export const DIRECTIVES = `\
default_type application/octet-stream;
types { text/html html; text/plain txt; text/css css; text/javascript js; application/json json;
        image/svg+xml svg; image/png png; application/gzip gz; }
charset utf-8;
charset_types text/css text/javascript text/plain application/json;
absolute_redirect off;
if_modified_since before;
gzip_vary on;
`;

function configuration(folder: string, root: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
master_process off;
pid ${folder}/pid;
events { worker_connections 128; }
http {
  access_log off;
  error_log stderr crit;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  ${DIRECTIVES.replaceAll('\n', '\n  ')}
  server { listen unix:${folder}/plain; root ${root}; }
  server { listen unix:${folder}/precompressed; root ${root}; gzip_static on; }
}
`;
}
