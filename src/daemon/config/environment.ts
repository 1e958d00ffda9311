/** Options in the environment: EPOLL_REACTOR_WORKERS=2. */
import { nearestName, noSuchOption } from '../../options/nearest-name.js';
import type { ConfigFile } from './config-schema.js';
import { optionValue } from './option-value.js';
import { environmentNameOf, OPTIONS, optionOf, ROOT } from './options.js';
import { SETTING_HINT, UserError } from './user-error.js';

/** The path of the file, for containers whose command cannot be changed. */
export const CONFIG_VARIABLE = 'EPOLL_REACTOR_CONFIG';

/**
 * Kubernetes sets variables for each service (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables):
 * for one called epoll-reactor EPOLL_REACTOR_PORT=tcp://10.0.0.11:80, the name of our port, and others.
 */
const OF_KUBERNETES = /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_\w+)$/;

/** Variables that are not options: for developers of this program, and between its processes. */
const OTHERS = ['EPOLL_REACTOR_ADDON', 'EPOLL_REACTOR_TRACE', 'EPOLL_REACTOR_NO_IO_URING', 'EPOLL_REACTOR_XRAY'];

/** @throws  UserError for a value that the schema refuses, or a name that is nearly an option's */
export function readEnvironment(environment: NodeJS.ProcessEnv): ConfigFile {
  const options = new Map([...OPTIONS, ROOT].map((option) => [environmentNameOf(option), option]));
  const values: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('EPOLL_REACTOR_') || !text || OF_KUBERNETES.test(name) || /^(?:tcp|udp|sctp):\/\//.test(text))
      continue;
    const option = options.get(name);
    if (option === undefined) refuseIfMeant(name, [...options.keys(), CONFIG_VARIABLE]);
    else {
      const texts = option.isList === true ? text.split(',').map((part) => part.trim()) : text;
      values[option.key] = optionValue(option, texts, name);
    }
  }
  return values;
}

/**
 * PORT, with which application platforms set the port, as they set the host with HOST. Other programs set them as well (a shell its
 * HOST, conda its own), so each is read only if no option sets the same.
 * @throws  UserError for a value that is not a port
 */
export function readPort({ PORT }: NodeJS.ProcessEnv): number | undefined {
  return PORT ? (optionValue(optionOf('port'), PORT, 'PORT') as number) : undefined;
}

/** A variable of another program can have our prefix; one with a typing mistake would be ignored silently. */
function refuseIfMeant(name: string, names: readonly string[]): void {
  if (name === CONFIG_VARIABLE || OTHERS.includes(name)) return;
  const ofOption = (each: string): string => each.slice('EPOLL_REACTOR_'.length);
  const nearest = nearestName(ofOption(name), names.map(ofOption));
  if (nearest === undefined) return;
  throw new UserError(`${name}: ${noSuchOption(`EPOLL_REACTOR_${nearest}`, names)}`, SETTING_HINT);
}
