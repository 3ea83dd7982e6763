import { describe, expect, it } from 'vitest'
import { parseReport } from '../../src/train/checks/reports/index.ts'
import { parseTap, tapReader } from '../../src/train/checks/reports/tap.ts'

const ROOT = '/scratch/work'
const report = (text: string) => parseReport(text, ROOT)
const counts = (text: string) => {
  const read = report(text)
  return read && [read.format, read.passed, read.failed, read.skipped]
}
const names = (text: string) => report(text)?.failures.map(({ name }) => name)

describe('JUnit', () => {
  it('is read as surefire, pytest and vitest write it', () => {
    const text = `\ufeff<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<testsuites tests="6"><testsuite name="outer"><properties><property name="a" value="b"/></properties>
  <testcase classname="com.example.CartTest" name="adds" time="0.1"/>
  <testcase classname="com.example.CartTest" name='is &quot;empty&quot; &#38; &#x6e;ew'>
    <failure message="expected: &lt;1&gt;" type="AssertionError"><![CDATA[at ${ROOT}/src/Cart.java:3 <here>]]></failure>
  </testcase>
  <testcase name="breaks"><error>Oh
no</error><system-out>lots</system-out></testcase>
  <testcase name="later"><skipped/></testcase>
  <testsuite><testcase classname="inner" name="flaky"><flakyFailure message="first"/></testcase></testsuite>
  <testcase classname="" name="both"><skipped/><failure/></testcase>
</testsuite></testsuites>
`
    expect(report(text)).toEqual({
      format: 'junit',
      passed: 2,
      failed: 3,
      skipped: 1,
      failures: [
        {
          name: 'com.example.CartTest > is "empty" & new',
          message: 'expected: <1>\nat src/Cart.java:3 <here>',
        },
        { name: 'breaks', message: 'Oh\nno' },
        { name: 'both', message: '' },
      ],
    })
    expect(counts('<testsuite/>')).toEqual(['junit', 0, 0, 0])
  })

  it.each([
    ['another document', '<html><body/></html>'],
    ['nothing whole', '<testsuite><testcase name="a"/>'],
    ['crossed ends', '<testsuite><testcase name="a"></testsuite></testcase>'],
    ['an unquoted value', '<testsuite a=b/>'],
    ['text beside', 'x<testsuite/>'],
    ['text behind', '<testsuite/>x'],
    ['an open comment', '<testsuite><!-- </testsuite>'],
    ['an open CDATA', '<testsuite><![CDATA[ </testsuite>'],
    ['an open tag', '<testsuite><testcase name="a"'],
    ['elements too deep', `<testsuite>${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}</testsuite>`],
    ['a DTD', '<!DOCTYPE testsuite><testsuite/>'],
    [
      'a laughing DTD',
      `<!DOCTYPE t [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>`,
    ],
    ['an outside DTD', `<!DOCTYPE t SYSTEM "file:///etc/passwd"><testsuite/>`],
  ])('is not read with %s', (_, text) => {
    expect(report(text)).toBeNull()
  })

  it('expands nothing that is not built in', () => {
    const text =
      '<testsuite><testcase name="&b; &#1114112; &#27;[2J &constructor;"><failure/></testcase></testsuite>'
    expect(names(text)).toEqual(['&b; \ufffd &constructor;'])
  })
})

describe('vitest', () => {
  const file = (more: object) => ({
    name: `${ROOT}/test/a.test.ts`,
    status: 'passed',
    assertionResults: [],
    ...more,
  })

  it('is read, also for files that could not be loaded', () => {
    const text = JSON.stringify({
      numTotalTests: 4,
      testResults: [
        file({
          assertionResults: [
            { ancestorTitles: [], title: 'adds', status: 'passed' },
            {
              ancestorTitles: ['', 'cart'],
              title: 'is empty',
              status: 'failed',
              failureMessages: [`Error: \u001b[31mno\u001b[39m\n at ${ROOT}/a.ts`, 'twice'],
            },
            { title: 'later', status: 'pending' },
            { title: 'some day', status: 'todo' },
            { title: 'odd', status: 'toString' },
          ],
        }),
        file({ name: `${ROOT}/b.test.ts`, status: 'failed', message: 'Cannot find module' }),
      ],
    })
    expect(report(text)).toEqual({
      format: 'vitest',
      passed: 1,
      failed: 2,
      skipped: 2,
      failures: [
        { name: 'test/a.test.ts > cart > is empty', message: 'Error: no\n at a.ts\ntwice' },
        { name: 'b.test.ts', message: 'Cannot find module' },
      ],
    })
  })

  it.each([
    ['an object', '{"testResults": {}}'],
    ['a number', '{"testResults": 1}'],
    ['counts alone', '{"numTotalTests": 1}'],
    ['half of it', '{"testResults": ['],
    ['lists too deep', `{"a": ${'['.repeat(200_000)}`],
  ])('is not read from %s', (_, text) => {
    expect(report(text)).toBeNull()
  })

  it('takes nothing from prototypes and puts nothing there', () => {
    const text = `{"__proto__": {"testResults": [{}], "polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}`
    expect(report(text)).toBeNull()
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    expect(
      counts(
        '{"testResults": [null, 1, "a", [], {"assertionResults": [null, {"status": "__proto__"}, {"status": 3}]}]}',
      ),
    ).toEqual(['vitest', 0, 0, 0])
  })
})

