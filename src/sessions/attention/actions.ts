/** How each kind of wait is ended, most likely first. Pure. */
import type { AttentionAction, AttentionCall, AttentionLook } from '../../protocol/attention.ts'
import type { Question } from '../../protocol/index.ts'
import { shellQuoted } from '../../protocol/shell-quote.ts'
import { isLive, type SessionState } from '../state.ts'
import type { AttentionFacts } from './facts.ts'

/** Options that have a key of their own. */
const NUMBERED = 9

/** Builds the actions of one session. */
export class Actions {
  readonly #s: SessionState
  readonly #facts: Pick<AttentionFacts, 'root' | 'mender' | 'takesPrompts' | 'always'>

  constructor(s: SessionState, facts: Pick<AttentionFacts, 'root' | 'mender' | 'takesPrompts' | 'always'>) {
    this.#s = s
    this.#facts = facts
  }

  question(q: Question): AttentionAction[] {
    const answers =
      q.kind === 'permission' ? this.#permission(q) : q.kind === 'plan' ? this.#plan(q) : this.#choices(q)
    return [...answers, this.attach()]
  }

  #permission(q: Question): AttentionAction[] {
    const { always } = this.#facts
    return [
      this.#answer(q, 'a', 'allow once', 'allow', { kind: 'allow', always: false }),
      this.#answer(q, 'A', always === null ? 'always in this session' : `always here: ${always}`, 'always', {
        kind: 'allow',
        always: true,
      }),
      this.#deny(q, 'd', 'deny', 'why not'),
    ]
  }

  #plan(q: Question): AttentionAction[] {
    return [
      this.#answer(q, 'a', 'approve', 'allow', { kind: 'allow', always: false }),
      this.#answer(q, 'A', 'approve, edits without asking', 'always', { kind: 'allow', always: true }),
      {
        ...this.#deny(q, 'm', 'amend', 'what to change in the plan'),
        command: this.#typed('answer', 'deny TEXT'),
      },
      this.#deny(q, 'd', 'reject', 'why not'),
    ]
  }

  #choices(q: Question): AttentionAction[] {
    const [only] = q.questions
    const simple = q.questions.length === 1 && only !== undefined && !only.multiple
    const options = simple ? only.options.slice(0, NUMBERED) : []
    const own: AttentionAction = {
      key: simple ? 'w' : 'c',
      label: simple ? 'in your own words' : 'choose',
      needs: {
        what: simple ? 'text' : 'choices',
        ask: simple ? 'in your own words' : 'your choice',
        optional: false,
        into: simple ? ['answer', 'choices', '0', '0'] : ['answer', 'choices'],
      },
      does: {
        call: 'answer',
        input: { ...this.#ref(), question: q.id, answer: { kind: 'choose', choices: simple ? [['']] : [] } },
      },
      command: this.#typed('answer', q.questions.map(() => 'CHOICE').join(' ')),
    }
    return [
      ...options.map(({ label }, i) =>
        this.#answer(q, String(i + 1), label, String(i + 1), { kind: 'choose', choices: [[label]] }),
      ),
      own,
    ]
  }

  #deny(q: Question, key: string, label: string, ask: string): AttentionAction {
    return {
      ...this.#answer(q, key, label, 'deny REASON', { kind: 'deny', reason: '' }),
      needs: { what: 'text', ask, optional: true, into: ['answer', 'reason'] },
    }
  }

  #answer(
    q: Question,
    key: string,
    label: string,
    typed: string,
    answer: Extract<AttentionCall, { call: 'answer' }>['input']['answer'],
  ): AttentionAction {
    const does: AttentionCall = { call: 'answer', input: { ...this.#ref(), question: q.id, answer } }
    return { key, label, needs: null, does, command: this.#typed('answer', typed) }
  }

  /** A message; nothing for a session that takes none. */
  message(label = 'send a message'): AttentionAction[] {
    if (!this.#facts.takesPrompts) return []
    const does: AttentionCall = { call: 'send', input: { ...this.#ref(), text: '' } }
    const needs = { what: 'text', ask: 'your message', optional: false, into: ['text'] } as const
    return [{ key: 't', label, needs, does, command: this.#typed('send', 'TEXT') }]
  }

  /** A message that is written already. */
  told(key: string, label: string, text: string): AttentionAction[] {
    if (!this.#facts.takesPrompts) return []
    const does: AttentionCall = { call: 'send', input: { ...this.#ref(), text } }
    return [{ key, label, needs: null, does, command: this.#typed('send', shellQuoted(text)) }]
  }

  /** What to do instead: to whoever takes a message, else to the program when it runs again. */
  moreWords(): AttentionAction[] {
    if (this.#facts.takesPrompts || isLive(this.#s)) return this.message('say more of what to do instead')
    const does: AttentionCall = { call: 'resume', input: { ...this.#ref(), text: '' } }
    const needs = { what: 'text', ask: 'what to do instead', optional: false, into: ['text'] } as const
    const command = this.#typed('resume', 'TEXT')
    return [{ key: 'r', label: 'run it again with your words', needs, does, command }]
  }

  /**
   * Its own session brings both sides together. Whoever types it says it shorter, and also by the commit: what a
   * sealed workspace calls main is the commit that it began at.
   */
  mergeMain({ main, files }: { main: string; files: readonly string[] }): AttentionAction[] {
    const text =
      `Your branch conflicts with main in ${files.join(', ')}. Run \`git merge ${main}\`, resolve the ` +
      'conflicts so that both sides keep what they are for, run the tests, and commit.'
    const named = /^[0-9a-f]{40,64}$/.test(main) ? main.slice(0, 10) : main
    const command = this.#typed('send', shellQuoted(`Run git merge ${named} and resolve the conflicts.`))
    return this.told('M', 'have it merge main', text).map((action) => ({ ...action, command }))
  }

  resume(): AttentionAction {
    return this.#plain('r', 'go on with it', 'resume', { call: 'resume', input: this.#ref() })
  }

  interrupt(): AttentionAction {
    const does: AttentionCall = { call: 'interrupt', input: this.#ref() }
    return this.#plain('x', 'interrupt it, as Esc does', 'stop', does, '--turn')
  }

  update(): AttentionAction {
    return this.#plain('u', 'bring main into it', 'update', { call: 'update', input: this.#ref() })
  }

  land(): AttentionAction {
    const does: AttentionCall = { call: 'land', input: { ...this.#ref(), approved: false } }
    return this.#plain('l', 'land it', 'land', does)
  }

  /** A conflict, or a red check, is mended by a session that is started for it. */
  landResolved(): AttentionAction[] {
    const { mender } = this.#facts
    if (mender === null) return []
    const does: AttentionCall = {
      call: 'land',
      input: { ...this.#ref(), approved: false, resolveWith: mender },
    }
    return [this.#plain('R', `land it, and ${mender} mends it`, 'land', does, `--resolve-with ${mender}`)]
  }

  /** Exactly what was approved. */
  landApproved(): AttentionAction {
    const does: AttentionCall = { call: 'land', input: { ...this.#ref(), approved: true } }
    return this.#plain('l', 'land it', 'land', does, '--approved')
  }

  review(label = 'review it'): AttentionAction {
    return this.look('v', label, 'review', 'review')
  }

  approve(after = ''): AttentionAction[] {
    const does = (land: boolean): AttentionCall => ({ call: 'approve', input: { ...this.#ref(), land } })
    return [
      this.#plain('y', `approve it${after}`, 'approve', does(false)),
      this.#plain('Y', `approve and land it${after}`, 'approve', does(true), '--land'),
    ]
  }

  allow(key: string, paths: readonly string[]): AttentionAction {
    const does: AttentionCall = { call: 'allow', input: { ...this.#ref(), globs: [...paths] } }
    return this.#plain(key, 'allow it', 'allow', does, paths.map(shellWord).join(' '))
  }

  remove(key: string, label: string, discard: boolean): AttentionAction {
    const does: AttentionCall = { call: 'rm', input: { ...this.#ref(), discard } }
    return this.#plain(key, label, 'rm', does, discard ? '--discard' : '')
  }

  seen(): AttentionAction {
    const does: AttentionCall = { call: 'seen', input: { ...this.#ref(), how: 'dismissed' } }
    return this.#plain('k', 'seen', 'peek', does)
  }

  dismiss(item: string): AttentionAction {
    const does: AttentionCall = { call: 'dismiss', input: { ...this.#ref(), item } }
    const command = `worktrain next --leave ${shellQuoted(item)}`
    return { key: 'k', label: 'leave it so', needs: null, does, command }
  }

  attach(): AttentionAction {
    return this.look('o', 'its terminal', 'terminal', 'attach')
  }

  look(
    key: string,
    label: string,
    show: AttentionLook['show'],
    command: string,
    after = '',
  ): AttentionAction {
    const does: AttentionLook = { show, repo: this.#facts.root, session: this.#s.id }
    return this.#plain(key, label, command, does, after)
  }

  screen(label = 'its screen'): AttentionAction {
    return this.look('p', label, 'screen', 'peek')
  }

  /** What may be looked at in any case. */
  terminal(): AttentionAction[] {
    return isLive(this.#s) ? [this.attach()] : [this.screen('what it printed')]
  }

  #plain(
    key: string,
    label: string,
    verb: string,
    does: AttentionCall | AttentionLook,
    after = '',
  ): AttentionAction {
    return { key, label, needs: null, does, command: this.#typed(verb, after) }
  }

  #ref(): { repo: null; name: string } {
    return { repo: null, name: this.#s.id }
  }

  #typed(verb: string, after: string): string {
    return `worktrain ${verb} ${this.#s.name} ${after}`.trimEnd()
  }
}

/** A path that the agent chose, as a word that a shell takes for nothing else. */
function shellWord(path: string): string {
  return shellQuoted(path.startsWith('-') ? `./${path}` : path)
}
