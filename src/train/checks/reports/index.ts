/** Test results, whoever wrote them: told by what they look like, never by their name. Pure. */
import type { TestReport } from '../../../protocol/index.ts'
import { parseJsonReport } from './json.ts'
import { parseJunit } from './junit.ts'
import { parseTap } from './tap.ts'

/**
 * @param text of a report file
 * @param root directory the tests ran in, left out of names
 * @returns null when it is in no format that is known
 */
export function parseReport(text: string, root: string): TestReport | null {
  const content = text.replace(/^\ufeff/, '').trimStart()
  if (content.startsWith('<')) return parseJunit(content, root)
  if (content.startsWith('{')) return parseJsonReport(content, root)
  return parseTap(text, root)
}
