/** What the host saw, kept on disk until the supervisor has journalled it. */
import {
  openSync,
  readFileSync,
  readSync,
  closeSync,
  ftruncateSync,
  write as writeFd,
  fdatasync,
} from 'node:fs'
import { promisify } from 'node:util'
import { writeFileDurably } from '../platform/files.ts'
import { decodeRecords } from '../protocol/frames.ts'
import type { HostRecord, HostRecordBody } from '../protocol/host.ts'

const write = promisify(writeFd)
const sync = promisify(fdatasync)

/** Acknowledged bytes above which the file is rewritten without them. */
const COMPACT_ABOVE = 1024 * 1024
/** Wait before a failed write (a full disk) is tried again, milliseconds. */
const RETRY_AFTER = 1000

/** Records that tell what the agent does, as far as it tells. */
const TELLING: ReadonlySet<HostRecordBody['kind']> = new Set(['hook', 'question', 'prompted'])

interface Stored {
  seq: number
  at: number
  length: number
}

interface Waiting {
  seq: number
  line: Buffer
  durable: () => void
}

/**
 * Append-only log of {@link HostRecord} lines. A record is shown to nobody before it is on disk; many
 * appended at once share one fsync. Bodies stay on disk: only positions are held in memory.
 */
export class RecordLog {
  readonly #path: string
  readonly #generation: number
  readonly #now: () => number
  readonly #failed: (error: unknown) => void
  readonly #listeners = new Set<() => void>()
  #fd: number
  #size = 0
  #stored: Stored[] = []
  #waiting: Waiting[] = []
  #busy = false
  #next = 1
  #acknowledged = 0
  /** Sequence number of the last record of a hook, question or prompt. */
  #told = 0

  constructor(path: string, generation: number, now: () => number, failed: (error: unknown) => void) {
    this.#path = path
    this.#generation = generation
    this.#now = now
    this.#failed = failed
    this.#fd = openSync(path, 'a+', 0o600)
    const { records, ends } = decodeRecords(readFileSync(path))
    for (const [index, record] of records.entries()) {
      const at = ends[index - 1] ?? 0
      this.#stored.push({ seq: record.seq, at, length: (ends[index] ?? at) - 1 - at })
    }
    this.#size = ends.at(-1) ?? 0
    // A line torn by a crash was never shown to anyone: what follows must not be glued to it.
    ftruncateSync(this.#fd, this.#size)
    this.#next = this.last + 1
  }

  /** Sequence number of the last record on disk; 0: none yet. */
  get last(): number {
    return this.#stored.at(-1)?.seq ?? 0
  }

  /** The supervisor knows of everything that tells what the agent does, or is about to do. */
  get quiet(): boolean {
    return this.#told <= this.#acknowledged
  }

  /** Everything appended is on disk and acknowledged. */
  get settled(): boolean {
    return this.#waiting.length === 0 && this.#acknowledged >= this.last
  }

  /** Calls back after each time that records became durable or were acknowledged. Returns its end. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @returns once the record is on disk. On a full disk that is when there is room again. */
  append(body: HostRecordBody): Promise<void> {
    const record: HostRecord = { seq: this.#next++, at: this.#now(), generation: this.#generation, ...body }
    if (TELLING.has(body.kind)) this.#told = record.seq
    const line = Buffer.from(`${JSON.stringify(record)}\n`)
    return new Promise((durable) => {
      this.#waiting.push({ seq: record.seq, line, durable })
      void this.#flush()
    })
  }

  /** JSON of the first record after `seq`, or null when there is none yet. */
  after(seq: number): { seq: number; json: Uint8Array } | null {
    const first = this.#stored[0]
    if (first === undefined) return null
    // Sequence numbers have no gaps, so the position is known.
    const stored = this.#stored[Math.max(0, seq + 1 - first.seq)]
    if (stored === undefined) return null
    const json = Buffer.alloc(stored.length)
    readSync(this.#fd, json, 0, stored.length, stored.at)
    return { seq: stored.seq, json }
  }

  /** The supervisor has journalled the records up to `seq`. */
  acknowledge(seq: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, Math.min(seq, this.last))
    if (!this.#busy) this.#compact()
    this.#changed()
  }

  async #flush(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    while (this.#waiting.length > 0) {
      const batch = [...this.#waiting]
      try {
        await this.#store(Buffer.concat(batch.map((each) => each.line)))
      } catch (error) {
        this.#failed(error)
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER))
        continue
      }
      this.#waiting.splice(0, batch.length)
      for (const { seq, line } of batch) {
        this.#stored.push({ seq, at: this.#size, length: line.length - 1 })
        this.#size += line.length
      }
      for (const { durable } of batch) durable()
      this.#compact()
      this.#changed()
    }
    this.#busy = false
  }

  async #store(bytes: Buffer): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += (await write(this.#fd, bytes, at)).bytesWritten
      await sync(this.#fd)
    } catch (error) {
      ftruncateSync(this.#fd, this.#size)
      throw error
    }
  }

  /** Forgets acknowledged records; the last one stays, because the next generation counts on from it. */
  #compact(): void {
    const first = this.#stored[0]
    if (first === undefined) return
    const keep = Math.min(this.#acknowledged + 1, this.last) - first.seq
    const from = this.#stored[keep]
    if (from === undefined || from.at < COMPACT_ABOVE || from.at < this.#size / 2) return
    const rest = Buffer.alloc(this.#size - from.at)
    readSync(this.#fd, rest, 0, rest.length, from.at)
    try {
      writeFileDurably(this.#path, rest)
    } catch (error) {
      // The old file still stands whole; the next acknowledgement tries again.
      this.#failed(error)
      return
    }
    closeSync(this.#fd)
    this.#fd = openSync(this.#path, 'a+', 0o600)
    this.#stored = this.#stored.slice(keep).map((each) => ({ ...each, at: each.at - from.at }))
    this.#size = rest.length
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
