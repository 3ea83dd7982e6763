/** Why this machine has no cell, and the step that would give it one. Pure. */

export interface MachineFacts {
  platform: string
  /** Content of /etc/os-release; empty: none. */
  osRelease: string
  apparmorRestricts: boolean
  /** Content of the Debian sysctl `kernel.unprivileged_userns_clone`; empty: it does not exist. */
  usernsClone: string
  maxUserNamespaces: string
}

/** Package manager by the `ID` and `ID_LIKE` of os-release. */
const INSTALL: readonly [RegExp, string][] = [
  [/\b(debian|ubuntu)\b/, 'sudo apt install bubblewrap'],
  [/\b(fedora|rhel|centos)\b/, 'sudo dnf install bubblewrap'],
  [/\barch\b/, 'sudo pacman -S bubblewrap'],
  [/\bsuse\b|\bopensuse/, 'sudo zypper install bubblewrap'],
  [/\balpine\b/, 'sudo apk add bubblewrap'],
  [/\bnixos\b/, 'add pkgs.bubblewrap to environment.systemPackages'],
]

/** Ubuntu 24.04 forbids user namespaces to programs without a profile (facts/isolation 2.4). */
const APPARMOR_STEP = `sudo tee /etc/apparmor.d/bwrap <<'END' && sudo systemctl reload apparmor
abi <abi/4.0>,
include <tunables/global>
profile bwrap /usr/bin/bwrap flags=(unconfined) {
  userns,
  include if exists <local/bwrap>
}
END`

/** @param said what bwrap printed when it failed; null: there is no bwrap */
export function diagnose(machine: MachineFacts, said: string | null): { why: string; enable: string } {
  if (machine.platform !== 'linux') {
    return {
      why: `Kernel walls are built with bubblewrap, which ${machine.platform} does not have.`,
      enable: '',
    }
  }
  if (said === null) {
    const ids = machine.osRelease
      .split('\n')
      .filter((line) => /^ID(_LIKE)?=/.test(line))
      .join(' ')
    const step = INSTALL.find(([id]) => id.test(ids))?.[1] ?? 'install the package bubblewrap'
    return { why: 'bubblewrap is not installed.', enable: step }
  }
  const failed = `bubblewrap cannot make a cell: ${said}`
  if (machine.maxUserNamespaces === '0') {
    return {
      why: `${failed} (user namespaces are limited to none)`,
      enable: 'sudo sysctl -w user.max_user_namespaces=15000',
    }
  }
  if (machine.usernsClone === '0') {
    return {
      why: `${failed} (user namespaces are off)`,
      enable: 'sudo sysctl -w kernel.unprivileged_userns_clone=1',
    }
  }
  if (machine.apparmorRestricts)
    return { why: `${failed} (AppArmor restricts user namespaces)`, enable: APPARMOR_STEP }
  return {
    why: `${failed} (a container or a security policy forbids user namespaces)`,
    enable:
      'allow user namespaces to this user; in a container, run it with a seccomp profile that permits unshare and mount',
  }
}
