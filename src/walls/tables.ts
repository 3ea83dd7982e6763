/** What a cell hides, keeps and redirects on every machine: data, each row with its reason. */

/**
 * Credentials below the home that no program of a session needs: results are fetched, and pushed, by
 * Worktrain outside the cell. Everything else of the home can be read and nothing of it written.
 * What an agent needs itself (its login) comes back through the launch plan's `readable`.
 */
export const HIDDEN_CREDENTIALS: readonly { path: string; why: string }[] = [
  { path: '.ssh', why: 'keys to other machines' },
  { path: '.gnupg', why: 'signing keys, and the sockets of their agent' },
  { path: '.aws', why: 'cloud account' },
  { path: '.azure', why: 'cloud account' },
  { path: '.config/gcloud', why: 'cloud account' },
  { path: '.kube', why: 'clusters' },
  { path: '.netrc', why: 'passwords' },
  { path: '.git-credentials', why: 'passwords' },
  { path: '.password-store', why: 'passwords' },
  { path: '.local/share/keyrings', why: 'passwords' },
  { path: '.docker/config.json', why: 'registry logins' },
  { path: '.docker/run', why: 'socket of a daemon that writes anywhere' },
  { path: '.docker/desktop', why: 'socket of a daemon that writes anywhere' },
  { path: '.Xauthority', why: 'lets a program type into the windows of the person' },
]

/**
 * Parts of /run without which a cell does not work: the rest (sockets of docker, dbus, databases) is
 * hidden. Name resolution, and the programs of NixOS.
 */
export const KEPT_RUN: readonly string[] = [
  '/run/systemd/resolve',
  '/run/resolvconf',
  '/run/NetworkManager/resolv.conf',
  '/run/netconfig',
  '/run/connman',
  '/run/current-system',
  '/run/booted-system',
  '/run/opengl-driver',
]

/**
 * Caches that tools want to write. The person's own stay read-only: some hold programs that the person
 * runs later (`_npx`), so a shared one is a way out. Each session has its own in its private temp.
 * Without the first `npm ci` fails with EROFS (ran); pip and others merely warn or refuse to start.
 */
export const PRIVATE_CACHES: readonly { variable: string; directory: string }[] = [
  { variable: 'npm_config_cache', directory: 'npm' },
  { variable: 'YARN_CACHE_FOLDER', directory: 'yarn' },
  { variable: 'COREPACK_HOME', directory: 'corepack' },
  { variable: 'BUN_INSTALL_CACHE_DIR', directory: 'bun' },
  { variable: 'DENO_DIR', directory: 'deno' },
  { variable: 'PIP_CACHE_DIR', directory: 'pip' },
  { variable: 'UV_CACHE_DIR', directory: 'uv' },
  { variable: 'GOCACHE', directory: 'go-build' },
]

/** Variables that lead to the person's desktop, agents of keys, or terminal: what they name is hidden. */
export const UNSET_VARIABLES: readonly string[] = [
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'GPG_AGENT_INFO',
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_RUNTIME_DIR',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'TMUX',
  'TMUX_PANE',
  'STY',
]

/**
 * Devices of a cell that has no /dev of its own. Not /dev/shm and not /dev/pts: what lies there is every
 * session's and the person's (`cell.writable` opens them). Its own terminal a session has besides.
 */
export const DEVICES: readonly string[] = [
  '/dev/null',
  '/dev/zero',
  '/dev/full',
  '/dev/random',
  '/dev/urandom',
  '/dev/tty',
]
