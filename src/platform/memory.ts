/** How much memory processes hold. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * What the processes hold and the system could not simply drop: their own and shared memory, swapped out or
 * not, without mapped files. Elsewhere than on Linux resident memory, as `ps` gives it.
 * @param exact memory that several of them share is counted once; slow (Linux)
 * @returns bytes; who has ended, or may not be looked at, holds nothing
 */
export function memoryOf(pids: readonly number[], exact = false): number {
  if (pids.length === 0) return 0
  if (process.platform !== 'linux') return 1024 * residentOf(pids)
  return 1024 * pids.reduce((sum, pid) => sum + ((exact ? shareOf(pid) : null) ?? holdingOf(pid)), 0)
}

/** Kibibytes, of each page the part that falls to this process; null: the kernel does not tell. */
function shareOf(pid: number): number | null {
  const text = textOf(`/proc/${pid}/smaps_rollup`)
  return text.includes('Pss_Anon:') ? sumOf(text, /^(?:Pss_Anon|Pss_Shmem|SwapPss):\s*(\d+) kB$/gm) : null
}

function holdingOf(pid: number): number {
  return sumOf(textOf(`/proc/${pid}/status`), /^(?:RssAnon|RssShmem|VmSwap):\s*(\d+) kB$/gm)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has ended, or is another user's.
    return ''
  }
}

function residentOf(pids: readonly number[]): number {
  try {
    const out = execFileSync('ps', ['-o', 'rss=', '-p', pids.join(',')], { encoding: 'utf8' })
    return sumOf(out, /^\s*(\d+)\s*$/gm)
  } catch {
    // `ps` fails when none of them is left.
    return 0
  }
}

function sumOf(text: string, numbers: RegExp): number {
  return [...text.matchAll(numbers)].reduce((sum, [, number]) => sum + Number(number), 0)
}
