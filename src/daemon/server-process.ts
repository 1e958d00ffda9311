/** What a process that serves is made of: the sites, the server, its sockets. A worker is one, and so is a command without workers. */
import { type FileHandler, type FileHandlerOptions, fileHandler } from '../files/file-handler.js';
import { Deadline } from '../reactor/deadlines.js';
import { Reactor } from '../reactor/reactor.js';
import { HttpServer } from '../server/http-server.js';
import type { SocketAddress } from '../socket-address.js';
import type { Config } from './config.js';
import type { SlotSocket } from './endpoints.js';
import { explainFolderError } from './user-error.js';

export class ServerProcess {
  readonly addresses: readonly SocketAddress[];
  readonly #reactor = new Reactor();
  readonly #server: HttpServer;

  /**
   * Serves from now on.
   * @param sockets  are its own from now on, even where this throws
   * @throws         UserError for what the configuration asks for and cannot be had
   */
  constructor(config: Config, sockets: readonly SlotSocket[]) {
    const [site] = config.sites;
    if (site === undefined) throw new Error('a configuration without a site');
    const { root, ...options } = site;
    this.#server = new HttpServer(openFolder(root, options), { reactor: this.#reactor, limits: config.limits });
    this.addresses = sockets.map(({ fd }) => this.#server.listen({ fd }));
    this.#reactor.attach();
  }

  /** Calls `tell` every so often, by a deadline of the reactor: a loop that is stuck does not come to it. */
  tellAlive(tell: () => void, everyMs: number): void {
    const deadline = new Deadline(() => {
      tell();
      this.#reactor.setDeadline(deadline, everyMs);
    });
    this.#reactor.setDeadline(deadline, everyMs);
  }

  /** Finishes what is under way, for at most `graceMs`, and stops. */
  async shutDown(graceMs: number): Promise<void> {
    await this.#server.close({ graceMs });
    this.#reactor.close();
  }
}

function openFolder(root: string, options: FileHandlerOptions): FileHandler {
  try {
    return fileHandler(root, options);
  } catch (error) {
    throw explainFolderError(error, root);
  }
}
