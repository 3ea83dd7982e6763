/** A session's workspace is made, and its process starts and ends in it. Pure. */
import { endOf } from '../protocol/story.ts'
import type { Folds } from './folds.ts'

export const OF_THE_PROCESS = {
  'workspace.step': (s, d) => ({ workspace: { ...s.workspace, step: d.step, failed: null } }),
  'workspace.made': (s, d) => ({
    workspace: { ...s.workspace, path: d.path, made: d, step: null, notes: d.notes ?? s.workspace.notes },
    head: s.head ?? s.base.oid,
  }),
  'workspace.setup': (s, d) => ({
    workspace: {
      ...s.workspace,
      step: null,
      setup: [...s.workspace.setup.filter((x) => x.command !== d.command), d],
    },
  }),
  'workspace.failed': (s, d, at) => ({
    workspace: { ...s.workspace, step: null, failed: { code: d.code, message: d.message, at } },
    stageWhy: d.message,
  }),
  'process.launching': (s, d, at) => ({
    process: {
      state: 'starting',
      generation: d.generation,
      pid: null,
      exit: null,
      why: '',
      headless: d.headless,
      asked: false,
      since: at,
      everRan: s.process.everRan,
      prompt: d.prompt ?? null,
    },
    cell: { rung: d.rung, why: d.rungWhy },
    unguarded: d.unguarded ?? '',
    wanted: [],
    conversation:
      d.conversation && d.conversation !== s.conversation?.id
        ? { id: d.conversation, transcript: null }
        : s.conversation,
    // Started without anything to do it is idle at once, and its own file may say so.
    activity: {
      state: 'working',
      source: d.prompt || !s.process.everRan ? 'host' : 'supervisor',
      at,
      evidence: 'the agent is being started',
    },
    background: 0,
    questions: [],
    ...(s.stage === 'preparing' || s.stage === 'handed-off'
      ? { stage: 'active' as const, stageWhy: 'started' }
      : {}),
  }),
  'process.started': (s, d, at) =>
    d.generation === s.process.generation
      ? { process: { ...s.process, state: 'running', pid: d.pid, since: at, everRan: true } }
      : {},
  'process.exited': (s, d, at) =>
    d.generation === s.process.generation
      ? {
          process: {
            ...s.process,
            state: 'exited',
            exit: { code: d.code, signal: d.signal },
            asked: s.process.asked || d.asked,
            since: at,
          },
          questions: [],
          background: 0,
          activity: {
            state: d.code === 0 || s.process.asked || d.asked ? 'idle' : 'failing',
            source: 'process',
            at,
            evidence: endOf(d, s.process.asked || d.asked),
          },
          // Whoever ended it knows.
          ...(s.process.asked || d.asked ? {} : { endedAt: at }),
        }
      : {},
  'process.lost': (s, d, at) =>
    d.generation === s.process.generation
      ? {
          process: { ...s.process, state: 'lost', why: d.why, since: at },
          questions: [],
          background: 0,
          activity: { state: 'unknown', source: 'host', at, evidence: d.why },
        }
      : {},
} satisfies Folds
