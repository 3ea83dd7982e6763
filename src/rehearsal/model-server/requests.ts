/** The request log: what the server was asked, for tests and for the rehearsal's own account. */
import { appendFileSync } from 'node:fs'

export interface RequestRecord {
  /** From 1, in order of arrival. */
  n: number
  /** Milliseconds since the epoch. */
  at: number
  method: string
  url: string
  /** `main`: a conversation with tools; `side`: titles and the like; `count`: token counts; `other`: probes, unknown paths. */
  kind: 'main' | 'side' | 'count' | 'other'
  session: string | null
  agent: string | null
  model: string
  stream: boolean
  tools: number
  messages: number
  cwd: string | null
  scenario: string | null
  /** Index of the step; -1 for anything but `main`. */
  step: number
  /** The first 200 characters of the latest prompt. */
  prompt: string
  /** The first 2000 characters of the last tool results; errors begin with `ERROR: `. */
  lastResult: string
  /** Names of the tools in the answer. */
  answered: string[]
  /** HTTP status; 0: the connection was dropped; null: not answered yet. */
  status: number | null
  fault: boolean
  /** The client went away before the end. */
  aborted: boolean
  ms: number | null
}

type Watcher = { wanted: (record: RequestRecord) => boolean; settle: (record: RequestRecord) => void }

/** Records, and who waits for one. A record is announced when it is answered. */
export class RequestLog {
  readonly records: RequestRecord[] = []
  readonly #file: string | undefined
  readonly #watchers = new Set<Watcher>()
  #n = 0

  constructor(file: string | undefined) {
    this.#file = file
  }

  open(at: number, method: string, url: string): RequestRecord {
    const record: RequestRecord = {
      n: ++this.#n,
      at,
      method,
      url,
      kind: 'other',
      session: null,
      agent: null,
      model: '',
      stream: false,
      tools: 0,
      messages: 0,
      cwd: null,
      scenario: null,
      step: -1,
      prompt: '',
      lastResult: '',
      answered: [],
      status: null,
      fault: false,
      aborted: false,
      ms: null,
    }
    this.records.push(record)
    return record
  }

  /** Completes a record; a second call for the same one changes nothing. */
  close(record: RequestRecord, end: Pick<RequestRecord, 'status'> & Partial<RequestRecord>): void {
    if (record.ms !== null) return
    Object.assign(record, end, { ms: Date.now() - record.at })
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(record)}\n`)
    for (const watcher of this.#watchers) if (watcher.wanted(record)) watcher.settle(record)
  }

  /** The first answered request that is wanted, past ones included. */
  until(wanted: (record: RequestRecord) => boolean, signal?: AbortSignal): Promise<RequestRecord> {
    const past = this.records.find((record) => record.ms !== null && wanted(record))
    if (past) return Promise.resolve(past)
    return new Promise((resolve, reject) => {
      const watcher: Watcher = {
        wanted,
        settle: (record) => {
          this.#watchers.delete(watcher)
          signal?.removeEventListener('abort', abort)
          resolve(record)
        },
      }
      const abort = (): void => {
        this.#watchers.delete(watcher)
        reject(signal?.reason as Error)
      }
      this.#watchers.add(watcher)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  reset(): void {
    this.records.length = 0
  }
}
