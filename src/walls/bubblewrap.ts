/** The cell as one bubblewrap command line. Pure. */
import { filterBytes } from './filter.ts'
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
/** The same everywhere. */
const CLOSE_RANGE = 436
/** And of memfd_create. */
const MEMFD: Partial<Record<string, number>> = { x64: 319, arm64: 279, riscv64: 279, loong64: 279 }

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
  tools: { bwrap: string; env: string | null; perl: string | null; filter?: boolean },
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
 * one): no program that every system has joins a fresh one but perl (KEYCTL_JOIN_SESSION_KEYRING). It also hands
 * bwrap the filter of system calls, as a file in memory.
 */
export function starter({
  env,
  perl,
  filter,
}: {
  env: string | null
  perl: string | null
  filter?: boolean
}): string[] {
  const keyctl = KEYCTL[process.arch]
  if (perl !== null && keyctl !== undefined) {
    const ignore = env === null ? '' : `$SIG{$_} = "IGNORE" for qw(${SIGNALS});`
    // Whatever a shell that started the supervisor had open: Node passes on what it was given itself.
    const close = `syscall(${CLOSE_RANGE}, 3, 0xFFFFFFFF, 0);`
    const keyring = `syscall(${keyctl}, 1, 0);`
    const walled = filter ? filterScript() : ''
    return [
      perl,
      '-e',
      `delete $ENV{PERL_BADLANG}; ${ignore} ${close} ${keyring} ${walled} exec { $ARGV[0] } @ARGV; exit 126`,
    ]
  }
  return env === null ? [] : ['/bin/sh', '-c', `trap '' ${SIGNALS}; exec "$@"`, 'sh']
}

/** Puts `--seccomp FD` behind the name of bwrap. `$^F`: the descriptor outlives exec; bwrap closes it. */
function filterScript(): string {
  const bytes = filterBytes(process.arch)
  const memfd = MEMFD[process.arch]
  if (bytes === null || memfd === undefined) return ''
  return `$^F = 255; $name = "filter"; $fd = syscall(${memfd}, $name, 0);
    $fd >= 0 and open($file, "+<&=", $fd) and defined syswrite($file, pack("H*", "${bytes.toString('hex')}"))
      and sysseek($file, 0, 0) or exit 126; splice(@ARGV, 1, 0, "--seccomp", $fd);`
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
