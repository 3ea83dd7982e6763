import { expect, test } from 'vitest'
import type { SessionState } from '../../src/sessions/state.ts'
import { pick } from '../../src/supervisor/session/called.ts'

const session = (id: string, name: string, repository: string) => ({ id, name, repository }) as SessionState

test('a name that sessions of several repositories have means none of them, an id does', () => {
  const all = [session('s1', 'one', 'a'), session('s2', 'one', 'b'), session('s3', 'two', 'b')]
  expect(() => pick(all, 'one')).toThrow('2 repositories have a session called "one".')
  expect(() => pick(all, 'on')).toThrow('2 repositories')
  expect(pick(all, 's1')?.id).toBe('s1')
  expect(pick(all, 'tw')?.id).toBe('s3')
  expect(pick([...all.slice(1), session('s4', 'one', 'b')], 'one')?.id).toBe('s4')
})
