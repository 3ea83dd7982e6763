/** How much does a browser load before the web board is there? */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { table } from './measure.ts'

export interface WebSize {
  file: string
  /** Bytes, as served: loopback needs no compression. */
  bytes: number
  /** What it would be over a network, bytes. */
  gzipped: number
}

const BUILT = join(import.meta.dirname, '../dist/web')

/** The page of the last build, and what it names. */
export async function measureWeb(): Promise<WebSize[]> {
  const page = readFileSync(join(BUILT, 'index.html'), 'utf8')
  const named = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, path = '']) => path)
  return ['index.html', ...named].map((file) => {
    const bytes = readFileSync(join(BUILT, file))
    return { file, bytes: bytes.length, gzipped: gzipSync(bytes).length }
  })
}

export function renderWeb(sizes: WebSize[]): string {
  const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`
  return table([
    ['file', 'served', 'gzipped'],
    ...sizes.map(({ file, bytes, gzipped }) => [file, kb(bytes), kb(gzipped)]),
  ])
}
