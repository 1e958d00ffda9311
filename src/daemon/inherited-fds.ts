/** The descriptors that a program, a shell or systemd has started this process with. */
import { constants, native } from '../native/addon.js';
import { hasPredecessor } from './upgrade.js';
import { countListenFds, FIRST_FD } from './workers/listen-fds.js';

/** As shells write a pipe for `<(program)`. */
const NAMED_FD = /\/(?:dev|proc\/self)\/fd\/(\d{1,9})/g;

/**
 * The descriptors that the environment counts (sd_listen_fds(3), and an upgrade), and those that the arguments or our
 * variables name: `--config /dev/fd/12`.
 * @throws  UserError
 */
export function* inheritedFds(): Generator<number> {
  const count = countListenFds() + (hasPredecessor() ? 1 : 0);
  const end = FIRST_FD + count;
  for (let fd = FIRST_FD; fd < end && native.fcntl(fd, constants.F_GETFD, 0) >= 0; fd++) yield fd; // the count can be 10¹⁰
  const variables = Object.entries(process.env).map(([name, value]) =>
    name.startsWith('EPOLL_REACTOR_') ? value : '',
  );
  for (const [, fd] of [...process.argv, ...variables].join('\n').matchAll(NAMED_FD)) yield Number(fd);
}
