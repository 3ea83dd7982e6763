/** What a session does all day works in its cell. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeWorld, noCell, type World } from './world.ts'

let w: World
beforeAll(() => {
  w = makeWorld()
  writeFileSync(join(w.ws, 'a.txt'), 'a\n')
})
afterAll(() => w.remove())

/** In this order, in one sealed workspace. */
const GIT = `
git status
git add -A
git commit -q -m one
git log --oneline --graph --all
git diff HEAD~1
git show --stat
git blame a.txt
git grep a
echo b >> a.txt && git commit -qam two
git commit -q --amend -m two-again
git revert --no-edit HEAD
git reset -q --hard HEAD~1
git switch -q -c topic
git commit -q --allow-empty -m topic && echo c > c.txt && git add c.txt && git commit -q -m c
git switch -q worktrain/one
git cherry-pick topic
git branch -D topic
git checkout -q -b topic2 HEAD~1
echo d > d.txt && git add d.txt && git commit -q -m d
git rebase -q worktrain/one
git switch -q worktrain/one && git merge -q --no-ff -m merge topic2
echo e >> a.txt && git stash -q
git stash list
git stash pop -q
git restore a.txt
git tag v1 && git tag -a v2 -m v2
git notes add -m note
git config user.email one@example.org
git config --get user.email
git fetch -q origin
git remote add other "$OTHER_REMOTE" && git remote remove other
git branch --set-upstream-to=origin/main worktrain/one
git bisect start HEAD HEAD~3 && git bisect run true; git bisect reset
git worktree add -q /tmp/tree HEAD && git -C /tmp/tree status && git worktree remove /tmp/tree
git sparse-checkout set --no-cone '/*' && git sparse-checkout disable
git clean -fdx
git gc -q
git pack-refs --all
git reflog expire --expire=now --all
git prune
git fsck
git format-patch -q -1 -o /tmp && git rm -q c.txt && git mv a.txt b.txt && git commit -q -m moved
git archive HEAD | tar -t
git submodule status
`
  .trim()
  .split('\n')

describe.skipIf(noCell)(`in its cell${noCell}`, () => {
  test('every everyday git command works', async () => {
    const steps = GIT.map((line, i) => `{ ${line}\n} > /tmp/out 2>&1 || { echo ${i}; cat /tmp/out; exit 1; }`)
    const { stdout, code } = await w.script(steps.join('\n'), { env: { OTHER_REMOTE: w.main } })
    const failed = GIT[Number(stdout.split('\n')[0])]
    expect(code === 0 ? '' : `${failed}: ${stdout}`).toBe('')
    expect(w.git(w.main, 'fsck')).toBe('')
    // What it made can be fetched from outside.
    w.git(w.main, 'fetch', '-q', join(w.ws, '.git'), 'worktrain/one')
    expect(w.git(w.main, 'log', '-1', '--format=%s', 'FETCH_HEAD')).toBe('moved')
  })

  test('npm installs, runs scripts and tests', async () => {
    mkdirSync(join(w.ws, 'dep'))
    writeFileSync(join(w.ws, 'dep/package.json'), '{"name":"dep","version":"1.0.0"}')
    execFileSync('npm', ['pack', '--silent'], {
      cwd: join(w.ws, 'dep'),
      env: { ...w.env, npm_config_cache: join(w.temp, 'packing') },
    })
    writeFileSync(
      join(w.ws, 'package.json'),
      JSON.stringify({
        name: 'x',
        version: '1.0.0',
        scripts: { test: 'node --test' },
        dependencies: { dep: 'file:dep/dep-1.0.0.tgz' },
      }),
    )
    writeFileSync(
      join(w.ws, 'x.test.js'),
      "require('node:test').test('x', () => { require('node:fs').mkdtempSync(require('node:os').tmpdir() + '/t-') })",
    )
    const { code, stdout, stderr } = await w.script(
      'npm install --offline --no-audit --no-fund && rm -rf node_modules && npm ci --offline --no-audit --no-fund && npm test && ls node_modules',
    )
    expect(stderr).not.toContain('EROFS')
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/pass 1[^]*dep/) })
  })

  test('a program makes a sandbox of its own', async () => {
    const { stdout, stderr } = await w.script(
      'bwrap --unshare-user --ro-bind / / --dev /dev --tmpfs /tmp /bin/sh -c "echo nested; touch ./x && echo ESCAPED"',
    )
    expect(stdout, stderr).toBe('nested\n')
  })

  test('a server on loopback is reached from outside, and names are resolved', async () => {
    const { stdout } = await w.script(`"$NODE" -e '
      const s = require("http").createServer((q, r) => r.end("served")).listen(0, "127.0.0.1", async () => {
        console.log(await (await fetch("http://localhost:" + s.address().port)).text()); s.close() })'`)
    expect(stdout).toBe('served\n')
  })
})
