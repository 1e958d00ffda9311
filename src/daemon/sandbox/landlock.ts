/**
 * Landlock: limits the files that a process can open by their place, whatever permissions its user has (landlock(7)).
 *
 * Every right that the kernel can restrict is restricted. The kernel cannot restrict stat() or passing through folders, and open
 * descriptors stay open. So inotify and listings can use /proc/self/fd/N for a folder below the roots without a rule for /proc.
 */
import { constants, native } from '../../native/addon.js';
import { STAT_LENGTH, STAT_MODE } from '../../native/native-api.js';
import { checked } from '../../native/system-error.js';

const { AT_FDCWD, O_CLOEXEC, O_PATH, S_IFDIR, S_IFMT } = constants;

// linux/landlock.h; the same on all architectures. Not from a header: that of the build machine is often older than the running kernel.
const CREATE_RULESET_VERSION = 1;

const WRITE_FILE = 1 << 1;
const READ_FILE = 1 << 2;
const READ_DIR = 1 << 3;
const REMOVE_FILE = 1 << 5;
const MAKE_REG = 1 << 8;

const READ_RIGHTS = READ_FILE | READ_DIR;
/** To append to a file, create and remove it; not to truncate it. */
const WRITE_RIGHTS = WRITE_FILE | MAKE_REG | REMOVE_FILE;

/** The number of rights, from the lowest bit, of each ABI: 1 ends with MAKE_SYM; later ones add REFER, TRUNCATE, IOCTL_DEV. */
function fileRightsCount(abi: number): number {
  if (abi >= 5) return 16;
  return [0, 13, 14, 15, 15][abi] ?? 0;
}

/** BIND_TCP and CONNECT_TCP. */
const NETWORK_RIGHTS = 0b11;
export const NETWORK_ABI = 4;

/** ABSTRACT_UNIX_SOCKET and SIGNAL. */
const SCOPES = 0b11;
const SCOPES_ABI = 6;

/** Time for all threads together. The signal takes 50 µs; a thread that waits for a disk gets it when the disk answers. */
const THREADS_TIMEOUT_MS = 5_000;

export interface LandlockPlaces {
  /** Folders, or files, by path or by descriptor. */
  readonly readable: readonly (string | number)[];
  readonly writable: readonly string[];
}

/** A struct landlock_ruleset_attr: { u64 handled_access_fs, handled_access_net, scoped }. */
export function rulesetAttributes(abi: number): BigUint64Array {
  // A kernel accepts fields that it does not know if they are zero (landlock_create_ruleset(2), E2BIG).
  return BigUint64Array.of(
    (1n << BigInt(fileRightsCount(abi))) - 1n,
    BigInt(abi >= NETWORK_ABI ? NETWORK_RIGHTS : 0),
    BigInt(abi >= SCOPES_ABI ? SCOPES : 0),
  );
}

/** The kernel's version of the interface, or -ENOSYS (before Linux 5.13), or -EOPNOTSUPP (not enabled). */
export function landlockAbi(): number {
  return native.landlock_create_ruleset(null, CREATE_RULESET_VERSION);
}

/**
 * Restricts all threads of the process, for good.
 * @throws  SystemError with the path of a place that cannot be opened; ETIMEDOUT if a thread did not answer; ENOENT without /proc
 */
export function restrictToPlaces(abi: number, { readable, writable }: LandlockPlaces): void {
  const attributes = new Uint8Array(rulesetAttributes(abi).buffer);
  const ruleset = new native.OwnedFd(checked(native.landlock_create_ruleset(attributes, 0), 'landlock_create_ruleset'));
  try {
    for (const place of readable) allow(ruleset.fd, place, READ_RIGHTS);
    for (const place of writable) allow(ruleset.fd, place, WRITE_RIGHTS);
    checked(native.landlock_restrict_process(ruleset.fd, THREADS_TIMEOUT_MS), 'landlock_restrict_self');
  } finally {
    ruleset.close();
  }
}

function allow(rulesetFd: number, place: string | number, rights: number): void {
  const fd = typeof place === 'number' ? place : openPlace(place);
  // A file cannot have the rights of a folder (EINVAL).
  const possible = isFolder(fd) ? rights : rights & (READ_FILE | WRITE_FILE);
  checked(native.landlock_add_rule(rulesetFd, possible, fd), 'landlock_add_rule');
}

/** Kept open: a rule belongs to an inode, and a file of /proc gets another inode once it is closed. */
function openPlace(path: string): number {
  return checked(native.openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0, 0), 'openat2', { path });
}

function isFolder(fd: number): boolean {
  const stat = new Float64Array(STAT_LENGTH);
  checked(native.fstat(fd, stat), 'fstat');
  return ((stat[STAT_MODE] as number) & S_IFMT) === S_IFDIR;
}
