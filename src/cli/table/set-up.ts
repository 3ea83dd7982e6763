/** Commands for this machine and this repository. */
import type { Command } from '../command.ts'

export const SET_UP: readonly Command[] = [
  {
    name: 'init',
    group: 'Set-up',
    summary: 'show the checks and set-up found here, and write them to .worktrain.toml',
    options: [{ flags: '--write', about: 'write the file' }],
    examples: [
      ['worktrain init', 'what would be used; nothing is written'],
      ['worktrain init --write', ''],
    ],
    load: () => import('../commands/init.ts'),
  },
  {
    name: 'config',
    group: 'Set-up',
    summary: 'the configuration in force, and where each value comes from',
    examples: [['worktrain config', '']],
    load: () => import('../commands/config.ts'),
  },
  {
    name: 'trust',
    group: 'Set-up',
    summary: "allow the commands in this repository's configuration, as they are now",
    options: [{ flags: '-y, --yes', about: 'do not ask' }],
    examples: [['worktrain trust', 'shows the commands and asks; a later change asks again']],
    load: () => import('../commands/trust.ts'),
  },
  {
    name: 'approvals',
    group: 'Set-up',
    summary: 'what agents may do here without asking again, and what sessions left to be decided',
    about:
      'An "always" given by `worktrain answer` is kept for the repository and given to its later sessions.\n' +
      "What was allowed in a session's own terminal stands in files that the session can write: it is\n" +
      'listed here, and kept only when you accept it.',
    arguments: [{ name: '[name]', about: 'look at what this session left only' }],
    options: [
      { flags: '--accept <RULE>', about: 'keep a rule that a session left', repeat: true },
      { flags: '--forget <RULE>', about: 'ask again from now on', repeat: true },
    ],
    examples: [
      ['worktrain approvals', 'what is kept, and what is offered'],
      ['worktrain approvals kamal --accept "Bash(npm test)"', 'later sessions are not asked for it'],
      ['worktrain approvals --forget "Bash(npm test)"', 'sessions started from now on ask again'],
    ],
    completes: 'sessions',
    load: () => import('../commands/approvals.ts'),
  },
  {
    name: 'notify',
    group: 'Set-up',
    summary: 'the ways in which you are told what waits, and a test of them',
    about:
      'Desktop and command are set up in your own config.toml, push in the settings of the web board. --test tells you\n' +
      'something by each that is on, and says what came of it: the exit code, the answer of the push service, and what\n' +
      'to do. It exits 1 when one failed, or none is on.',
    options: [{ flags: '--test', about: 'tell me something now' }],
    examples: [
      ['worktrain notify', 'which ways are on'],
      ['worktrain notify --test', 'proves them, without waiting for something to happen'],
    ],
    load: () => import('../commands/notify.ts'),
  },
  {
    name: 'doctor',
    group: 'Set-up',
    summary: 'what each wall is on this machine and why, which agents are here, what crashes left',
    about:
      'What may hold work goes to the trash, never away, and is asked for by itself; --yes leaves it alone.',
    options: [
      { flags: '--clean', about: 'remove what crashes left: shows it, then asks' },
      { flags: '-y, --yes', about: 'with --clean: do not ask for what holds no work' },
    ],
    examples: [
      ['worktrain doctor', ''],
      ['worktrain doctor --clean', ''],
    ],
    load: () => import('../commands/doctor.ts'),
  },
  {
    name: 'web',
    group: 'Set-up',
    summary: 'the board in a browser of this machine: prints an address that lets one browser in',
    about:
      'It is served on 127.0.0.1 alone, from then on until --stop. The address holds a code that is good once,\n' +
      'for five minutes; the browser has access from then on, until you revoke it.',
    options: [
      { flags: '--port <N>', about: 'serve it there; otherwise where it was, at first on a free port' },
      { flags: '--list', about: 'show which browsers have access' },
      { flags: '--revoke <ID>', about: 'end the access of one browser, or of `all`, at once' },
      { flags: '--stop', about: 'serve it no longer; access is kept for the next time' },
    ],
    examples: [
      ['worktrain web', 'open the address in your browser'],
      ['worktrain web --list', ''],
      ['worktrain web --revoke all', 'every browser has to be let in anew'],
    ],
    load: () => import('../commands/web.ts'),
  },
  {
    name: 'phone',
    group: 'Set-up',
    summary: 'the board on your phone: opens it to your network, by TLS, and lets one phone in',
    about:
      'It listens on one address of this machine, from now until --stop, until --for is over, or until the supervisor\n' +
      'stops; it is never opened again by itself. The address, also as a QR code, holds a code that is good once, for\n' +
      'five minutes. The phone has access from then on whenever the board is open, until you revoke it.\n' +
      'From a phone nothing is started, removed, trusted, granted or allowed for good, and nothing is typed into a terminal.',
    options: [
      {
        flags: '--name <NAME>',
        about: 'what the phone is called (default: phone); one of that name loses its access',
      },
      {
        flags: '--scope <SCOPE>',
        about: 'look: change nothing; answer (default): also settle what waits for you',
        choices: ['look', 'answer'],
      },
      {
        flags: '--address <IP>',
        about: 'listen on this address of the machine; needed where it has several',
      },
      { flags: '--port <N>', about: 'listen there; otherwise where it did, at first on a free port' },
      { flags: '--for <TIME>', about: 'close it by itself after 90m, 8h, 2d (at most 7d)' },
      { flags: '--list', about: 'show whether it is open, and which phones have access' },
      { flags: '--revoke <NAME>', about: 'end the access of one phone, or of `all`, at once' },
      { flags: '--stop', about: 'close it; access is kept for the next time' },
    ],
    examples: [
      ['worktrain phone', 'point the camera of your phone at the code'],
      [
        'worktrain phone --name tablet --scope look --for 8h',
        'another one, which only looks, for a working day',
      ],
      ['worktrain phone --revoke tablet', 'it is lost'],
      ['worktrain phone --stop', ''],
    ],
    load: () => import('../commands/phone.ts'),
  },
  {
    name: 'mcp',
    group: 'Set-up',
    summary: 'tools for the agents of sessions, over the Model Context Protocol',
    about:
      'Tell your agent of it once; it starts it in each session, with the scope of that session: to read the board, to\n' +
      'report its handoff, to ask you for paths, to tell you things; with `worktrain grant` to start and land others.',
    examples: [
      [
        'worktrain mcp',
        'started by an agent that was told of it: claude mcp add --scope user worktrain -- worktrain mcp',
      ],
      ['worktrain grant lead start', 'the session lead may start others with it'],
    ],
    load: () => import('../commands/mcp.ts'),
  },
  {
    name: 'daemon',
    group: 'Set-up',
    summary: 'the background supervisor; sessions do not depend on it',
    arguments: [{ name: '<action>', about: 'what to do', choices: ['status', 'stop', 'restart', 'logs'] }],
    options: [{ flags: '--lines <N>', about: 'logs: the last N lines (default 100)' }],
    examples: [
      ['worktrain daemon status', ''],
      ['worktrain daemon restart', 'after an upgrade; running sessions are not touched'],
    ],
    completes: ['status', 'stop', 'restart', 'logs'],
    load: () => import('../commands/daemon.ts'),
  },
  {
    name: 'completion',
    group: 'Set-up',
    summary: 'completion of commands, options and session names for your shell',
    arguments: [{ name: '<shell>', about: 'bash, zsh or fish', choices: ['bash', 'zsh', 'fish'] }],
    examples: [
      ['worktrain completion bash > ~/.local/share/bash-completion/completions/worktrain', ''],
      ['worktrain completion zsh > "${fpath[1]}/_worktrain"', ''],
      ['worktrain completion fish > ~/.config/fish/completions/worktrain.fish', ''],
    ],
    completes: ['bash', 'zsh', 'fish'],
    load: () => import('../commands/completion.ts'),
  },
  {
    name: 'version',
    group: 'Set-up',
    summary: 'versions of this program, of Node and of the running supervisor',
    examples: [['worktrain version --json', '']],
    load: () => import('../commands/version.ts'),
  },
  {
    name: 'rehearse',
    group: 'Set-up',
    summary: 'the whole job on a sample repository, with a scripted model: no account, no cost',
    options: [
      { flags: '--no-fetch', about: 'do not download Claude Code when it is not installed' },
      {
        flags: '--agent <AGENT>',
        about: 'claude or the built-in scripted agent',
        choices: ['claude', 'scripted'],
      },
      { flags: '--keep', about: "keep Worktrain's own files and the trash as well" },
      { flags: '--dir <DIR>', about: 'where; must not exist or be empty' },
    ],
    examples: [['worktrain rehearse', 'four sessions, one train; about a minute']],
    load: () => import('../commands/rehearse.ts'),
  },
]
