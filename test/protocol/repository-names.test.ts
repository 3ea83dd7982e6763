import { expect, test } from 'vitest'
import { namesOf } from '../../src/protocol/repository-names.ts'

test('repositories are called by as few parts of their paths as tell them apart', () => {
  const named = (...roots: string[]): string[] => [...namesOf(roots).values()]
  expect(named('/home/me/shop', '/home/me/till')).toEqual(['shop', 'till'])
  expect(named('/home/me/shop', '/srv/other/shop/', '/srv/till')).toEqual(['me/shop', 'other/shop', 'till'])
  expect(named('/a/x/shop', '/b/x/shop')).toEqual(['a/x/shop', 'b/x/shop'])
  expect(named('/shop', '/a/shop')).toEqual(['/shop', 'a/shop'])
})
