/** Commands for starting and seeing sessions. */
import type { Command } from '../command.ts'
import { NAME } from './arguments.ts'

export const SESSIONS: readonly Command[] = [
  {
    name: 'board',
    group: 'Sessions',
    summary: 'all sessions in one place, to see, answer, attach and land; `worktrain` alone opens it',
    about:
      'Without a terminal it prints what `ls` does. Keys: `?` shows all of them. What waits for you shows the same\n' +
      'keys as `next`. In the terminal of a session, Ctrl-] comes back.',
    options: [{ flags: '--all', about: 'of all repositories; so it is outside of any' }],
    examples: [
      ['worktrain', 'the board of this repository'],
      ['worktrain board --all', 'of everything that runs'],
    ],
    load: () => import('../commands/board.ts'),
  },
  {
    name: 'run',
    group: 'Sessions',
    summary: 'start sessions: one for each goal, or those of a plan file',
    about:
      'Each session gets its own workspace beside the repository, on its own branch, and its own terminal.\n' +
      'They go on when this terminal is closed. Exit code 0 means that they are accepted; how they get on is\n' +
      'what `ls` shows and --wait waits for.',
    arguments: [{ name: '[goal...]', about: 'what the session shall do; each goal is one session' }],
    options: [
      {
        flags: '-f, --file <PLAN>',
        about: 'start the sessions of a plan file (YAML); `-` reads standard input',
      },
      { flags: '-n, --name <NAME>', about: 'name of the session; made from the goal when not given' },
      { flags: '-a, --agent <AGENT>', about: 'claude, or command with the program after --' },
      { flags: '-m, --model <MODEL>', about: 'model, as the agent calls it' },
      { flags: '--permission-mode <MODE>', about: "the agent's own permission mode" },
      { flags: '--headless', about: 'without a terminal: the agent works through the goal and ends' },
      {
        flags: '--owns <GLOB>',
        about: 'paths of this task: overlap with others is told, and writes elsewhere are refused',
        repeat: true,
      },
      { flags: '--avoid <GLOB>', about: 'paths it must not change', repeat: true },
      { flags: '--after <SESSION>', about: 'start only when that session has landed', repeat: true },
      { flags: '--check <COMMAND>', about: 'must succeed on the merged tree before it lands', repeat: true },
      { flags: '--base <REF>', about: 'start from this branch, tag or commit' },
      { flags: '--branch <BRANCH>', about: 'name of the branch; worktrain/NAME when not given' },
      { flags: '--existing-branch', about: 'the branch is there already: go on with it' },
      { flags: '--existing <DIR>', about: 'work in this worktree or directory of yours' },
      {
        flags: '--kind <KIND>',
        about: 'sealed (own .git) or linked (git worktree)',
        choices: ['sealed', 'linked'],
      },
      { flags: '--land', about: 'put it on the train by itself when it is handed off' },
      { flags: '-w, --wait', about: 'stay until every session is done (exit 0) or needs you (exit 4)' },
    ],
    rest: true,
    examples: [
      ['worktrain run "Fix the attribution bug"', 'one session'],
      ['worktrain run "Move to Kamal" "Add a Shopify integration"', 'two, side by side'],
      ['worktrain run -f week.yaml --wait', 'a plan, until it is done or needs you'],
      [
        'worktrain run "Report sales" --owns "app/reports/**" --after attribution --land',
        'claims, an order, landing by itself',
      ],
      ['worktrain run "Lint everything" --agent command -- npm run lint:fix', 'any program is a session too'],
    ],
    load: () => import('../commands/run.ts'),
  },
  {
    name: 'plan',
    group: 'Sessions',
    summary: 'check a plan file: what overlaps, what waits for what; starts nothing',
    options: [{ flags: '-f, --file <PLAN>', about: 'the plan file (YAML); `-` reads standard input' }],
    examples: [['worktrain plan -f week.yaml', 'which sessions can run side by side, and in which order']],
    load: () => import('../commands/plan.ts'),
  },
  {
    name: 'ls',
    aliases: ['list'],
    group: 'Sessions',
    summary: 'the sessions: what needs you first, then what is ready, working, waiting, landed',
    about: 'Outside a repository it lists those of every repository.',
    options: [
      { flags: '-a, --all', about: 'also those that were discarded' },
      {
        flags: '--names',
        about: 'only the names, one a line, and only if the supervisor runs: for completion',
      },
    ],
    examples: [
      ['worktrain ls', 'the sessions of this repository'],
      ['worktrain ls --json', 'everything that is known of them, for a program'],
    ],
    load: () => import('../commands/ls.ts'),
  },
  {
    name: 'next',
    group: 'Sessions',
    summary: 'what needs you most: shown whole, settled by a key, and on to the next',
    about:
      'What holds up most comes first, then what has waited longest; `why` explains the place of each. s skips, q ends.\n' +
      'Without a terminal it prints the first with the commands that settle it: exit 4 when something waits, else 0.',
    options: [
      { flags: '-a, --all', about: 'of every repository' },
      { flags: '--stay', about: 'when nothing waits any more, stay for what comes' },
      {
        flags: '--leave <ITEM>',
        about: 'this one is as you want it, and waits no longer; `--json` names each',
      },
    ],
    examples: [
      ['worktrain next', 'answer, approve, land, until nothing waits'],
      ['worktrain next --all --stay', 'a terminal in which all of it comes by'],
      ['worktrain next --json', 'the whole list, with the calls that settle each, for a program'],
    ],
    load: () => import('../commands/next.ts'),
  },
  {
    name: 'why',
    group: 'Sessions',
    summary: "the evidence for a session's state, or how a commit got to main",
    about:
      'What is no session is looked for as a commit, branch or tag: by which landing it got to the target, tested on top\n' +
      'of what, by which checks, or that somebody pushed it by hand.',
    arguments: [{ name: '<name>', about: 'a session, or a commit such as 4f2a9c1b30 or main~3' }],
    examples: [
      ['worktrain why kamal', 'how its state came about, what it was refused, what its walls are'],
      ['worktrain why main~3', 'which landing brought that commit, and which checks it passed'],
    ],
    completes: 'sessions',
    load: () => import('../commands/why.ts'),
  },
  {
    name: 'watch',
    group: 'Sessions',
    summary: 'what happens, as it happens',
    arguments: [{ name: '[name]', about: 'only this session' }],
    options: [
      { flags: '--since <SEQ>', about: 'begin after this event; 0 is everything that ever happened' },
      { flags: '--bell', about: "ring the terminal's bell when something begins to wait for you" },
    ],
    examples: [
      ['worktrain watch', 'a line for every event, until Ctrl-C'],
      ['worktrain watch --json | jq -r .type', 'newline-delimited JSON for a program'],
    ],
    completes: 'sessions',
    load: () => import('../commands/watch.ts'),
  },
  {
    name: 'usage',
    group: 'Sessions',
    summary: 'tokens, cost and rate-limit windows, as the agents report them',
    about:
      "Every figure is an agent's own, with where it was read and how long ago; nothing is estimated. Removed sessions\n" +
      'count. Agents date tokens, not money: with --since, and by model or day, there is no cost.',
    options: [
      { flags: '--by <WHAT>', about: 'a row for each of these', choices: ['session', 'model', 'day'] },
      { flags: '--since <DAY>', about: 'this day and later, such as 2026-11-20; 7d is the last seven days' },
      { flags: '-a, --all', about: 'of all repositories' },
    ],
    examples: [
      ['worktrain usage', 'by session, the most first'],
      ['worktrain usage --by day --since 7d', 'this week'],
      ['worktrain usage --all --json | jq .windows', 'what is left of the limits'],
    ],
    load: () => import('../commands/usage.ts'),
  },
  {
    name: 'allow',
    group: 'Sessions',
    summary: 'allow a session paths beyond those it owns',
    about:
      'Takes effect at once and for the rest of the session, forbidden paths (`avoid`) included. Paths are relative to the\n' +
      'repository. A session that has ended its turn is not told: send it on with `worktrain send`. Paths outside the\n' +
      'workspace are another matter: see `cell.writable` in the configuration.',
    arguments: [NAME, { name: '<path...>', about: 'path or glob, such as "docs/**"' }],
    examples: [['worktrain allow attribution db/schema.rb "docs/**"', '']],
    completes: 'sessions',
    load: () => import('../commands/allow.ts'),
  },
  {
    name: 'grant',
    group: 'Sessions',
    summary: 'let a session start or land others, or no longer',
    about:
      'A session has tools of Worktrain where its agent is told of `worktrain mcp`. With them it reads the board, reports\n' +
      'its handoff, asks you for paths and tells you things. To start others, each like itself and in its own repository,\n' +
      'or to land any of the repository, it needs this. Holds until you take it back.',
    arguments: [NAME, { name: '<what>', about: 'start or land', choices: ['start', 'land'] }],
    options: [{ flags: '--revoke', about: 'take it back, at once' }],
    examples: [
      ['worktrain grant lead start', 'lead may start sessions'],
      ['worktrain grant lead start --revoke', ''],
    ],
    completes: 'sessions',
    load: () => import('../commands/grant.ts'),
  },
  {
    name: 'note',
    group: 'Sessions',
    summary: 'keep a note of your own on a session',
    arguments: [NAME, { name: '[text...]', about: 'the note; without it the note is shown' }],
    options: [{ flags: '--clear', about: 'take the note away' }],
    examples: [['worktrain note kamal waits for the DNS change', '']],
    completes: 'sessions',
    load: () => import('../commands/note.ts'),
  },
  {
    name: 'pin',
    group: 'Sessions',
    summary: 'keep sessions at the top of their group on the boards',
    arguments: [{ name: '<name...>', about: 'the sessions' }],
    options: [{ flags: '--clear', about: 'let go of them again' }],
    examples: [['worktrain pin kamal', '']],
    completes: 'sessions',
    thenCompletes: 'sessions',
    load: () => import('../commands/pin.ts'),
  },
  {
    name: 'rename',
    group: 'Sessions',
    summary: 'give a session another name; its branch and workspace stay',
    arguments: [NAME, { name: '<to>', about: 'the new name' }],
    examples: [['worktrain rename fix-the-attribution attribution', '']],
    completes: 'sessions',
    load: () => import('../commands/rename.ts'),
  },
]
