/** Commands for what became of the work. */
import type { Command } from '../command.ts'
import { NAMES, NAME } from './arguments.ts'

export const LANDING: readonly Command[] = [
  {
    name: 'diff',
    group: 'Work',
    summary: 'everything a session has changed, uncommitted and new files included',
    arguments: [NAME, { name: '[path...]', about: 'only these' }],
    options: [
      { flags: '--stat', about: 'files and line counts only' },
      { flags: '--main', about: 'against main as it is now, not against the base' },
    ],
    examples: [
      ['worktrain diff kamal', ''],
      ['worktrain diff kamal > kamal.patch', 'a patch that git apply takes'],
    ],
    completes: 'sessions',
    load: () => import('../commands/diff.ts'),
  },
  {
    name: 'update',
    group: 'Work',
    summary: "bring main as it is now into a session's branch",
    arguments: [NAME],
    examples: [['worktrain update kamal', '']],
    completes: 'sessions',
    load: () => import('../commands/update.ts'),
  },
  {
    name: 'land',
    group: 'Train',
    summary: 'put sessions on the train: merged, tested, then main moves',
    arguments: [NAMES],
    examples: [['worktrain land kamal attribution', 'in this order']],
    completes: 'sessions',
    load: () => import('../commands/land.ts'),
  },
  {
    name: 'train',
    group: 'Train',
    summary: 'the merge queue: what is on it, what landed, what was ejected and why',
    arguments: [
      {
        name: '[action]',
        about: 'pause, resume, eject or retry; none shows it',
        choices: ['pause', 'resume', 'eject', 'retry'],
      },
      { name: '[change]', about: 'the change to eject or retry; for pause, the reason' },
    ],
    examples: [
      ['worktrain train', ''],
      ['worktrain train pause "release in progress"', 'nothing lands until `worktrain train resume`'],
      ['worktrain train eject kamal', ''],
    ],
    completes: ['pause', 'resume', 'eject', 'retry'],
    load: () => import('../commands/train.ts'),
  },
  {
    name: 'stop',
    group: 'Afterlife',
    summary: "end a session's process; its work and conversation stay",
    arguments: [NAMES],
    options: [{ flags: '--turn', about: 'end only what it does at the moment, as Esc does' }],
    examples: [
      ['worktrain stop kamal', ''],
      ['worktrain stop kamal --turn', 'the agent stays and waits for a prompt'],
    ],
    completes: 'sessions',
    load: () => import('../commands/stop.ts'),
  },
  {
    name: 'resume',
    group: 'Afterlife',
    summary: 'go on with a session that was stopped, interrupted or failed to start',
    arguments: [NAME, { name: '[text...]', about: 'a prompt to go on with' }],
    examples: [['worktrain resume kamal', 'the same conversation, in the same workspace']],
    completes: 'sessions',
    load: () => import('../commands/resume.ts'),
  },
  {
    name: 'rm',
    group: 'Afterlife',
    summary: 'remove sessions whose work is in main or saved; the rest is refused',
    about: 'What is removed goes to the trash, and `worktrain restore` brings it back.',
    arguments: [NAMES],
    options: [
      { flags: '--discard', about: 'also when the work is not in main; it stays in the trash for a time' },
      { flags: '--dry-run', about: 'only say what would be lost' },
    ],
    examples: [
      ['worktrain rm kamal', ''],
      ['worktrain rm kamal --dry-run', 'what would be lost, and the command that saves it'],
    ],
    completes: 'sessions',
    load: () => import('../commands/rm.ts'),
  },
  {
    name: 'restore',
    group: 'Afterlife',
    summary: 'bring a session back from the trash: branch, files, uncommitted state, conversation',
    arguments: [{ name: '<name>', about: 'the session, as `worktrain trash` lists it' }],
    examples: [['worktrain restore kamal', '']],
    load: () => import('../commands/restore.ts'),
  },
  {
    name: 'trash',
    group: 'Afterlife',
    summary: 'what was removed and can be restored, and until when',
    examples: [['worktrain trash', '']],
    load: () => import('../commands/trash.ts'),
  },
]
