/** What each rung does not stop, and what it takes from legitimate work: data, as sessions and `doctor` show it. */
import type { Rung } from '../protocol/index.ts'

const READ =
  'files outside the hidden directories can be read: the home, other checkouts, ~/.npmrc, ~/.config, logins of agents'
const LATER =
  'credentials that are put into the home, or replaced there, after the session started can be read'

/** Tried by test/security, but for sandbox-exec, which nobody has run yet. */
const GAPS: Record<Rung, readonly string[]> = {
  bubblewrap: [
    "the network is the host's: local TCP ports and abstract unix sockets can be reached",
    'unix sockets that others open outside the hidden directories after the session started can be connected to',
    READ,
    LATER,
    'its control group, where this user may change it: frozen or ended with all that shares it',
  ],
  landlock: [
    "the network is the host's: local TCP ports can be reached",
    'unix sockets in any directory can be connected to (before Linux 7.1)',
    READ,
    LATER,
    'names in hidden directories can be listed, and command lines of other processes read',
    'mode, owner, times and extended attributes of files outside can be changed, where this user may (chmod)',
    'System V shared memory and the priority of processes of this user can be used and changed',
    'in a linked workspace every branch of the repository can be moved',
    'before Linux 6.12 other processes can be signalled and abstract unix sockets reached; before 6.10 devices controlled; before 6.2 files emptied',
  ],
  'sandbox-exec': [
    "the network is the host's: local TCP ports can be reached",
    READ,
    LATER,
    'services of the system that are no files or sockets can be asked: the keychain, the clipboard, preferences',
    'a daemon that threw its environment away outlives the session',
    'not tried on a Mac by its makers yet',
  ],
  hooks: [
    'advisory: only what a tool call says plainly is refused; a script or child process is not seen',
    "any file of this user can be read and written, other sessions' and main's included",
    'processes of this user can be signalled and read; a daemon that threw its environment away outlives the session',
    'agents without hooks are not walled at all',
  ],
  none: ['nothing is walled'],
}

const HOME =
  'the home is read-only: what keeps its packages there (cargo, go, maven, gradle, pnpm) cannot add to them; list the directory in cell.writable, or point its variable at one below TMPDIR'

const COSTS: Record<Rung, readonly string[]> = {
  bubblewrap: [HOME],
  landlock: [
    HOME,
    'there is no /tmp: programs that do not ask TMPDIR for a directory fail; nor /dev/shm, nor a further terminal (cell.writable can open them)',
    'what is made, or replaced, in a directory that leads to something hidden (such as ~/.gitconfig) cannot be read until the session is started again',
    'in a linked workspace git config, gc and the deletion of a branch fail, and a cherry-pick does not conclude itself',
    "no sandbox can be made inside: the agent's own, and browsers', fail",
  ],
  'sandbox-exec': [
    HOME,
    'there is no /tmp: programs that do not ask TMPDIR for a directory fail; nor a further terminal',
    'nothing is opened in another application (open, osascript), and no service started',
    "no sandbox can be made inside: the agent's own, and browsers', fail",
  ],
  hooks: [],
  none: [],
}

/** What this rung does not stop. */
export function gapsOf(rung: Rung): string[] {
  return [...GAPS[rung]]
}

/** What does not work on this rung that would without it. */
export function costsOf(rung: Rung): string[] {
  return [...COSTS[rung]]
}
