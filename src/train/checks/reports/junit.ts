/** JUnit XML, as Maven, Gradle, pytest, vitest, Jest, Go and most others write it. Pure. */
import type { TestReport } from '../../../protocol/index.ts'
import { tally } from './report.ts'
import { readXml } from './xml.ts'

/** Text kept of one failure while it is read, characters. */
const TEXT_MAX = 8000

/** @returns null when it is not JUnit XML */
export function parseJunit(xml: string, root: string): TestReport | null {
  const counted = tally('junit', root)
  let top: string | null = null
  let test: { name: string; outcome: 'passed' | 'failed' | 'skipped'; message: string } | null = null
  let failure: { message: string; text: string } | null = null
  const whole = readXml(xml, {
    open({ name, attributes }) {
      top ??= name
      if (name === 'testcase') {
        const [classname = '', title = ''] = [attributes.get('classname'), attributes.get('name')]
        test = { name: classname === '' ? title : `${classname} > ${title}`, outcome: 'passed', message: '' }
      } else if (test && (name === 'failure' || name === 'error')) {
        test.outcome = 'failed'
        failure = { message: attributes.get('message') ?? '', text: '' }
      } else if (test && name === 'skipped' && test.outcome === 'passed') test.outcome = 'skipped'
    },
    text(text) {
      if (failure && failure.text.length < TEXT_MAX) failure.text += text.slice(0, TEXT_MAX)
    },
    close(name) {
      if (test && failure && (name === 'failure' || name === 'error')) {
        const text = failure.text.trim()
        const said = text.includes(failure.message) ? text : `${failure.message}\n${text}`
        if (test.message === '') test.message = said
        failure = null
      } else if (test && name === 'testcase') {
        const { message } = test
        if (test.outcome === 'failed') counted.fail(test.name, () => message)
        else if (test.outcome === 'skipped') counted.skip()
        else counted.pass()
        test = null
      }
    },
  })
  return whole && (top === 'testsuites' || top === 'testsuite') ? counted.report() : null
}
