/** Commands for looking at the work and saying what is to become of it. */
import type { Command } from '../command.ts'
import { NAME } from './arguments.ts'

export const REVIEW: readonly Command[] = [
  {
    name: 'review',
    group: 'Work',
    summary: 'what a session has changed, by turn and prompt, beside what it says of it',
    about:
      'Uncommitted and new files included. Each hunk names the turn and the prompt that it came from. Lock files, generated\n' +
      'and minified files are shown closed. What was shown counts as looked at, for --against seen and for `approve`.',
    arguments: [NAME, { name: '[path...]', about: 'only these files, and in full' }],
    options: [
      {
        flags: '--against <WHAT>',
        about: 'base (default), main as it is now, what you have seen, or approved',
        choices: ['base', 'main', 'seen', 'approved'],
      },
      { flags: '--turn <N>', about: 'only what this turn changed; 2..5 for several' },
      { flags: '--by-turn', about: 'one turn after another' },
      { flags: '--snapshots', about: 'list the saved states' },
      {
        flags: '--restore <N>',
        about: 'put the files back as in this snapshot; refused while the agent works',
      },
    ],
    examples: [
      ['worktrain review kamal', 'everything it has done'],
      ['worktrain review kamal --against seen', 'what is new since you looked'],
      ['worktrain review kamal --against main', 'what landing it would change'],
      ['worktrain review kamal --turn 2..3', ''],
      ['worktrain review kamal package-lock.json', 'a closed file, opened'],
    ],
    completes: 'sessions',
    load: () => import('../commands/review.ts'),
  },
  {
    name: 'comment',
    group: 'Work',
    summary: "comment on lines of a session's work; --send gives it all comments as one prompt",
    about:
      'Comments are drafts until they are sent, and stay on their lines while the code moves. The agent answers each in its\n' +
      'handoff; `worktrain review` shows the answers where the comments stand.',
    arguments: [
      NAME,
      {
        name: '[words...]',
        about: 'FILE:LINE (or FILE:FIRST-LAST, or FILE:-LINE for a line taken away), then the comment',
      },
    ],
    options: [
      { flags: '--list', about: 'all comments with the answers' },
      { flags: '--send', about: 'send the drafts, with a note if one is given' },
      { flags: '--remove <ID>', about: 'take a draft away' },
      { flags: '--resolve <ID>', about: 'this one is settled' },
      { flags: '--reopen <ID>', about: 'this one is not: it goes with the next --send' },
    ],
    examples: [
      ['worktrain comment kamal config/deploy.yml:12 "Read this from the environment."', ''],
      ['worktrain comment kamal app/models/order.rb:-40 Why is this gone?', ''],
      ['worktrain comment kamal --send', 'typed as soon as the agent is idle'],
    ],
    completes: 'sessions',
    load: () => import('../commands/comment.ts'),
  },
  {
    name: 'spotlight',
    group: 'Work',
    summary: "show a session's work in your own checkout, and go back to what you had there",
    about:
      'All of its work, uncommitted and new files included, on no branch; what you had, staged or not, is kept first and comes\n' +
      'back byte for byte with --off. Ignored and untracked files of yours stay: where one is in the way nothing is begun.\n' +
      'Once more for the same session it shows its newest work; without a name it says what is shown where.',
    arguments: [{ name: '[name]', about: 'the session; none: what is shown' }],
    options: [
      { flags: '--off', about: 'go back; what you changed while you looked is kept as a commit, and named' },
      { flags: '--to-session', about: 'with --off: and the session is asked to take it over' },
      { flags: '--leave', about: 'with --off: leave the checkout as it is by now; what you had stays kept' },
      { flags: '--kept', about: 'what is kept of looks, since when and until when, and how to have it' },
      { flags: '--checkout <DIR>', about: 'another checkout of yours than the main one' },
    ],
    examples: [
      ['worktrain spotlight kamal', 'its work is in your checkout: run it there'],
      ['worktrain spotlight kamal', 'once more: as it is by now'],
      ['worktrain spotlight', 'what is shown, since when, and whether it has gone on'],
      ['worktrain spotlight --off', 'back to your branch and your changes'],
      ['worktrain spotlight --kept', 'what you tried in earlier looks is a commit, for a time'],
      ['worktrain spotlight --off --to-session', 'and what you tried goes to the session'],
    ],
    completes: 'sessions',
    load: () => import('../commands/spotlight.ts'),
  },
  {
    name: 'preview',
    group: 'Work',
    summary: "where a session's own programs can be opened in a browser: the ports on which they listen now",
    about:
      'Seen from outside its cell, at this moment: nothing is asked of the session, and no port is tried.\n' +
      'The address is that of a web server, if it is one. No port of another session is named.',
    arguments: [NAME],
    examples: [
      ['worktrain preview kamal', 'the addresses, which program listens there, and since when it runs'],
      ["worktrain preview kamal --json | jq -r '.servers[0].url'", 'the first address alone'],
    ],
    completes: 'sessions',
    load: () => import('../commands/preview.ts'),
  },
  {
    name: 'approve',
    group: 'Work',
    summary: 'approve the work as you have seen it; what comes later is not approved',
    about: 'Refused where the work has changed since you looked at it with `worktrain review`.',
    arguments: [NAME],
    options: [
      { flags: '--land', about: 'put exactly this on the train' },
      { flags: '--now', about: 'as it is now, whether you have looked at it or not' },
      { flags: '-w, --wait', about: 'with --land: stay until it has landed, was ejected or needs you' },
    ],
    examples: [
      ['worktrain approve kamal --land', ''],
      ['worktrain approve kamal && worktrain land kamal --approved', 'the same in two steps'],
    ],
    completes: 'sessions',
    load: () => import('../commands/approve.ts'),
  },
  {
    name: 'reject',
    group: 'Work',
    summary: 'send the work back with a reason, and with the comments that were not sent yet',
    arguments: [NAME, { name: '<reason...>', about: 'what is wrong with it; `-` reads standard input' }],
    examples: [['worktrain reject kamal "The migration must be reversible."', '']],
    completes: 'sessions',
    load: () => import('../commands/reject.ts'),
  },
]
