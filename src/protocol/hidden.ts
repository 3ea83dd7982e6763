/** Characters with which text can be made to read as something else than it is (CVE-2021-42574). Pure. */

/** Scripts in which a joiner changes what is seen (UAX 31), so that it hides nothing. */
const JOINING = 'Arab Syrc Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr'
  .split(' ')
  .map((script) => `\\p{Script=${script}}`)
  .join('')

/**
 * Each of them: controls, what turns the direction of text, and what has no look of its own (Unicode's
 * `Default_Ignorable_Code_Point`: spaces of no width, fillers, tags, variation selectors), line feed and tab
 * included. Not where it belongs to what is seen: within an emoji, and between letters that are joined.
 */
export const HIDDEN = new RegExp(
  '[\\p{Cc}\\p{Default_Ignorable_Code_Point}\\u2028\\u2029\\ufff9-\\ufffb]' +
    '(?<!\\p{Extended_Pictographic}[\\ufe0e\\ufe0f])' +
    '(?<!\\p{Extended_Pictographic}[\\ufe0f\\p{Emoji_Modifier}]?\\u200d(?=\\p{Extended_Pictographic}))' +
    `(?<![${JOINING}][\\u200c\\u200d](?=[${JOINING}]))`,
  'gu',
)

/** The same in text of many lines: line feeds and tabs are seen. */
export const HIDDEN_IN_LINES = new RegExp(`(?![\\n\\t])${HIDDEN.source}`, 'gu')

/** White space as single spaces, none of them at the ends; spaces that cannot be seen stay what they are. */
export function spaced(text: string): string {
  return text.replace(/[^\S\u2028\u2029\ufeff]+/g, ' ').replace(/^ | $/g, '')
}

/** At most `max` characters (UTF-16), with `…` where something was cut; half a character is none. */
export function clipped(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1).toWellFormed()}…` : text
}
