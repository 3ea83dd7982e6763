/**
 * System calls that no namespace and no path wall stops, as a seccomp filter (seccomp(2)). Pure.
 *
 * - Keys: the user's keyring is everyone's of this uid. Who knows its number, which /proc/keys tells, may link
 *   it into a keyring of its own and read what the person keeps there, whatever its user namespace.
 * - Leases: whoever may read a file of its own uid may take one, and every other `open` of that file, git's
 *   and the supervisor's included, then waits 45 s for it, again and again.
 *
 * Refused as if this kernel had neither.
 */

/** Audit architecture, and the numbers of add_key, request_key, keyctl; of fcntl. */
interface Calls {
  audit: number
  keys: readonly number[]
  fcntl: readonly number[]
}

const GENERIC = { keys: [217, 218, 219], fcntl: [25] }
/** asm/unistd.h, linux/audit.h. The second of each is what 32-bit programs use. */
const CALLS: Partial<Record<string, readonly Calls[]>> = {
  x64: [
    { audit: 0xc000003e, keys: [248, 249, 250], fcntl: [72] },
    { audit: 0x40000003, keys: [286, 287, 288], fcntl: [55, 221] },
  ],
  arm64: [
    { audit: 0xc00000b7, ...GENERIC },
    { audit: 0x40000028, keys: [309, 310, 311], fcntl: [55, 221] },
  ],
  riscv64: [{ audit: 0xc00000f3, ...GENERIC }],
  loong64: [{ audit: 0xc0000102, ...GENERIC }],
}
/** The same call by the x32 numbers of an x64 kernel. */
const X32 = 0x40000000
const F_SETLEASE = 1024
/** Of directories, since Linux 6.19. */
const F_SETDELEG = 1040
const ENOSYS = 38
const EINVAL = 22

/** linux/filter.h, linux/seccomp.h: operation, how far to jump if so, if not, operand. */
type Step = readonly [code: number, yes: number, no: number, operand: number]
const load = (offset: number): Step => [0x20, 0, 0, offset]
const mask = (bits: number): Step => [0x54, 0, 0, bits]
const unless = (value: number, skip: number): Step => [0x15, 0, skip, value]
const refuse = (errno: number): Step => [0x06, 0, 0, 0x00050000 | errno]
const ALLOW: Step = [0x06, 0, 0, 0x7fff0000]
/** Offsets in struct seccomp_data; both machines with two words are little-endian. */
const [NUMBER, ARCHITECTURE, COMMAND] = [0, 4, 24]

/** @returns the program as bytes; null: the numbers of this architecture are not known */
export function filterBytes(architecture: string): Buffer | null {
  const calls = CALLS[architecture]
  if (calls === undefined) return null
  const steps = [load(ARCHITECTURE)]
  for (const each of calls) {
    const block = blockOf(each)
    steps.push(unless(each.audit, block.length), ...block)
  }
  steps.push(ALLOW)
  const bytes = Buffer.alloc(steps.length * 8)
  for (const [i, [code, yes, no, operand]] of steps.entries()) {
    bytes.writeUInt16LE(code, i * 8)
    bytes.writeUInt8(yes, i * 8 + 2)
    bytes.writeUInt8(no, i * 8 + 3)
    bytes.writeUInt32LE(operand >>> 0, i * 8 + 4)
  }
  return bytes
}

/** The same as words of a command line: one, or none where there is no filter. */
export function filterWords(architecture: string): string[] {
  return [filterBytes(architecture)?.toString('hex') ?? []].flat()
}

function blockOf({ keys, fcntl }: Calls): Step[] {
  const lease = [load(COMMAND), unless(F_SETLEASE, 1), refuse(EINVAL), unless(F_SETDELEG, 1), refuse(EINVAL)]
  return [
    load(NUMBER),
    mask(~X32 >>> 0),
    ...keys.flatMap((number) => [unless(number, 1), refuse(ENOSYS)]),
    ...fcntl.flatMap((number) => [unless(number, lease.length + 1), ...lease, ALLOW]),
    ALLOW,
  ]
}
