/** Why what was asked for was not done, told at once also to who does not see it; null: it was. */
export function Failed({ why }: { why: string | null }) {
  if (why === null) return null
  return (
    <p className="failed" role="alert">
      {why}
    </p>
  )
}
