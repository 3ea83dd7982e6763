/** Commands for what became of the work. */
import type { Command } from '../command.ts'
import { NAMES, NAME } from './arguments.ts'

const TRAIN_ACTIONS = ['pause', 'resume', 'eject', 'retry', 'hold', 'release', 'priority', 'log']

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
    options: [{ flags: '--rebase', about: "put the session's commits on top of main instead of merging it" }],
    examples: [
      ['worktrain update kamal', ''],
      ['worktrain update kamal --rebase', 'refused where its commits are on a remote or another branch'],
    ],
    completes: 'sessions',
    load: () => import('../commands/update.ts'),
  },
  {
    name: 'land',
    group: 'Train',
    summary: 'put sessions on the train: merged, tested, then main moves',
    arguments: [NAMES],
    options: [
      { flags: '--priority <N>', about: 'higher goes first; 0 when not given' },
      { flags: '--approved', about: 'refuse what is not exactly what was approved' },
      {
        flags: '--resolve-with <AGENT>',
        about: 'who mends a conflict or a red check when the session itself is gone',
      },
      {
        flags: '-w, --wait',
        about: 'stay until each has landed (exit 0), was ejected (1) or needs you (4)',
      },
    ],
    examples: [
      ['worktrain land kamal attribution', 'in this order'],
      ['worktrain land kamal --wait && ./deploy.sh', 'go on only when it is in main'],
      ['worktrain land hotfix --priority 10', 'before everything that waits'],
    ],
    completes: 'sessions',
    load: () => import('../commands/land.ts'),
  },
  {
    name: 'train',
    group: 'Train',
    summary: 'the merge queue: what is tested on top of what, what landed, what was ejected and why',
    about:
      'Without an action it shows the train. A change is named as its session, or by its id.\n' +
      'pause [REASON], resume: the whole train. hold NAME [REASON], release NAME: one change, which keeps its place.\n' +
      'eject NAME takes a change off, retry NAME puts an ejected one on again. priority NAME N, higher goes first;\n' +
      '`first` is one above the others. log [NAME] is what a check printed.',
    arguments: [
      {
        name: '[action]',
        about: 'what to do; none shows the train',
        choices: TRAIN_ACTIONS,
      },
      { name: '[words...]', about: 'the change, then a reason or a number' },
    ],
    options: [
      { flags: '-w, --watch', about: 'stay, and show it live; q ends' },
      { flags: '-f, --follow', about: 'with log: go on until the check ends' },
      {
        flags: '--resolve-with <AGENT>',
        about: 'with retry: who mends it when the session itself is gone',
      },
    ],
    examples: [
      ['worktrain train --watch', 'what is being tested, with its output, as it happens'],
      ['worktrain train pause release in progress', 'nothing lands until `worktrain train resume`'],
      ['worktrain train hold kamal "after the release"', 'until `worktrain train release kamal`'],
      ['worktrain train priority hotfix first', ''],
      ['worktrain train log kamal --follow', 'the output of its check'],
      ['worktrain train priority kamal -5', 'behind the others'],
    ],
    completes: TRAIN_ACTIONS,
    thenCompletes: 'sessions',
    load: () => import('../commands/train.ts'),
  },
  {
    name: 'undo',
    group: 'Train',
    summary: 'take a landing back by a new change on the train',
    about:
      'The last landing when nothing is named, with everything that landed together; else one change. The revert is made\n' +
      'without a checkout, is tested like any change, and lands when its checks pass. An undo can be undone.',
    arguments: [{ name: '[what]', about: 'a landed change by its name, or a commit of the target' }],
    options: [
      { flags: '-w, --wait', about: 'stay until it has landed (exit 0), was ejected (1) or needs you (4)' },
    ],
    examples: [
      ['worktrain undo', 'the last landing'],
      ['worktrain undo kamal', 'that change, whatever landed after it'],
      ['worktrain undo 4f2a9c1b30', 'what came with that commit'],
    ],
    completes: 'sessions',
    load: () => import('../commands/undo.ts'),
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
