import { expect, test } from 'vitest'
import type { SessionState } from '../../src/sessions/state.ts'
import { mayUpdate } from '../../src/sessions/updating.ts'
import { event, fold, planned } from './fixtures.ts'

const MAIN = 'm'.repeat(40)
const state = fold(
  planned('s1', 'fix'),
  event('s1', 2, 'session.admitted', { base: { oid: 'b', ref: 'main', chosen: '' } }),
  event('s1', 3, 'workspace.made', { path: '/w/fix', gitDir: '/w/fix/.git', dev: 1, ino: 1, token: 't' }),
  event('s1', 4, 'process.launching', {
    generation: 1,
    conversation: 'k',
    headless: false,
    rung: 'bubblewrap',
    rungWhy: '',
  }),
  event('s1', 5, 'process.started', { generation: 1, pid: 7 }),
  event('s1', 6, 'activity.observed', {
    state: 'idle',
    source: 'hook',
    at: 6,
    evidence: 'Stop',
    background: 0,
  }),
  event('s1', 7, 'merge.predicted', { main: MAIN, head: 'h', clean: true, files: [] }),
)

test('an idle session that still merges is updated', () => {
  expect(mayUpdate(state, MAIN)).toBe(true)
})

const prompt = { prompt: 'p1', text: 'more', from: 'person' as const }
const question = { id: 'q' } as SessionState['questions'][number]
const not: [string, Partial<SessionState>][] = [
  ['while it works', { activity: { ...state.activity, state: 'working' } }],
  ['while nothing is known of it', { activity: { ...state.activity, state: 'unknown' } }],
  ['while it waits for its limit', { activity: { ...state.activity, state: 'rate-limited' } }],
  ['while something runs in the background', { background: 1 }],
  ['while it asks', { questions: [question] }],
  ['while a prompt waits for it', { queue: [prompt] }],
  ['while it is being started', { process: { ...state.process, state: 'starting' } }],
  ['when its process was lost: others of it may run', { process: { ...state.process, state: 'lost' } }],
  ['on the train', { stage: 'on-train' }],
  ['once it has landed', { stage: 'landed' }],
  ['before its workspace is ready', { stage: 'preparing' }],
  ['in the person’s own directory', { workspace: { ...state.workspace, kind: 'existing' } }],
  ['when it conflicts', { merges: { main: MAIN, head: 'h', clean: false, files: ['a'], at: 7, since: 7 } }],
  [
    'when the prediction is of another main',
    { merges: { main: 'x', head: 'h', clean: true, files: [], at: 7, since: 7 } },
  ],
  ['when nothing is predicted', { merges: null }],
  ['when its branch was moved by somebody else', { diverged: { ours: 'a', theirs: 'b' } }],
  ['while another update has to be finished', { updating: { to: MAIN, how: 'merge' } }],
  ['in the trash', { trashed: { directory: null, refs: [], until: 9 } }],
]
test.each(not)('not %s', (_, more) => {
  expect(mayUpdate({ ...state, ...more }, MAIN)).toBe(false)
})

test('one that was refused is looked at again when main or its own work has moved', () => {
  const refused = { ...state, notUpdated: { to: MAIN, why: 'files', at: 8 } }
  expect(mayUpdate(refused, MAIN)).toBe(false)
  expect(mayUpdate({ ...refused, notUpdated: { to: 'older', why: 'files', at: 8 } }, MAIN)).toBe(true)
  const again = { main: MAIN, head: 'h2', clean: true, files: [], at: 9, since: 9 }
  expect(mayUpdate({ ...refused, merges: again }, MAIN)).toBe(true)
})

test('one whose process has ended is updated as well', () => {
  const ended = { ...state, process: { ...state.process, state: 'exited' as const } }
  expect(mayUpdate(ended, MAIN)).toBe(true)
})
