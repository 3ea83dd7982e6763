import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realpathOfNew } from '../../src/platform/files.ts'
import { decideToolCall, matcherOf, type GuardPolicy, type GuardVerdict } from '../../src/protocol/guard.ts'

let root: string
let policy: GuardPolicy

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'worktrain-guard-')))
  for (const dir of ['app/src', 'app.worktrees/one/src/deep', 'app.worktrees/one-two', 'temp', 'home'])
    mkdirSync(join(root, dir), { recursive: true })
  const workspace = join(root, 'app.worktrees/one')
  writeFileSync(join(root, 'app/src/a.ts'), '')
  symlinkSync(join(root, 'app'), join(workspace, 'out'))
  symlinkSync(join(root, 'app/src/a.ts'), join(workspace, 'a-link.ts'))
  symlinkSync(join(root, 'nowhere'), join(workspace, 'dangling'))
  symlinkSync('src/deep', join(workspace, 'inner'))
  policy = {
    workspace,
    writable: [join(root, 'temp'), '/tmp'],
    avoid: ['db/**', 'secrets', '*.lock', 'src/deep/{a,b}.ts', '.github/**'],
    owns: [],
    granted: [],
    strays: 'refuse',
    kernel: null,
    branch: 'worktrain/one',
    home: join(root, 'home'),
    repositoryRoot: join(root, 'app'),
  }
  // The real system temp may itself be the root of this test: then it must not count as writable.
  if (root.startsWith('/tmp/')) policy.writable = [join(root, 'temp'), '/tmp/private']
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const decide = (
  tool: string,
  input: Record<string, unknown>,
  over: Partial<GuardPolicy> = {},
): GuardVerdict =>
  decideToolCall({ ...policy, ...over }, { tool, input, cwd: policy.workspace }, realpathOfNew)
const bash = (command: string, over: Partial<GuardPolicy> = {}) => decide('Bash', { command }, over)

