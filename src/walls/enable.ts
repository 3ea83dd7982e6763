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

/** Package managers by the `ID` and `ID_LIKE` of os-release, with the names of their packages. */
const INSTALL: readonly [RegExp, (name: string) => string][] = [
  [/\b(debian|ubuntu)\b/, (name) => `sudo apt install ${name === 'perl' ? 'perl-base' : name}`],
  [/\b(fedora|rhel|centos)\b/, (name) => `sudo dnf install ${name === 'perl' ? 'perl-interpreter' : name}`],
  [/\barch\b/, (name) => `sudo pacman -S ${name}`],
  [/\bsuse\b|\bopensuse/, (name) => `sudo zypper install ${name}`],
  [/\balpine\b/, (name) => `sudo apk add ${name}`],
  [/\bnixos\b/, (name) => `add pkgs.${name} to environment.systemPackages`],
]

function install(machine: MachineFacts, name: string): string {
  const ids = machine.osRelease
    .split('\n')
    .filter((line) => /^ID(_LIKE)?=/.test(line))
    .join(' ')
  return INSTALL.find(([id]) => id.test(ids))?.[1](name) ?? `install the package ${name}`
}

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
export function diagnoseBubblewrap(
  machine: MachineFacts,
  said: string | null,
): { why: string; enable: string } {
  if (said === null) return { why: 'bubblewrap is not installed.', enable: install(machine, 'bubblewrap') }
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

/** @param said what landlock.pl printed when it failed; null: there is no perl */
export function diagnoseLandlock(
  machine: MachineFacts,
  said: string | null,
): { why: string; enable: string } {
  if (said === null)
    return {
      why: 'Landlock is reached through perl, which is not installed.',
      enable: install(machine, 'perl'),
    }
  const failed = `Landlock cannot make a cell: ${said}`
  if (said.includes('Function not implemented'))
    return { why: `${failed} (it needs Linux 5.13 built with Landlock)`, enable: 'boot a newer kernel' }
  if (said.includes('Operation not supported')) {
    return {
      why: `${failed} (it is built in and not switched on)`,
      enable:
        'add landlock to the list of the boot parameter lsm= (see /sys/kernel/security/lsm), then reboot',
    }
  }
  if (said.includes('no Landlock: Operation not permitted')) {
    return {
      why: `${failed} (a container forbids its system calls)`,
      enable: 'run the container with a seccomp profile that permits landlock_create_ruleset',
    }
  }
  return { why: failed, enable: '' }
}
