/** A folder that is made for a test, and a server of it by rules. */
import { type SiteHandler, siteHandler } from '../../src/sites/site-handler.js';
import type { Rule, SiteOptions } from '../../src/sites/site-options.js';
import { ask } from '../client/raw-client.js';
import type { WireResponse } from '../client/wire-response.js';
import { SiteFolder } from '../files/site-folder.js';
import { TestServer } from '../server/test-server.js';

export class RuledSite {
  readonly folder: SiteFolder;
  readonly handler: SiteHandler;
  readonly server: TestServer;

  constructor(files: Readonly<Record<string, string>>, rules: readonly Rule[], options: Partial<SiteOptions> = {}) {
    this.folder = new SiteFolder(files);
    this.handler = siteHandler({ root: this.folder.root, rules, ...options });
    this.server = new TestServer(this.handler);
  }

  /** @param headers  lines with their ends */
  ask(path: string, headers = '', method = 'GET'): Promise<WireResponse> {
    return ask(this.server.address, `${method} ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    this.handler.close();
    this.folder[Symbol.dispose]();
  }
}