describe('a file tool', () => {
  test.each([
    ['relative', 'src/new.ts'],
    ['not yet there, several levels', 'src/x/y/z.ts'],
    ['a name with dots', 'src/..hidden/...x'],
    ['through a link that stays inside', 'inner/new.ts'],
  ])('may write inside: %s', (_, path) => {
    expect(decide('Write', { file_path: join(policy.workspace, path) })).toEqual({
      allow: true,
      outsideOwned: [],
    })
    expect(decide('Edit', { file_path: path })).toEqual({ allow: true, outsideOwned: [] })
  })

  test('may not write to a checkout below something writable, but to what is writable below that', () => {
    const over = { writable: [root, join(root, 'app/cache')], protect: [join(root, 'app')] }
    expect(decide('Write', { file_path: join(root, 'elsewhere') }, over).allow).toBe(true)
    expect(decide('Write', { file_path: join(root, 'app/src/a.ts') }, over).allow).toBe(false)
    expect(decide('Write', { file_path: join(root, 'app/cache/x') }, over).allow).toBe(true)
    expect(
      decide('Write', { file_path: join(root, 'app/x') }, { ...over, writable: [join(root, 'app')] }).allow,
    ).toBe(false)
  })

  test('may write to what the policy lets it', () => {
    expect(decide('Write', { file_path: join(root, 'temp/x') }).allow).toBe(true)
  })

  test.each([
    ['absolute path of main', () => join(root, 'app/src/a.ts')],
    ['..', () => '../one-two/x'],
    ['.. in the middle', () => 'src/../../one-two/x'],
    ['a directory whose name begins like the workspace', () => `${policy.workspace}-two/x`],
    ['through a link to a directory', () => 'out/src/new.ts'],
    ['through a link to a file', () => 'a-link.ts'],
    ['through a dangling link', () => 'dangling'],
    ['home', () => '~/.bashrc'],
    ["another's home", () => '~root/.bashrc/../../../../x'],
    ['a NUL', () => 'src/a\0.ts'],
  ])('may not write outside: %s', (_, path) => {
    for (const [tool, key] of [
      ['Write', 'file_path'],
      ['Edit', 'file_path'],
      ['MultiEdit', 'file_path'],
      ['NotebookEdit', 'notebook_path'],
    ] as const) {
      expect(decide(tool, { [key]: path() }), tool).toMatchObject({ allow: false, target: path() })
    }
  })

  test('is judged by where the kernel would take a link followed by ..', () => {
    // As text `out/../src/x` is `src/x`; the kernel goes to the parent of what `out` links to.
    expect(decide('Write', { file_path: 'out/../src/x' }).allow).toBe(false)
    expect(decide('Write', { file_path: 'inner/../x' }).allow).toBe(true)
  })

  test('cannot write ~ when the home is unknown', () => {
    const { home: _, ...rest } = policy
    expect(
      decideToolCall(
        rest,
        { tool: 'Write', input: { file_path: '~/x' }, cwd: policy.workspace },
        realpathOfNew,
      ).allow,
    ).toBe(false)
  })

  test('is told the workspace, the branch and the twin of a file of the main checkout', () => {
    const verdict = decide('Write', { file_path: join(root, 'app/src/a.ts') })
    expect(verdict).toMatchObject({
      why: expect.stringContaining(policy.workspace),
      instead: expect.stringMatching(/worktrain\/one.*one\/src\/a\.ts/s),
    })
  })

  test.each(['.git', '.git/config', '.git/hooks/pre-commit', '.GIT/config', 'src/../.git/index'])(
    'leaves git alone: %s',
    (path) => {
      expect(decide('Write', { file_path: path }), path).toMatchObject({
        allow: false,
        instead: expect.stringContaining('git'),
      })
    },
  )

  test.each(['.gitignore', '.gitattributes', 'src/.git-blame-ignore', 'git/config'])(
    'may write %s',
    (path) => {
      expect(decide('Write', { file_path: path }).allow).toBe(true)
    },
  )

  test.each([
    'db/x/y.sql',
    'db/.hidden',
    'secrets',
    'secrets/key',
    'yarn.lock',
    'src/deep/a.ts',
    'inner/b.ts',
    '.github/workflows/ci.yml',
  ])('leaves what is set aside alone: %s', (path) => {
    expect(decide('Write', { file_path: path })).toMatchObject({ allow: false, target: path })
  })

  describe('outside what it owns', () => {
    const owns = { owns: ['src/deep/**', 'README.md'] }

    test('is refused, and may be allowed by the person', () => {
      expect(decide('Write', { file_path: 'src/deep/x/y.ts' }, owns)).toEqual({
        allow: true,
        outsideOwned: [],
      })
      const refused = decide('Write', { file_path: 'src/x.ts' }, owns)
      expect(refused).toMatchObject({ allow: false, target: 'src/x.ts', wanted: ['src/x.ts'] })
      expect(refused).toMatchObject({
        why: expect.stringContaining('src/deep/**, README.md'),
        instead: expect.stringMatching(/final message.*worktrain allow/s),
      })
      expect(decide('Write', { file_path: 'src/x.ts' }, { ...owns, granted: ['src/*.ts'] }).allow).toBe(true)
      expect(decide('Write', { file_path: join(root, 'temp/x') }, owns)).toEqual({
        allow: true,
        outsideOwned: [],
      })
    })

    test('is only reported where the person has it so', () => {
      const report = { ...owns, strays: 'report' as const }
      const verdict = { allow: true, outsideOwned: ['src/x.ts'] }
      expect(decide('Write', { file_path: 'src/x.ts' }, report)).toEqual(verdict)
      expect(bash('echo x > src/x.ts', report)).toEqual(verdict)
    })

    test('by every tool that plainly writes there', () => {
      for (const [tool, input] of [
        ['Edit', { file_path: 'src/x.ts' }],
        ['NotebookEdit', { notebook_path: 'src/x.ipynb' }],
        ['Bash', { command: 'echo x > src/x.ts' }],
        ['Monitor', { command: 'npm test > src/x.log' }],
        ['mcp__files__write_file', { path: 'src/x.ts' }],
        ['mcp__files__write_files', { files: [{ path: 'README.md' }, { path: 'src/x.ts' }] }],
      ] as const)
        expect(decide(tool, input, owns), tool).toMatchObject({ allow: false, wanted: [expect.any(String)] })
    })

    test('what the person allows, they allow for what is set aside as well', () => {
      expect(decide('Write', { file_path: 'db/x.sql' }).allow).toBe(false)
      expect(decide('Write', { file_path: 'db/x.sql' }, { granted: ['db/x.sql'] }).allow).toBe(true)
      expect(decide('Write', { file_path: 'db/y.sql' }, { granted: ['db/x.sql'] }).allow).toBe(false)
    })

    test('a file whose name looks like a pattern is itself', () => {
      const page = { owns: ['app/[id]/page.ts', 'lib/(shared)'] }
      expect(decide('Write', { file_path: 'app/[id]/page.ts' }, page).allow).toBe(true)
      expect(decide('Write', { file_path: 'lib/(shared)/x.ts' }, page).allow).toBe(true)
      expect(decide('Write', { file_path: 'app/[x]/page.ts' }, page).allow).toBe(false)
    })
  })

  test.each([
    ['Write', { file_path: '.claude/settings.local.json', content: '{"disableAllHooks": true}' }],
    ['Write', { file_path: '.claude/settings.json', content: '{"disable\\u0041llHooks": true}' }],
    ['Edit', { file_path: '.claude/settings.json', old_string: '{', new_string: '{"disableAllHooks":true,' }],
    ['Bash', { command: `echo '{"disableAllHooks":true}' > .claude/settings.local.json` }],
  ])('cannot switch the hooks off: %s', (tool, input) => {
    expect(decide(tool, input)).toMatchObject({
      allow: false,
      why: expect.stringContaining('disableAllHooks'),
    })
  })

  test('may change other settings', () => {
    expect(decide('Write', { file_path: '.claude/settings.json', content: '{"model":"opus"}' }).allow).toBe(
      true,
    )
    expect(decide('Write', { file_path: 'docs/x.md', content: 'about disableAllHooks' }).allow).toBe(true)
  })
})

