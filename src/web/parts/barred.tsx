/** Why buttons beside it cannot be pressed on this phone. */
export function Barred({ why }: { why: string | null }) {
  return why === null ? null : <p className="soft barred">{why}</p>
}
