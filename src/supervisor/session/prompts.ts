/** Prompts and answers to a session: nothing is ever typed into an open dialog (facts/claude-code 1.10). */
import { agentFor } from '../../agents/index.ts'
import { type Actor, type Answer, type Draft, type HostStatus, WorktrainError } from '../../protocol/index.ts'
import { isLive, type QueuedPrompt, type SessionState } from '../../sessions/state.ts'
import { approval, ruleFor } from './approvals.ts'
import { type Context, observeContext, sessionEvent, sessionState } from '../context.ts'
import type { Hosts } from './hosts.ts'
import { launch } from './launch.ts'
import { typed } from './records.ts'
import type { RepositoryContext } from '../repositories.ts'

/** A host that types nothing at the moment: what it has told, or what it asks, comes first. */
const NOT_NOW = new Set<string>(['DIALOG_OPEN', 'SESSION_BUSY'])

export class Prompts {
  readonly #ctx: Context
  readonly #hosts: Hosts
  /** By session, where its host has refused what it was given last. */
  readonly #refused = new Map<string, RepositoryContext>()

  constructor(ctx: Context, hosts: Hosts) {
    this.#ctx = ctx
    this.#hosts = hosts
  }

  /**
   * Gives a session more to do: at once when it is idle, else when it is. Call it within its order.
   * @param together further events of the prompt with this id, stored with it or not at all
   * @throws DIALOG_OPEN to a person while a question waits: the prompt might be meant as its answer; HOST_OUTDATED when
   *   it waits for another host
   */
  async send(
    repo: RepositoryContext,
    id: string,
    text: string,
    from: QueuedPrompt['from'],
    actor: Actor,
    together: (prompt: string) => Draft[] = () => [],
  ): Promise<void> {
    const ctx = this.#ctx
    const s = await sessionState(ctx, id)
    if (from === 'person' && s.questions.length > 0) {
      throw new WorktrainError('DIALOG_OPEN', `${s.name} waits for an answer: ${s.questions[0]?.summary}`)
    }
    if (!s.workspace.made || s.trashed)
      throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} is ${s.stage} and has no live workspace.`)
    const agent = agentFor(s.brief.agent)
    if (isLive(s) && !s.process.headless && agent.keys(text, { bracketedPaste: true }) === null) {
      throw new WorktrainError('SESSION_WRONG_STATE', `${agent.title} takes no prompts while it runs.`)
    }
    if (!isLive(s) && !agent.resumable) {
      throw new WorktrainError(
        'SESSION_WRONG_STATE',
        `${s.name} has ended, and a plain command cannot go on with a conversation.`,
        { hint: `\`worktrain resume ${s.name}\` runs the command again.` },
      )
    }
    const prompt = ctx.id('p')
    await ctx.journal.append([
      ...together(prompt),
      sessionEvent(id, 'prompt.queued', { prompt, text, from }, { actor, cause: 'send' }),
    ])
    const outdated = await this.deliver(repo, id)
    if (outdated === null) return
    throw new WorktrainError('HOST_OUTDATED', `${outdated.message} What you said waits.`, {
      hint: agent.resumable
        ? `\`worktrain stop ${s.name}\`: it goes on with what waits, in a new host.`
        : outdated.hint,
    })
  }

  /** Gives what a host has refused, now that what it had told is taken in, and what follows from that is done. */
  recordTaken(id: string): void {
    const repo = this.#refused.get(id)
    if (!repo) return
    this.#refused.delete(id)
    void this.#hosts
      .settled(id)
      .then(() => this.#ctx.inOrder(id, () => this.deliver(repo, id)))
      .catch((error: unknown) => this.#ctx.log.error('a prompt was not given', { session: id, error }))
  }

  /**
   * Hands over the oldest waiting prompt if the session can take it now. Call it within its order. One that its host
   * does not take goes on waiting.
   * @returns why its host never takes one; null: it does
   */
  async deliver(repo: RepositoryContext, id: string): Promise<WorktrainError | null> {
    const ctx = this.#ctx
    const s = await sessionState(ctx, id)
    const prompt = s.queue[0]
    // An update that a crash cut off is finished first; its end delivers what waits.
    if (!prompt || s.trashed || s.updating) return null
    if (!isLive(s)) {
      if (agentFor(s.brief.agent).resumable) await launch(ctx, repo, this.#hosts, id, prompt)
      return null
    }
    const { hooks } = agentFor(s.brief.agent)
    if (!canType(s, hooks) && !(await this.#restsAfterFailure(repo, s))) return null
    const status = await this.#hosts.request<HostStatus>(id, { op: 'status' })
    const keys = agentFor(s.brief.agent).keys(prompt.text, { bracketedPaste: status.bracketedPaste })
    if (!keys) return null
    // The host types it once: whoever dies in between is followed by one that asks again, or finds its record.
    try {
      await this.#hosts.request(id, { op: 'prompt', prompt: prompt.prompt, keys })
    } catch (error) {
      if (!(error instanceof WorktrainError)) throw error
      if (error.code === 'HOST_OUTDATED') return error
      if (!NOT_NOW.has(error.code)) throw error
      this.#refused.set(id, repo)
      return null
    }
    await ctx.journal.append(typed(s, prompt.prompt, ctx.now(), `prompt:${prompt.prompt}`))
    return null
  }

  /**
   * A failed request ends the turn. What the agent's own file calls idle then shows no dialog: a terminal that
   * takes a prompt, though the failure stays the news.
   */
  async #restsAfterFailure(repo: RepositoryContext, s: SessionState): Promise<boolean> {
    const { state, source } = s.activity
    if (source !== 'hook' || (state !== 'failing' && state !== 'rate-limited')) return false
    if (s.process.state !== 'running' || s.process.headless || s.background > 0 || s.questions.length > 0)
      return false
    const context = observeContext(this.#ctx, repo.repository.root, s)
    const seen = (await agentFor(s.brief.agent).observe(context))?.activity
    return seen?.state === 'idle'
  }

  /**
   * Settles a question from outside the terminal. Call it within the session's order.
   * @param question id; absent: the only or oldest one
   * @throws QUESTION_UNKNOWN, ANSWER_INVALID
   */
  async answer(id: string, question: string | undefined, answer: Answer, actor: Actor): Promise<void> {
    const s = await sessionState(this.#ctx, id)
    const asked = question ? s.questions.find((q) => q.id === question) : s.questions[0]
    if (!asked)
      throw new WorktrainError(
        'QUESTION_UNKNOWN',
        question
          ? `${s.name} does not ask that any more (${question}): it may have been answered elsewhere.`
          : `${s.name} does not ask anything.`,
      )
    const body = agentFor(s.brief.agent).answer(asked, answer)
    await this.#hosts.request(id, { op: 'answer', question: asked.id, body })
    const rule = answer.kind === 'allow' && answer.always ? ruleFor(s, asked) : null
    const settled = { id: asked.id, by: 'person', answer: inWords(answer, rule) } as const
    await this.#ctx.journal.append([
      sessionEvent(id, 'question.settled', settled, { actor, cause: 'answer' }),
      ...(rule === null ? [] : [approval(s, rule, 'answered', actor, `question:${asked.id}`)]),
    ])
  }

  /** Interrupts the running turn, as Esc in the terminal does. */
  async interrupt(id: string): Promise<void> {
    const s = await sessionState(this.#ctx, id)
    const keys = agentFor(s.brief.agent).interrupt
    if (!keys || !isLive(s))
      throw new WorktrainError('SESSION_WRONG_STATE', `${s.name} has no turn that can be interrupted.`)
    await this.#hosts.request(id, { op: 'input', data: keys })
  }
}

/**
 * Only a terminal known to be idle is typed into. Of a plain command nothing is known but that it runs: what
 * is sent to it is its standard input.
 */
function canType(s: SessionState, hooks: boolean): boolean {
  if (!hooks) return s.process.state === 'running'
  return (
    s.process.state === 'running' &&
    !s.process.headless &&
    s.activity.state === 'idle' &&
    s.background === 0 &&
    s.questions.length === 0
  )
}

function inWords(answer: Answer, rule: string | null): string {
  if (answer.kind === 'allow' && answer.always)
    return rule === null ? 'allowed, always in this session' : `allowed, always in this repository: ${rule}`
  if (answer.kind === 'allow') return 'allowed'
  if (answer.kind === 'deny') return answer.reason ? `denied: ${answer.reason}` : 'denied'
  return `chose ${answer.choices.map((c) => c.join(' and ')).join('; ')}`
}