describe('other tools', () => {
  test.each([
    'path',
    'file',
    'file_path',
    'filePath',
    'filename',
    'target',
    'destination',
    'paths',
    'output_file',
  ])('an MCP tool cannot write outside by %s', (key) => {
    const outside = join(root, 'app/src/a.ts')
    const value = key === 'paths' ? ['src/ok.ts', outside] : outside
    expect(decide('mcp__files__write_file', { [key]: value, content: 'x' })).toMatchObject({
      allow: false,
      target: outside,
    })
    expect(decide('mcp__files__searchAndReplace', { [key]: value }).allow).toBe(false)
    expect(decide('mcp__files__read_file', { [key]: value }).allow).toBe(true)
    expect(decide('mcp__files__listDirectory', { [key]: value }).allow).toBe(true)
  })

  test('an MCP tool may write inside, and names that are no path pass', () => {
    expect(decide('mcp__files__write_file', { path: 'src/x.ts' }).allow).toBe(true)
    expect(decide('mcp__files__write_file', { path: `file://${root}/app/x` }).allow).toBe(false)
    expect(
      decide('mcp__web__open', { url: 'https://example.org/a', target: 'https://example.org' }).allow,
    ).toBe(true)
    expect(decide('mcp__notes__add', { text: '/etc/passwd is a file', title: '/etc' }).allow).toBe(true)
  })

  test('subagents stay in the workspace', () => {
    expect(decide('EnterWorktree', { name: 'x' })).toMatchObject({
      allow: false,
      why: expect.stringContaining(policy.workspace),
    })
    expect(decide('Agent', { prompt: 'x', isolation: 'worktree' }).allow).toBe(false)
    expect(decide('Task', { prompt: 'x', isolation: 'worktree' }).allow).toBe(false)
    expect(decide('Agent', { prompt: 'x', subagent_type: 'Explore' }).allow).toBe(true)
  })

  test.each(['Read', 'Grep', 'Glob', 'WebFetch', 'TodoWrite', 'AskUserQuestion', 'ExitPlanMode', 'Skill'])(
    '%s passes',
    (tool) => {
      expect(decide(tool, { file_path: '/etc/passwd', path: join(root, 'app') }).allow).toBe(true)
    },
  )
})

