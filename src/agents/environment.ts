/** The environment an agent starts with: the person's own, without what belongs to the terminal they sit at. */

/** Set by a terminal, an editor or a multiplexer for what runs in it; the session's pty is another terminal. */
const OF_THE_TERMINAL =
  /^(TMUX|STY$|WINDOW$|TERM_|TERMCAP$|COLUMNS$|LINES$|VSCODE_|KITTY_|WEZTERM_|ITERM_|LC_TERMINAL|ALACRITTY_|GHOSTTY_|KONSOLE_|ZELLIJ|VTE_VERSION$|WT_|WINDOWID$|SSH_TTY$|GPG_TTY$|NVIM|CURSOR_TRACE_ID$)/

/** Ours, and of the shell that started us. */
const OURS = /^(WORKTRAIN_|OLDPWD$|PWD$|SHLVL$|_$)/

/** @param drop says which further variables are left out */
export function agentEnvironment(
  env: Record<string, string | undefined>,
  drop: (name: string) => boolean,
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || OURS.test(name) || OF_THE_TERMINAL.test(name) || drop(name)) continue
    kept[name] = value
  }
  return { ...kept, TERM: 'xterm-256color', COLORTERM: 'truecolor' }
}
