/** Commands for talking to a session. */
import type { Command } from '../command.ts'
import { NAME } from './arguments.ts'

export const TERMINAL: readonly Command[] = [
  {
    name: 'attach',
    aliases: ['a'],
    group: 'Terminal',
    summary: "the session's terminal; leave it with Ctrl-]",
    arguments: [NAME],
    examples: [['worktrain attach kamal', 'type to the agent as if it ran here; Ctrl-] leaves it running']],
    completes: 'sessions',
    load: () => import('../commands/attach.ts'),
  },
  {
    name: 'peek',
    group: 'Terminal',
    summary: "the session's screen, without attaching",
    arguments: [NAME],
    examples: [['worktrain peek kamal', '']],
    completes: 'sessions',
    load: () => import('../commands/peek.ts'),
  },
  {
    name: 'send',
    group: 'Terminal',
    summary: 'a further prompt; it waits until the agent is idle',
    arguments: [NAME, { name: '<text...>', about: 'the prompt; `-` reads standard input' }],
    examples: [
      ['worktrain send kamal Use the registry of the staging account', ''],
      ['git diff main | worktrain send kamal -', 'a prompt of many lines'],
    ],
    completes: 'sessions',
    load: () => import('../commands/send.ts'),
  },
  {
    name: 'answer',
    group: 'Terminal',
    summary: 'answer what a session asks: a permission, a question, a plan',
    about:
      'For a permission or a plan: allow, always (permissions only) or deny with a reason.\n' +
      'For a question: the number of an option, several with commas, or your own words; one argument each question.\n' +
      'Without an answer it asks you here.',
    arguments: [NAME, { name: '[answer...]', about: 'allow | always | deny [REASON] | NUMBER… | TEXT' }],
    options: [{ flags: '--question <ID>', about: 'only if this question is still the open one' }],
    examples: [
      ['worktrain answer kamal', 'shows what it asks and takes the answer'],
      ['worktrain answer kamal allow', ''],
      ['worktrain answer kamal deny use the staging account', 'the reason goes to the agent'],
      ['worktrain answer kamal 2 1,3', 'two questions; the second takes several options'],
    ],
    completes: 'sessions',
    load: () => import('../commands/answer.ts'),
  },
  {
    name: 'conversation',
    group: 'Terminal',
    summary: 'what you, a session and its tools have said to each other',
    about:
      'As the agent recorded it, in a file of its own, also once the session has ended; as Worktrain observed it where an\n' +
      'agent keeps none. The first line says which. A tool is one line; --json has the beginning of what came of it. The\n' +
      'newest stands last. The web board shows the same.',
    arguments: [NAME],
    options: [{ flags: '--last <N>', about: 'the newest N entries, at most 500 (default 200)' }],
    examples: [
      ['worktrain conversation kamal', ''],
      ['worktrain conversation kamal --last 5', 'how it ended'],
      ['worktrain conversation kamal --json | jq .entries', 'for a program'],
    ],
    completes: 'sessions',
    load: () => import('../commands/conversation.ts'),
  },
  {
    name: 'logs',
    group: 'Terminal',
    summary: 'what a session has printed',
    arguments: [NAME],
    options: [
      { flags: '--setup', about: 'output of the set-up commands instead' },
      { flags: '--checks', about: 'output of the last checks on the train instead' },
      { flags: '--bytes <N>', about: 'the last N bytes (default 65536)' },
      { flags: '--raw', about: 'with the control sequences, as the agent wrote them' },
    ],
    examples: [
      ['worktrain logs kamal', ''],
      ['worktrain logs kamal --checks', 'why the train ejected it'],
    ],
    completes: 'sessions',
    load: () => import('../commands/logs.ts'),
  },
]