describe('Bash', () => {
  test.each([
    'git -C MAIN commit -am x',
    'git -C MAIN reset --hard HEAD~1',
    'git -C ../../app checkout other',
    'git --git-dir=MAIN/.git update-ref refs/heads/main HEAD',
    'git --git-dir MAIN/.git config core.hooksPath /x',
    'GIT_DIR=MAIN/.git git branch -D third',
    'git --no-pager -c core.x=1 -C "MAIN" stash',
    'npm test && git -C MAIN merge worktrain/one',
    'if true; then git -C MAIN push; fi',
    'git worktree add ../sibling',
    'git worktree add -b other MAIN/../other main',
    'echo x > MAIN/src/a.ts',
    'echo x >> ../one-two/f',
    'cd src && echo x > MAIN/f',
    'cat <<EOF > MAIN/f\nhello\nEOF',
    'make 2>MAIN/log',
    'echo "x" &> "MAIN/a b"',
    'echo x > ~/.bashrc',
    'echo x > db/schema.sql',
    'echo x > out/src/new.ts',
  ])('is refused what it plainly says: %s', (command) => {
    const verdict = bash(command.replaceAll('MAIN', join(root, 'app')))
    expect(verdict).toMatchObject({ allow: false, instead: expect.stringMatching(/./) })
  })

  test.each([
    'claude -p "do it"',
    'claude --bg fix',
    'cd src && nohup ~/.local/bin/claude --worktree x &',
    'FOO=1 claude',
  ])('starts no other agent: %s', (command) => {
    expect(bash(command)).toMatchObject({ allow: false, why: expect.stringContaining('another agent') })
  })

  const ORDINARY = String.raw`
ls -la
npm ci
npm test 2>&1 | tail -20
npm run build > /dev/null 2>&1
npx vitest run src/a.test.ts --reporter=verbose
pnpm install --frozen-lockfile && pnpm -r build
node --test
node -e "const f = (x) => x > 3; console.log(f(4))"
node -e 'process.exit(1 > 0 ? 0 : 1)'
python3 -c 'print(1 > 0)' > out.txt
python3 - <<'PY'\nopen('x','w').write("> /etc/passwd")\nPY
cat > src/new.ts <<'EOF'\nexport const a = (x: number) => x >> 2 // it's > /etc/x\nEOF
git status
git add -A && git commit -m "Fix x -> y > /etc/z"
git commit -m "$(cat <<'EOF'\nDon't write > /etc/passwd (it's bad\n\ngit -C /etc commit\nEOF\n)"
git commit -m 'git -C MAIN reset --hard'
git -C src log --oneline
git -C . commit -am x
git -C "$(git rev-parse --show-toplevel)" add -A
git -C MAIN log --oneline -5
git -C MAIN status
git -C MAIN diff HEAD~1
git -C MAIN show HEAD:src/a.ts
git -C MAIN branch
git -C MAIN branch -a
git -C MAIN config --get user.name
git -C MAIN remote -v
git -C MAIN worktree list
git --git-dir=.git --work-tree=. status
git --no-pager log --format='%h > %s' -n 3
git stash && git rebase main && git stash pop
git fetch origin && git merge origin/main
git worktree list
git worktree add /tmp/private/check HEAD
git config user.name "A > B"
git diff main...HEAD > /tmp/private/d.patch
git log --since="2 weeks ago" | grep -v '>' | sort | uniq -c
cd src && ls && cd ..
cd MAIN && git log -1
(cd src && npm test > ../log.txt)
cd .. && echo x > f
find . -name '*.ts' -not -path './node_modules/*' -exec grep -l foo {} +
grep -rn "disableAllHooks" .claude/settings.json
grep -E '(a|b)>c' src/*.ts | head
sed -i 's/a > b/c > d/' src/a.ts
awk '$1 > 3 { print > "/dev/stderr" }' data.txt
for i in 1 2 3; do echo $i >> log.txt; done
for ((i=0; i<10; i++)); do echo $i; done
while read -r line; do echo "$line"; done < input.txt
if [ -f a ] && [[ $x > /etc ]]; then echo yes; fi
[[ a > /b ]] || true
(( x > 3 )) && echo big
test -d out || mkdir -p build/x
diff <(sort a) <(sort b)
tee >(gzip > x.gz) < a
echo "$HOME" > "$OUT"
echo x > $TMPDIR/y
eval "$(ssh-agent -s)"
eval 'echo hi'
export A=1; echo $A
docker compose up -d && docker exec app sh -c 'echo x > /etc/app.conf'
docker run --rm alpine sh -c "echo hi > /data/x"
ssh host 'echo x > /etc/y'
curl -s http://localhost:3000/ -o page.html
curl -s https://example.org >/dev/null
kill %1 2>/dev/null || true
nohup npm run dev > /tmp/private/dev.log 2>&1 &
cat /etc/os-release ~/.gitconfig
cp /usr/share/x ./x
rm -rf node_modules dist
chmod +x scripts/run.sh
tar czf ../x.tgz .
make -C src all
printf '%s\n' "a > b"
psql -c "select 1 where a > 3"
echo 'unclosed
echo $'a\'b' > x
echo \> /etc/passwd
# git -C MAIN reset --hard
echo done # > /etc/x
case $x in a) echo a > a.txt;; *) echo b;; esac
f() { echo x > out.txt; }; f
time npm test
FOO=bar BAZ='a > b' npm run x
jq '.a > 3' < package.json
claude --version
claude mcp list
grep -rn claude README.md
echo claude
git commit -m 'claude -p'
`
    .trim()
    .split('\n')

  test.each(ORDINARY)('is not refused: %s', (line) => {
    const command = line.replaceAll('\\n', '\n').replaceAll('MAIN', join(root, 'app'))
    expect(bash(command)).toEqual({ allow: true, outsideOwned: [] })
  })
})

describe('globs', () => {
  test.each([
    [['**'], 'a/b/.c', true],
    [['*.ts'], 'a.ts', true],
    [['*.ts'], 'src/a.ts', false],
    [['**/*.ts'], 'a.ts', true],
    [['src/*'], 'src/a/b', false],
    [['src/'], 'src/a/b', true],
    [['./src'], 'src/a', true],
    [['src'], 'srcs/a', false],
    [['a?c'], 'abc', true],
    [['[ab].md'], 'b.md', true],
    [['{a,b}/**'], 'b/x/y', true],
    [['!a'], 'b', true],
    [['db/**'], 'db/a\nb', true],
    [['db/*.ts'], 'db/a\r\u2028b.ts', true],
    [['db/*'], 'db\n/a', false],
    [[], 'a', false],
  ])('%j on %s: %s', (globs, path, expected) => {
    expect(matcherOf(globs)(path)).toBe(expected)
  })
})
