/**
 * Some files for a sentence, and how many more there are. Pure. A file name may hold a line break, and forge a line
 * of what it stands in: such a name is written as JSON.
 * @param most how many are named
 */
export function namedFiles(files: readonly string[], most: number): string {
  const shown = files
    .slice(0, most)
    .map((file) => (/[\u0000-\u001f]/.test(file) ? JSON.stringify(file) : file))
  return shown.join(', ') + (files.length > most ? ` and ${files.length - most} more` : '')
}
