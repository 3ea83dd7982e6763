/** The cell as one bubblewrap command line. Pure. */
import { type CellFacts, planMounts } from './mounts.ts'
import { KERNEL_SETTINGS, UNSET_VARIABLES } from './tables.ts'

/**
 * The signals by which a terminal or a host ends a program. bwrap's outer process handles none: one
 * Ctrl-C would end it, and the cell with it. So it starts with them ignored, and they are set back to
 * their default inside (docs/decisions/0007).
 */
const SIGNALS = 'HUP INT QUIT TERM'
/** Number of the system call keyctl: asm/unistd.h. */
const KEYCTL: Partial<Record<string, number>> = { x64: 250, arm64: 219, riscv64: 219, loong64: 219 }

/**
 * - No `--new-session`: the terminal is the session's own, and must stay its controlling one for
 *   resizing, job control and /dev/tty (facts/isolation 2.2).
 * - No `--disable-userns`: the agent's own sandbox and browsers nest one (2.1).
 * - The network is the host's: agents need their API, people their local services.
 * @param tools paths of bwrap, of an `env` that knows `--default-signal`, of perl (null: there is none)
 * @param cwd directory in which `argv` starts; visible in the cell
 */
export function bubblewrapArgv(
  facts: CellFacts,
  tools: { bwrap: string; env: string | null; perl: string | null },
  cwd: string,
  argv: readonly string[],
): string[] {
  const line = [
    tools.bwrap,
    ...namespaceArgv(facts.root),
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--proc',
    '/proc',
    ...(facts.root ? KERNEL_SETTINGS.flatMap((path) => ['--ro-bind-try', path, path]) : []),
  ]
  const sealed: string[] = []
  for (const mount of planMounts(facts)) {
    if (mount.kind === 'read-only') line.push('--ro-bind', mount.source, mount.path)
    else if (mount.kind === 'writable') line.push('--bind', mount.source, mount.path)
    else if (mount.kind === 'blank') line.push('--ro-bind', '/dev/null', mount.path)
    else {
      line.push('--perms', mount.sealed ? '0755' : '1777', '--tmpfs', mount.path)
      if (mount.sealed) sealed.push(mount.path)
    }
  }
  // Only now: the mount points below had to be made first.
  for (const path of sealed) line.push('--remount-ro', path)
  for (const name of UNSET_VARIABLES) line.push('--unsetenv', name)
  line.push('--chdir', cwd, '--')
  if (tools.env !== null) {
    line.push(tools.env, `--default-signal=${SIGNALS.replaceAll(' ', ',')}`)
    // `env` takes a first word with `=` for a variable.
    if (argv[0]?.includes('=')) line.push('/bin/sh', '-c', 'exec "$@"', 'sh')
  }
  return [...starter(tools), ...line, ...argv]
}

/**
 * What starts bwrap. Namespaces leave the kernel's session keyring shared (the person's Kerberos tickets, for
 * one): no program that every system has joins a fresh one but perl (KEYCTL_JOIN_SESSION_KEYRING).
 */
function starter({ env, perl }: { env: string | null; perl: string | null }): string[] {
  const keyctl = KEYCTL[process.arch]
  if (perl !== null && keyctl !== undefined) {
    const ignore = env === null ? '' : `$SIG{$_} = "IGNORE" for qw(${SIGNALS});`
    const keyring = `syscall(${keyctl}, 1, 0);`
    return [perl, '-e', `delete $ENV{PERL_BADLANG}; ${ignore} ${keyring} exec { $ARGV[0] } @ARGV; exit 126`]
  }
  return env === null ? [] : ['/bin/sh', '-c', `trap '' ${SIGNALS}; exec "$@"`, 'sh']
}

/** Namespaces and privileges, as the probe must try them. */
export function namespaceArgv(root: boolean): string[] {
  return [
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--cap-drop', 'ALL'],
    // Since Linux 5.12 only a holder of this may map uid 0 again, which a nested sandbox of root does.
    // It lets root give its own files capabilities, where it may set their setuid bit anyway.
    ...(root ? ['--cap-add', 'CAP_SETFCAP'] : []),
    '--die-with-parent',
  ]
}