describe('pytest', () => {
  it('is read, with fixtures and modules that failed', () => {
    const text = JSON.stringify({
      created: 1,
      summary: { passed: 1, failed: 1, total: 5 },
      collectors: [
        { nodeid: '', outcome: 'passed' },
        { nodeid: 'tests/test_b.py', outcome: 'failed', longrepr: 'ImportError: no' },
      ],
      tests: [
        { nodeid: 'tests/test_a.py::test_ok', outcome: 'passed', call: { outcome: 'passed' } },
        {
          nodeid: 'tests/test_a.py::test_no',
          outcome: 'failed',
          setup: { outcome: 'passed' },
          call: { outcome: 'failed', crash: { message: 'short' }, longrepr: 'E assert 1 == 2' },
        },
        {
          nodeid: 'tests/test_a.py::test_fix',
          outcome: 'error',
          setup: { outcome: 'failed', crash: { message: 'short' } },
        },
        { nodeid: 'tests/test_a.py::test_later', outcome: 'skipped' },
        { nodeid: 'tests/test_a.py::test_known', outcome: 'xfailed' },
        { nodeid: 'tests/test_a.py::test_healed', outcome: 'xpassed' },
      ],
    })
    expect(report(text)).toEqual({
      format: 'pytest',
      passed: 2,
      failed: 3,
      skipped: 2,
      failures: [
        { name: 'tests/test_b.py', message: 'ImportError: no' },
        { name: 'tests/test_a.py::test_no', message: 'E assert 1 == 2' },
        { name: 'tests/test_a.py::test_fix', message: 'short' },
      ],
    })
  })
})

describe('TAP', () => {
  it('is read with directives, escapes and diagnostics', () => {
    const text = String.raw`TAP version 13
1..7
ok 1 - adds
not ok 2 - is \#1 \\ best
  ---
  message: "that's \"it\""
  severity: fail
  ...
ok 3 - later # SKIP no time
not ok 4 - some day # todo
ok
not ok
# a comment
not ok 7 - odd
  ---
  found: 1
  wanted: 2
  ...
`
    expect(report(text)).toEqual({
      format: 'tap',
      passed: 2,
      failed: 3,
      skipped: 2,
      failures: [
        { name: String.raw`is #1 \ best`, message: String.raw`that's \"it\"` },
        { name: '(no name)', message: '' },
        { name: 'odd', message: 'found: 1\nwanted: 2' },
      ],
    })
  })

  it('counts the innermost tests, and names them by their suites', () => {
    const text = `TAP version 14
# Subtest: outer
    # Subtest: inner
        not ok 1 - deep
          ---
          error: |-
            first line
              second line
            
            after an empty one
          code: 'X'
          ...
        ok 2 - good
        1..2
    not ok 1 - inner
      ---
      error: '1 subtest failed'
      ...
    ok 2 - beside
    1..2
not ok 1 - outer
  ---
  error: '1 subtest failed'
  ...
# Subtest: by itself
    ok 1 - fine
    1..1
not ok 2 - by itself
  ---
  error: 'after hook'
  ...
        not ok 1 - too deep at once
ok 3 - end
1..3
`
    expect(report(text)).toEqual({
      format: 'tap',
      passed: 3,
      failed: 3,
      skipped: 0,
      failures: [
        { name: 'outer > inner > deep', message: 'first line\n  second line\n\nafter an empty one' },
        { name: 'by itself', message: 'after hook' },
        { name: 'end > too deep at once', message: '' },
      ],
    })
  })

  it.each([
    ['okay then\nnot okay\n', null],
    ['ok 1\nok 2\n', null],
    ['1..2\n', null],
    ['TAP version 13\n', null],
    ['> build\n1..2\nok 1\r\nnot ok 2 - x\r\n', ['tap', 1, 1, 0]],
    ['    ok 1 - indented\nok 1\n1..1', ['tap', 1, 0, 0]],
    ['TAP version 13\nok 1\nBail out! No database.\n', ['tap', 1, 1, 0]],
    ['TAP version 13\n    not ok 1 - cut off', ['tap', 0, 1, 0]],
    ['TAP version 13\nnot ok 1 - a\n  ---\nok 2 - not in a block that never ends\n', ['tap', 1, 1, 0]],
    ['TAP version 14\nok 1 - # of things\n1..1', ['tap', 1, 0, 0]],
  ])('%j: %j', (text, expected) => {
    expect(counts(text)).toEqual(expected)
  })

  it('is read as it comes, in any pieces', () => {
    const text = Buffer.from('TAP version 13\nok 1 - ä\nnot ok 2 - größer\n  ---\n  error: "é"\n  ...\n1..2')
    for (const size of [1, 2, 3, 7]) {
      const reader = tapReader(ROOT)
      for (let at = 0; at < text.length; at += size) reader.push(text.subarray(at, at + size))
      expect(reader.end()).toEqual(parseTap(text.toString(), ROOT))
    }
    expect(parseTap(text.toString(), ROOT)?.failures).toEqual([{ name: 'größer', message: 'é' }])
  })
})

