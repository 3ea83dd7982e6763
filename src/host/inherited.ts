/** Descriptors that came into this process from whoever started it. */
import { closeSync, readFileSync, readdirSync } from 'node:fs'

const CLOEXEC = 0o2000000

/**
 * Closes every inherited descriptor but the standard three, so that none reaches the session: Linux
 * hands on whatever an ancestor left open without close-on-exec (a shell's pipe, a lock file), and node-pty
 * does not close it. What node opens itself is close-on-exec. On macOS node-pty's helper closes them.
 */
export function closeInherited(): void {
  if (process.platform !== 'linux') return
  for (const name of readdirSync('/proc/self/fdinfo')) {
    const fd = Number(name)
    if (fd < 3) continue
    try {
      const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0'
      if ((Number.parseInt(flags, 8) & CLOEXEC) === 0) closeSync(fd)
    } catch (error) {
      // The listing's own descriptor is gone by now.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}
