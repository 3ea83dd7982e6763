/**
 * Every error a person or a program can meet, in one table.
 *
 * The code is the contract: it is stable, it is what `--json` prints and what tests look for.
 * `exit` is the process exit code of the command line (DESIGN: 1 failed, 2 usage, 3 refused to protect
 * work, 4 needs the person). `hint` says what to do next; a call site may replace it by a better one.
 */
export const ERRORS = {
  // Usage: what was typed or written cannot be right.
  USAGE: { exit: 2, hint: 'See `worktrain --help`.' },
  NAME_INVALID: {
    exit: 2,
    hint: 'Use letters, digits, `.`, `_` and `-`, starting with a letter or digit, at most 60 characters.',
  },
  NAME_TAKEN: { exit: 2, hint: 'Choose another with --name, or see `worktrain ls`.' },
  NAME_AMBIGUOUS: { exit: 2, hint: 'Give more of the name.' },
  BRANCH_INVALID: { exit: 2, hint: 'See `git check-ref-format --help` for what a branch may be called.' },
  GLOB_INVALID: { exit: 2, hint: 'Use a path or glob relative to the repository, such as "src/**".' },
  PLAN_INVALID: {
    exit: 2,
    hint: 'Correct the plan file; `worktrain plan -f FILE` checks it without starting anything.',
  },
  PLAN_CYCLE: { exit: 2, hint: 'Remove one of the `after:` entries of the cycle.' },
  CONFIG_INVALID: { exit: 2, hint: 'Correct the configuration file.' },
  AGENT_UNKNOWN: { exit: 2, hint: 'Use --agent claude, or --agent command with the program after `--`.' },
  SESSION_UNKNOWN: { exit: 2, hint: 'See `worktrain ls --all`.' },
  SESSION_WRONG_STATE: { exit: 2, hint: 'See `worktrain why NAME`.' },
  QUESTION_UNKNOWN: { exit: 2, hint: 'See `worktrain why NAME` for what the session asks.' },
  ANSWER_INVALID: { exit: 2, hint: 'See `worktrain answer --help`.' },
  COMMENT_UNKNOWN: { exit: 2, hint: 'See `worktrain comment NAME --list`.' },
  LINE_UNKNOWN: { exit: 2, hint: 'See `worktrain review NAME` for files and line numbers.' },
  BASE_UNKNOWN: { exit: 2, hint: 'Name a branch, tag or commit that exists in this repository.' },

  // The repository or the machine is not in a state to do it.
  REPO_NOT_FOUND: { exit: 1, hint: 'Go to a git repository, or name one with --repo DIR.' },
  REPO_BARE: { exit: 1, hint: 'Clone it with a work tree and run Worktrain there.' },
  REPO_EMPTY: { exit: 1, hint: 'Make a first commit: sessions start from one.' },
  REPO_MOVED: { exit: 1, hint: 'Move it back, or run Worktrain in its new place.' },
  TARGET_UNKNOWN: {
    exit: 1,
    hint: 'Check out the target branch, or name it with `target = "BRANCH"` in .worktrain.toml.',
  },
  BRANCH_EXISTS: { exit: 1, hint: 'Use it with --branch NAME --existing-branch, or choose another name.' },
  BRANCH_CHECKED_OUT: { exit: 1, hint: 'Leave that branch in the other checkout, or choose another branch.' },
  DIRECTORY_EXISTS: {
    exit: 1,
    hint: 'Move it away, choose another --name, or take it over with --existing DIR.',
  },
  DIRECTORY_UNUSABLE: { exit: 1, hint: 'Give a directory that is a worktree of this repository.' },
  COMMIT_NOT_LANDED: { exit: 1, hint: 'See `worktrain train` for what is on its way.' },
  APPROVAL_UNKNOWN: { exit: 1, hint: '`worktrain approvals` lists the rules; give one as it stands there.' },
  AGENT_NOT_INSTALLED: { exit: 1, hint: 'Install it, or choose another with --agent.' },
  AGENT_NOT_LOGGED_IN: { exit: 1, hint: 'Start the agent once by itself and log in, then try again.' },
  DISK_FULL: { exit: 1, hint: 'Free some space, then try again; nothing was left half-made.' },
  SETUP_FAILED: {
    exit: 1,
    hint: 'See the output with `worktrain logs NAME --setup`, then `worktrain resume NAME`.',
  },
  GIT_FAILED: { exit: 1, hint: "The message is git's own." },
  GIT_LOCKED: { exit: 1, hint: 'Let the other git process end, then try again.' },
  GIT_TOO_OLD: { exit: 1, hint: 'Install git 2.38 or newer.' },
  NODE_TOO_OLD: { exit: 1, hint: 'Install Node 24 or newer.' },
  SUPERVISOR_UNREACHABLE: { exit: 1, hint: 'See `worktrain daemon logs`.' },
  SUPERVISOR_BUSY: { exit: 1, hint: 'Another supervisor holds the lock; see `worktrain daemon status`.' },
  ACCESS_DENIED: {
    exit: 1,
    hint: 'Run it in a terminal of your own, as the user whose sessions these are.',
  },
  SUPERVISOR_STALE: { exit: 1, hint: 'Run `worktrain daemon restart`; sessions are not touched.' },
  HOST_UNREACHABLE: {
    exit: 1,
    hint: 'See `worktrain why NAME`; `worktrain resume NAME` continues the conversation.',
  },
  HOST_OUTDATED: {
    exit: 1,
    hint: '`worktrain stop NAME`, then `worktrain resume NAME`: its host is of this version then.',
  },
  JOURNAL_CONFLICT: { exit: 1, hint: 'Something else changed it first; try again.' },
  JOURNAL_FENCED: { exit: 1, hint: 'A newer supervisor has taken over.' },
  JOURNAL_NEWER: { exit: 1, hint: 'The journal was written by a newer Worktrain; update this one.' },
  FETCH_FAILED: { exit: 1, hint: 'Check the network, or install the agent yourself.' },
  UNAVAILABLE: { exit: 1, hint: 'See `worktrain doctor`.' },
  INTERNAL: {
    exit: 1,
    hint: 'This is a defect of Worktrain: please report it with `worktrain daemon logs`.',
  },

  // Refused, to protect work.
  WORK_UNSAVED: {
    exit: 3,
    hint: 'Land it, or discard it knowingly with --discard (it stays in the trash for a time).',
  },
  SESSION_BUSY: { exit: 3, hint: 'Wait for it, or stop it with `worktrain stop NAME`.' },
  REMOVAL_UNSAFE: { exit: 3, hint: 'Nothing was removed. See the reason above.' },
  DIALOG_OPEN: { exit: 3, hint: 'Answer it first: `worktrain next`, or `worktrain answer NAME`.' },
  WORK_UNCOMMITTED: { exit: 3, hint: 'Have it committed: worktrain send NAME "Commit your work."' },
  NOTHING_TO_LAND: { exit: 3, hint: 'The branch holds no commit that main lacks.' },
  REVIEW_STALE: { exit: 3, hint: 'See what changed with `worktrain review NAME --against seen`.' },
  SCOPE_EXCEEDED: { exit: 3, hint: 'The person does that, outside the session.' },
  CHECKOUT_UNSAFE: { exit: 3, hint: 'Nothing was changed. Settle what is named above, then try again.' },
  UNTRUSTED: { exit: 3, hint: 'Read the commands, then run `worktrain trust`.' },

  // Needs the person.
  GRANT_NEEDED: { exit: 4, hint: 'The person allows it with `worktrain grant NAME start|land`.' },
  NEEDS_PERSON: { exit: 4, hint: 'See `worktrain ls`.' },
} as const satisfies Record<string, { exit: 1 | 2 | 3 | 4; hint: string }>

