/**
 * Filesystems that change only through this kernel: inotify reports every change, and opening a file that is in memory does not wait.
 * The others (NFS, CIFS, 9p, Ceph, Lustre, AFS, OCFS2, GFS2, FUSE …) change elsewhere: "inotify … can't monitor changes made on a
 * network filesystem" (inotify(7), "Limitations and caveats").
 *
 * Numbers from statfs(2) and linux/magic.h. Files on a filesystem that is missing here are looked up at each request: slower, never wrong.
 */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xf2f52010, // f2fs
  0xca451a4e, // bcachefs
  0x2fc12fc1, // zfs
  0x3153464a, // jfs
  0x52654973, // reiserfs
  0x3434, // nilfs2
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs, of containers. By its documentation, changes of its lower layers are undefined behaviour
  0x73717368, // squashfs
  0xe0f5e1e2, // erofs
  0x9660, // iso9660
  0x15013346, // udf
  0x4d44, // vfat
  0x2011bab0, // exfat
  0x7366746e, // ntfs3
]);

/** @param type  f_type, as fstatfs() returns it; negative if that failed */
export function isLocalFilesystem(type: number): boolean {
  return LOCAL.has(type);
}
