/** The calls by which a thread gives up privileges, for itself and for the programs that it starts. */
import { native } from '../../native/addon.js';

const PR_SET_NO_NEW_PRIVS = 38;

// linux/seccomp.h
export const SECCOMP_SET_MODE_FILTER = 1;
/** For all threads of the process. */
export const SECCOMP_FILTER_FLAG_TSYNC = 1;
/** Without it, Linux before 5.16 turns off speculation past stores (SSBD) in a filtered process, which slows down every load. */
export const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;

/** For this thread: execve(2) grants no more privileges, as by set-user-ID. @returns  0 or -errno */
export function setNoNewPrivs(): number {
  return native.prctl(PR_SET_NO_NEW_PRIVS, 1);
}
