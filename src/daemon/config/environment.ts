/** What the environment says: EPOLL_REACTOR_WORKERS=2. */
import { nearestName, noSuchOption } from '../../nearest-name.js';
import type { ConfigFile } from './config-schema.js';
import { optionValue } from './option-value.js';
import { environmentNameOf, OPTIONS, ROOT } from './options.js';
import { SETTING_HINT, UserError } from './user-error.js';

/** Where the file is, for containers whose command is somebody else's. */
export const CONFIG_VARIABLE = 'EPOLL_REACTOR_CONFIG';

/**
 * Kubernetes tells each pod where services are (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables):
 * one that is called epoll-reactor has EPOLL_REACTOR_PORT=tcp://10.0.0.11:80, which is the name of our port, and others.
 */
const OF_KUBERNETES = /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_\w+)$/;

/** For whom works on this program: they are not said by who uses it. */
const OTHERS = ['EPOLL_REACTOR_ADDON', 'EPOLL_REACTOR_TRACE', 'EPOLL_REACTOR_NO_IO_URING'];

/** @throws  UserError for a value that cannot be meant, or a name that is nearly one */
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

/** Other programs have names that begin so; one that is ours but for a letter would be without effect, and nobody would know. */
function refuseIfMeant(name: string, names: readonly string[]): void {
  if (name === CONFIG_VARIABLE || OTHERS.includes(name)) return;
  const ofOption = (each: string): string => each.slice('EPOLL_REACTOR_'.length);
  const nearest = nearestName(ofOption(name), names.map(ofOption));
  if (nearest === undefined) return;
  throw new UserError(`${name}: ${noSuchOption(`EPOLL_REACTOR_${nearest}`, names)}`, SETTING_HINT);
}