export type ErrorCode = keyof typeof ERRORS

/** The form in which an error crosses a process: over the API, and in `--json`. */
export interface ErrorBody {
  code: ErrorCode
  message: string
  hint: string
  /** Facts that belong to the error: paths, names, output. Plain data only. */
  details?: Record<string, unknown>
}

/**
 * An error with a code of the table above.
 *
 * The message says what happened and why; the hint what to do next.
 */
export class WorktrainError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly details: Record<string, unknown> | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'WorktrainError'
    this.code = code
    this.hint = options.hint ?? ERRORS[code].hint
    this.details = options.details
  }

  /** Exit code of the command line for this error. */
  get exit(): number {
    return ERRORS[this.code].exit
  }
}

/** The error with a session's name in the commands that its hint leads to, where they say NAME. */
export function aboutSession(session: string, error: WorktrainError): WorktrainError {
  const hint = error.hint.replace(
    /\b(worktrain [a-z]+(?: [a-z]+)?) NAME\b/g,
    (_, command: string) => `${command} ${session}`,
  )
  return withHint(hint, error)
}

/** The same error with another hint. */
export function withHint(hint: string, error: WorktrainError): WorktrainError {
  if (hint === error.hint) return error
  const { code, message, details } = error
  return new WorktrainError(code, message, { hint, ...(details ? { details } : {}), cause: error })
}

/** Any thrown value as an error body; what is not ours becomes INTERNAL and keeps its message. */
export function toErrorBody(error: unknown): ErrorBody {
  if (error instanceof WorktrainError) {
    const body: ErrorBody = { code: error.code, message: error.message, hint: error.hint }
    if (error.details) body.details = error.details
    return body
  }
  const message = error instanceof Error ? error.message : String(error)
  if (isDiskFull(error))
    return { code: 'DISK_FULL', message: `The disk is full: ${message}`, hint: ERRORS.DISK_FULL.hint }
  return { code: 'INTERNAL', message, hint: ERRORS.INTERNAL.hint }
}

/** Any write may meet it, wherever it is: as an error of the system, or of SQLite (13 is SQLITE_FULL). */
function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as Error & { code?: unknown; errcode?: unknown }
  return code === 'ENOSPC' || code === 'EDQUOT' || (typeof errcode === 'number' && (errcode & 0xff) === 13)
}

/** The inverse of {@link toErrorBody}, on the other side of the process boundary. */
export function fromErrorBody(body: ErrorBody): WorktrainError {
  const code = body.code in ERRORS ? body.code : 'INTERNAL'
  return new WorktrainError(code, body.message, {
    hint: body.hint,
    ...(body.details ? { details: body.details } : {}),
  })
}
