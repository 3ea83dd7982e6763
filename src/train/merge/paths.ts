/**
 * File names of a tree, byte for byte: a name need not be UTF-8, and two that are not must not become one.
 *
 * Within the merge a path is a string of bytes (latin1); {@link shown} makes it text.
 */
/** @param bytes output of a git command with `-z` */
export function fieldsOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('latin1').split('\0')
}

/** A path as people read it; a line break in it stays: callers that print lists quote it. */
export function shown(path: string): string {
  return bytesOf(path).toString('utf8')
}

export function bytesOf(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}

/**
 * Can this name of a tree be a file below a directory of ours? Git itself makes no other, but a tree is
 * bytes that anybody can write.
 */
export function isPlainPath(path: string): boolean {
  return path.split('/').every((part) => !['', '.', '..'].includes(part) && part.toLowerCase() !== '.git')
}
