/** Money is told as decimal text of a currency's unit and counted in whole micro-units, a millionth of it. */

const microDigits = 6

/** The micro-units that text such as `0.03` means; undefined for what has more than six decimals, a sign or an exponent. */
export function readMoney(text: string | number): number | undefined {
  const [, whole, fraction = ''] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(String(text)) ?? []
  // At most 15 digits: exact as a number.
  return whole === undefined ? undefined : Number(whole + fraction.padEnd(microDigits, '0'))
}

/** The shortest text that means so many micro-units; sums may be larger than a number holds. */
export function formatMoney(micro: number | bigint): string {
  const digits = String(micro < 0 ? -micro : micro).padStart(microDigits + 1, '0')
  const fraction = digits.slice(-microDigits).replace(/0+$/, '')
  const whole = `${micro < 0 ? '-' : ''}${digits.slice(0, -microDigits)}`
  return fraction === '' ? whole : `${whole}.${fraction}`
}
