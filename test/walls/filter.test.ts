import { expect, test } from 'vitest'
import { filterBytes } from '../../src/walls/filter.ts'

const [ALLOW, ENOSYS, EINVAL] = [0x7fff0000, 0x50000 | 38, 0x50000 | 22]

/** What the kernel would answer: the few operations of classic BPF that the filter is made of. */
function verdict(program: Buffer, architecture: number, number: number, command = 0): number {
  const data = new Map([
    [0, number],
    [4, architecture],
    [24, command],
  ])
  let a = 0
  for (let at = 0; ; at += 8) {
    const operand = program.readUInt32LE(at + 4)
    const code = program.readUInt16LE(at)
    if (code === 0x20) a = data.get(operand) ?? Number.NaN
    else if (code === 0x54) a = (a & operand) >>> 0
    else if (code === 0x15) at += 8 * program.readUInt8(at + (a === operand ? 2 : 3))
    else if (code === 0x06) return operand
    else throw new Error(`unknown operation ${code}`)
  }
}

test.each([
  ['x64', 0xc000003e, 250, 72],
  ['x64', 0xc000003e, 250 + 0x40000000, 72 + 0x40000000],
  ['x64', 0x40000003, 288, 221],
  ['arm64', 0xc00000b7, 219, 25],
  ['arm64', 0x40000028, 311, 55],
  ['riscv64', 0xc00000f3, 217, 25],
  ['loong64', 0xc0000102, 218, 25],
])('on %s (%i) keys and leases are refused, and nothing else', (name, architecture, key, fcntl) => {
  const program = filterBytes(name) ?? Buffer.alloc(0)
  expect(verdict(program, architecture, key)).toBe(ENOSYS)
  expect(verdict(program, architecture, fcntl, 1024)).toBe(EINVAL)
  expect(verdict(program, architecture, fcntl, 6)).toBe(ALLOW)
  expect(verdict(program, architecture, 1)).toBe(ALLOW)
})

test('an architecture whose numbers are not known has no filter', () => {
  expect(filterBytes('s390x')).toBeNull()
})
