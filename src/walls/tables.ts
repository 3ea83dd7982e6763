/** What a cell hides, keeps and redirects on every machine: data, each row with its reason. */

/** A reason for several paths. */
function rows(why: string, paths: readonly string[]): { path: string; why: string }[] {
  return paths.map((path) => ({ path, why }))
}

const APPLICATIONS_OF_MACOS = ['Google/Chrome', 'Firefox', 'BraveSoftware', 'Microsoft Edge', 'Slack'].map(
  (name) => `Library/Application Support/${name}`,
)

/**
 * Credentials below the home that no program of a session needs: results are fetched, and pushed, by
 * Worktrain outside the cell. Everything else of the home can be read and nothing of it written.
 * What an agent needs itself (its login) comes back through the launch plan's `readable`.
 */
export const HIDDEN_CREDENTIALS: readonly { path: string; why: string }[] = [
  ...rows('keys to other machines, and sockets of open connections', ['.ssh', '.putty', '.step']),
  ...rows('signing keys, and the sockets of their agent', ['.gnupg', '.config/sops', '.config/age', '.age']),
  ...rows('cloud account', ['.aws', '.azure', '.config/gcloud', '.oci', '.boto', '.config/doctl']),
  ...rows('cloud account', ['.config/hcloud', '.fly/config.yml', '.config/heroku', '.config/netlify']),
  ...rows('cloud account', ['.local/share/com.vercel.cli', '.wrangler', '.config/.wrangler']),
  ...rows('clusters', ['.kube']),
  ...rows('infrastructure', [
    '.vault-token',
    '.terraform.d/credentials.tfrc.json',
    '.pulumi/credentials.json',
  ]),
  ...rows('passwords', ['.netrc', '.authinfo', '.authinfo.gpg', '.pgpass', '.my.cnf', '.smbcredentials']),
  ...rows('passwords', ['.git-credentials', '.config/git/credentials', '.cache/git/credential']),
  ...rows('passwords', ['.password-store', '.local/share/keyrings', '.local/share/kwalletd']),
  ...rows('passwords', ['.config/op', '.op', '.config/Bitwarden CLI', '.config/rclone', 'Library/Keychains']),
  ...rows('account of a git server', [
    '.config/gh/hosts.yml',
    '.config/hub',
    '.config/glab-cli',
    '.config/tea',
  ]),
  // Not ~/.npmrc, ~/.config/pip and ~/.m2/settings.xml: they say which registry to use, without which installs fail.
  ...rows('the right to publish packages', ['.pypirc', '.gem/credentials', '.m2/settings-security.xml']),
  ...rows('the right to publish packages', ['.cargo/credentials', '.cargo/credentials.toml']),
  ...rows('registry logins', ['.docker/config.json', '.config/containers/auth.json']),
  ...rows('sockets of a daemon that writes anywhere', ['.docker/run', '.docker/desktop', '.lima', '.colima']),
  ...rows('sockets of a daemon that writes anywhere', ['.orbstack/run', '.rd/docker.sock']),
  ...rows('sockets of a daemon that writes anywhere', ['.local/share/containers/podman']),
  ...rows('cookies and passwords', ['.mozilla', '.thunderbird', '.config/google-chrome', '.config/chromium']),
  ...rows('cookies and passwords', ['.config/BraveSoftware', '.config/microsoft-edge', '.config/vivaldi']),
  ...rows('cookies and passwords', ['.config/opera', 'snap/firefox', 'snap/chromium', '.var/app']),
  ...rows('cookies and passwords', ['Library/Cookies', 'Library/Safari', 'Library/Thunderbird']),
  ...rows('cookies and passwords', APPLICATIONS_OF_MACOS),
  ...rows('messages, and who sends them', ['.config/Slack', '.config/discord', '.config/Signal']),
  ...rows('messages, and who sends them', [
    '.local/share/TelegramDesktop',
    'Library/Messages',
    'Library/Mail',
  ]),
  ...rows('whatever was once typed', ['.bash_history', '.zsh_history', '.local/share/fish/fish_history']),
  ...rows('whatever was once typed', ['.psql_history', '.mysql_history', '.python_history']),
  ...rows('lets a program into the desktop of the person', ['.Xauthority', '.ICEauthority']),
]

/** Below the home: what other programs of the person run by themselves. No configuration makes it writable. */
export const STARTED_OUTSIDE: readonly { path: string; why: string }[] = [
  ...rows('start-up file of a shell', [
    '.bashrc',
    '.bash_profile',
    '.bash_login',
    '.profile',
    '.config/fish',
  ]),
  ...rows('start-up file of a shell', ['.zshrc', '.zshenv', '.zprofile', '.zlogin']),
  ...rows('configuration of git', ['.gitconfig', '.config/git']),
  ...rows('started at login', ['.config/systemd', '.config/autostart', 'Library/LaunchAgents']),
  ...rows('on the PATH', ['.local/bin', 'bin', 'go/bin', '.cargo/bin', '.cargo/env']),
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

/** Sockets that others opened and work needs: builds with Nix, and names on macOS. */
export const KEPT_SOCKETS: readonly string[] = [
  '/nix/var/nix/daemon-socket/socket',
  '/private/var/run/mDNSResponder',
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

/**
 * Where whoever is uid 0, without any capability, changes the whole machine's settings: `core_pattern` names a
 * program that the kernel runs as root, outside of every cell. bubblewrap 0.8 covers some of them only
 * where the directory itself looks writable, which without capabilities it never does. What is covered also
 * keeps root from a /proc of its own in a nested sandbox, which would have all of it anew.
 */
export const KERNEL_SETTINGS: readonly string[] = [
  'sys',
  'sysrq-trigger',
  'irq',
  'bus',
  'acpi',
  'fs',
  'scsi',
  'driver',
  'mtrr',
].map((name) => `/proc/${name}`)
