/** Questions of the agent that wait for the person: each is a hook request held open. */
import type { HostRecordBody } from '../protocol/host.ts'
import type { Question } from '../protocol/session.ts'
import {
  NO_OPINION,
  callKeyOf,
  endedCallsOf,
  endsQuestionsOf,
  kindOf,
  questionOf,
  subagentOf,
} from './claude-hooks.ts'
import type { HookBody } from './claude-hooks.ts'

/** Tool calls remembered as begun; an agent has a handful at once. */
const CALLS_MAX = 512

interface Held {
  question: Question
  callId: string | null
  callKey: string
  subagent: string | null
  respond: (body: HookBody) => void
}

type ClosedBy = 'outside' | 'terminal' | 'ended'

/**
 * Questions open at the same time, each closed exactly once: by an answer from outside, by the person at
 * the terminal (of which the agent tells only by going on: facts/claude-code 3.5), or by the end.
 */
export class HeldQuestions {
  readonly #append: (body: HostRecordBody) => Promise<void>
  readonly #now: () => number
  readonly #newId: () => string
  readonly #open = new Map<string, Held>()
  /** Call key to the id of the tool call that PreToolUse announced last; PermissionRequest names none. */
  readonly #begun = new Map<string, string>()

  constructor(append: (body: HostRecordBody) => Promise<void>, now: () => number, newId: () => string) {
    this.#append = append
    this.#now = now
    this.#newId = newId
  }

  get open(): Question[] {
    return [...this.#open.values()].map((held) => held.question)
  }

  /**
   * Holds a PermissionRequest.
   * @param respond sends the answer to the agent
   * @returns its id, once the question is on disk
   */
  async ask(body: HookBody, respond: (body: HookBody) => void): Promise<string> {
    const id = this.#newId()
    const question = questionOf(body, id, this.#now())
    const callKey = callKeyOf(body)
    const named = typeof body.tool_use_id === 'string' ? body.tool_use_id : null
    const callId = named ?? this.#begun.get(callKey) ?? null
    this.#open.set(id, { question, callId, callKey, subagent: subagentOf(body), respond })
    await this.#append({ kind: 'question', question, body })
    return id
  }

  /** Takes in any other hook: it may show that questions were settled at the terminal. */
  see(event: string, body: HookBody): void {
    if (kindOf(event) === 'call' && typeof body.tool_use_id === 'string') {
      this.#begun.set(callKeyOf(body), body.tool_use_id)
      for (const oldest of this.#begun.keys()) {
        if (this.#begun.size <= CALLS_MAX) break
        this.#begun.delete(oldest)
      }
      return
    }
    const ended = endedCallsOf(event, body)
    const key = kindOf(event) === 'result' || kindOf(event) === 'failure' ? callKeyOf(body) : null
    for (const held of this.#open.values()) {
      const over = held.callId === null ? held.callKey === key : ended.includes(held.callId)
      if (over || endsQuestionsOf(event, body, held.subagent)) void this.close(held.question.id, 'terminal')
    }
  }

  /**
   * Closes a question; nothing happens when it is closed already.
   * @param answer what the agent is told; without one it gets no opinion
   * @returns false when there is no such open question
   */
  async close(id: string, by: ClosedBy, answer: HookBody = NO_OPINION): Promise<boolean> {
    const held = this.#open.get(id)
    if (held === undefined) return false
    this.#open.delete(id)
    held.respond(answer)
    await this.#append({ kind: 'question-closed', id, by })
    return true
  }

  async end(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.close(id, 'ended')))
  }
}
