/**
 * Whether a column of identifiers can hold the text: they are ASCII without spaces. MySQL and MariaDB fail, instead of
 * finding nothing, where such a column is compared with other letters, and overlook spaces at the end.
 */
export function isIdentifier(text: string): boolean {
  return /^[!-~]{1,64}$/.test(text)
}
