/** What a session does all day, besides git: each a script that exits 0 when it works. */
import { execFileSync } from 'node:child_process'

export interface Chore {
  name: string
  /** For `sh` in the workspace; it may leave files behind. */
  script: string
  /** Programs without which it cannot be tried. */
  needs: readonly string[]
}

/** Debian's own: another one first on PATH (pyenv) may come without venv, or need its own home. */
const PYTHON = '/usr/bin/python3'
/** In the terms of the kernel a browser is the hardest guest: namespaces, shared memory, sockets, many processes. */
export const BROWSE = `chromium --headless --disable-gpu --no-first-run --user-data-dir="$TMPDIR/browser"`
export const PAGE = `"data:text/html,<p id=x>no</p><script>x.textContent=6*7</script>"`
const unsandboxed = process.getuid?.() === 0 ? '--no-sandbox' : ''

export const CHORES: readonly Chore[] = [
  {
    name: 'npm packs, installs from a lock file, runs scripts and tests',
    needs: ['npm'],
    script: `mkdir -p npm/dep && cd npm
      echo '{"name":"dep","version":"1.0.0"}' > dep/package.json && (cd dep && npm pack --silent)
      echo '{"name":"x","version":"1.0.0","scripts":{"test":"node --test"},"dependencies":{"dep":"file:dep/dep-1.0.0.tgz"}}' > package.json
      echo 'require("node:test").test("x", () => { require("node:fs").mkdtempSync(require("node:os").tmpdir() + "/t-"); require.resolve("dep/package.json") })' > x.test.js
      npm install --offline --no-audit --no-fund && rm -rf node_modules && npm ci --offline --no-audit --no-fund && npm test`,
  },
  {
    name: 'a Python environment with pip, and a module run in it',
    needs: [PYTHON, 'python3-venv'],
    script: `${PYTHON} -m venv env && env/bin/python -m pip --version && echo '{"a":1}' | env/bin/python -m json.tool`,
  },
  {
    name: 'locks and shared memory of Python',
    needs: [PYTHON],
    script: `${PYTHON} -c 'import multiprocessing as m, tempfile
with m.Lock(): pass
from multiprocessing import shared_memory as s
x = s.SharedMemory(create=True, size=4096); x.close(); x.unlink(); tempfile.NamedTemporaryFile()'`,
  },
  {
    name: 'C, compiled by make',
    needs: ['gcc', 'make'],
    script: `mkdir -p c && cd c && printf '#include <stdio.h>\\nint main(void) { puts("built"); return 0; }\\n' > a.c
      printf 'a: a.c\\n\\tgcc -O2 -pipe -o $@ $<\\n' > Makefile && make -s && test "$(./a)" = built`,
  },
  {
    name: 'a page in a headless browser',
    needs: ['chromium'],
    script: `${BROWSE} ${unsandboxed} --dump-dom ${PAGE} 2> browser.log | grep -q '>42</p>' || { tail -5 browser.log; exit 1; }`,
  },
  {
    name: 'a sandbox within the cell',
    needs: ['bwrap'],
    script: `test "$(bwrap --unshare-user --unshare-pid --ro-bind / / --dev /dev --tmpfs /tmp sh -c 'echo nested; touch ./x && echo ESCAPED' 2>/dev/null)" = nested`,
  },
  {
    name: 'a tmux session',
    needs: ['tmux'],
    script: `tmux -L work -f /dev/null new-session -d 'tty > tmux.txt; echo done >> tmux.txt; sleep 20'
      n=0; until grep -q done tmux.txt 2>/dev/null; do n=$((n+1)); [ $n -lt 200 ] || exit 1; sleep 0.05; done
      tmux -L work kill-server; grep -q '^/dev/pts/' tmux.txt`,
  },
  {
    name: 'a terminal of its own',
    needs: ['script'],
    script: `script -qec 'test -t 0 && stty size && tty' /dev/null < /dev/null | grep -q /dev/pts/`,
  },
  {
    name: 'time zone, locale, names, certificates',
    needs: [],
    script: `test "$(TZ=Asia/Kolkata date -d @0 +%H:%M)" = 05:30 || test ! -d /usr/share/zoneinfo/Asia
      test "$(LC_ALL=C.UTF-8 sh -c 'printf é | wc -m')" = 1
      getent hosts localhost && getent passwd "$(id -u)" > /dev/null && cat /etc/resolv.conf > /dev/null
      test ! -e /etc/ssl/certs/ca-certificates.crt || head -c 1 /etc/ssl/certs/ca-certificates.crt > /dev/null`,
  },
  {
    name: 'a unix socket, a watched file, a pipe and a lock',
    needs: ['mkfifo', 'flock'],
    script: `mkfifo pipe && (echo through > pipe &) && test "$(cat pipe)" = through && flock lock true
      node -e 'const fs = require("fs"), net = require("net"), at = process.env.TMPDIR + "/work.sock"
        fs.writeFileSync("watched", ""); const watch = fs.watch("watched", () => { watch.close()
          const s = net.createServer((c) => c.end("hi")).listen(at, () => net.connect(at, () => s.close()).resume()) })
        fs.writeFileSync("watched", "x")'`,
  },
  {
    name: 'long paths, odd names, links and modes',
    needs: [],
    script: `d=long; for i in $(seq 12); do d=$d/$(printf 'x%.0s' $(seq 200)); done; mkdir -p "$d" && echo deep > "$d/f" && grep -q deep "$d/f"
      mkdir -p 'odd name' && echo x > "odd name/-é'\\"" && ln -s 'odd name' link && ls -la link/ > /dev/null
      printf '#!/bin/sh\\necho ran' > run && chmod 755 run && test "$(./run)" = ran && rm -rf long`,
  },
  {
    name: 'a file of 64 MB, committed, and a hook of the repository',
    needs: [],
    script: `mkdir -p hooks && printf '#!/bin/sh\\ntouch hooked' > hooks/pre-commit && chmod 755 hooks/pre-commit
      head -c 67108864 /dev/zero > big && git add big && git -c core.hooksPath=hooks commit -qm big && test -e hooked
      git rm -qf big && git commit -qm small`,
  },
]

/** What of the list is missing here; empty: it can be tried. */
export function missing({ needs }: Chore): string {
  return needs.filter((program) => !has(program)).join(', ')
}

export function has(program: string): boolean {
  const look =
    program === 'python3-venv' ? `${PYTHON} -c "import ensurepip, venv"` : `command -v ${program} > /dev/null`
  try {
    execFileSync('/bin/sh', ['-c', look], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
