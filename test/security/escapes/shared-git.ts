/** Attacks on what a repository and its worktrees share. */
import { spawnSync } from 'node:child_process'
import { changed, exists, moved, type Vector } from './vector.ts'

export const SHARED_GIT: readonly Vector[] = [
  {
    id: 'W3',
    name: 'branch of main by git --git-dir',
    script: 'git --git-dir=$MAIN/.git --work-tree=. update-ref refs/heads/third main',
    open: { 'direct landlock linked': 'linked branches' },
    escaped: moved('third'),
    hooks: 'stopped',
  },
  {
    id: 'W4',
    name: 'alternates of main',
    script: 'd=$MAIN/.git/objects/info; mkdir -p $d; echo /x > $d/alternates',
    escaped: exists('$MAIN/.git/objects/info/alternates'),
    open: { 'landlock linked': 'linked objects' },
  },
  {
    id: 'W5',
    name: 'commondir of main',
    script: 'd=$MAIN/.git; echo /x > $d/commondir',
    escaped: exists('$MAIN/.git/commondir'),
    open: { 'bubblewrap linked': 'linked commondir' },
  },
  {
    id: 'W6',
    name: 'refs of main moved aside',
    script: 'd=$MAIN/.git; mv $d/refs $d/r',
    escaped: exists('$MAIN/.git/r'),
  },
  {
    id: 'W7',
    name: 'index of main',
    script: 'd=$MAIN/.git; rm -f $d/index',
    escaped: changed('$MAIN/.git/index'),
  },
  {
    id: 'W8',
    name: 'packed refs of main',
    script: 'd=$MAIN/.git; echo "$(git rev-parse HEAD) refs/heads/evil" >> $d/packed-refs',
    escaped: moved('evil'),
    open: { 'bubblewrap linked': 'linked packed', 'landlock linked': 'linked packed' },
  },
  {
    id: 'W52',
    name: 'worktree entry that makes git in main wait',
    script: 'd=$(git rev-parse --git-dir); rm "$d/HEAD"; mkfifo "$d/HEAD"',
    escaped: ({ places }) =>
      spawnSync('git', ['-C', places.main, 'branch', '--all'], { env: places.env, timeout: 1500 }).status !==
      0,
    hooks: 'stopped if sealed',
    open: { linked: 'linked entry' },
  },
  {
    id: 'W53',
    name: 'branch that was made after the start',
    script: 'd=$MAIN/.git/refs/heads; git commit -q --allow-empty -m evil; git rev-parse HEAD > $d/fourth',
    escaped: moved('fourth'),
    open: { linked: 'linked anew' },
  },
]