describe('whatever is written', () => {
  const MANY = 300_000
  it.each([
    ['a line without end', `TAP version 13\nnot ok 1 - ${'x'.repeat(20 * MANY)}`],
    ['many failures', `TAP version 13\n${'not ok 1 - a\n'.repeat(MANY)}`],
    ['many failures below', `TAP version 13\n${'    not ok 1 - a\n'.repeat(MANY)}not ok 1 - s\n`],
    ['spaces', `TAP version 13\nnot ok 1 - ${' '.repeat(MANY)}# ${' #'.repeat(MANY)}`],
    ['diagnostics without end', `TAP version 13\nnot ok 1 - a\n  ---\n${'  x\n'.repeat(MANY)}`],
    [
      'a long attribute',
      `<testsuite><testcase name="${'&amp;'.repeat(MANY)}"><error/></testcase></testsuite>`,
    ],
    ['a long message', `<testsuite><testcase><error>${'&amp;'.repeat(MANY)}</error></testcase></testsuite>`],
    ['many attributes', `<testsuite><testcase ${'a="b" '.repeat(MANY)}><error/></testcase></testsuite>`],
    ['many tests', `<testsuite>${'<testcase name="a"><error/></testcase>'.repeat(MANY)}</testsuite>`],
    ['spaces in a tag', `<testsuite><testcase ${' '.repeat(MANY)}><error/></testcase></testsuite>`],
    [
      'a long title',
      JSON.stringify({
        testResults: [{ assertionResults: [{ title: 'x'.repeat(MANY), status: 'failed' }] }],
      }),
    ],
  ])('%s is read in time and kept small', (_, text) => {
    const before = process.cpuUsage()
    const read = report(text)
    // Microseconds. Less than a second; what grows with the square would take minutes.
    expect(process.cpuUsage(before).user).toBeLessThan(10_000_000)
    expect(read?.failed).toBeGreaterThan(0)
    expect(read?.failures.length).toBeLessThanOrEqual(50)
    expect(JSON.stringify(read).length).toBeLessThan(200_000)
  })

  it('holds nothing that a terminal or a reader would act on', () => {
    const evil = '\u001b]0;title\u0007\u202eevil\u001b[2J\u0000 a\nb\rc'
    const texts = [
      `<testsuite><testcase name="${evil}"><error>${evil}</error></testcase></testsuite>`,
      JSON.stringify({ testResults: [{ name: evil, status: 'failed', message: evil }] }),
      `TAP version 13\nnot ok 1 - ${evil.replace('\n', ' ')}\n`,
    ]
    for (const text of texts) {
      const [failure] = report(text)?.failures ?? []
      expect(failure?.name).toMatch(/^[ -~]+$/)
      expect(failure?.message).toMatch(/^[ -~\n]*$/)
    }
  })
})
