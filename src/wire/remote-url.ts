const lengthMax = 4096

/** A letter, digit, dot, hyphen or underscore, or an IPv6 address in its brackets: what is left after punycode. */
const plainHost = /^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]+\])$/

/**
 * The http(s) address of something to fetch, parsed once, or undefined where two readers could see different hosts in
 * it: backslashes, credentials, control characters, blanks, or ports that are not the web's. What is dialled and what
 * was checked are the same `URL`.
 */
export function readRemoteUrl(text: string): URL | undefined {
  if (text.length > lengthMax || hasTrickyCharacter(text) || !/^https?:\/\/[^/?#@]+(?:[/?#]|$)/i.test(text)) {
    return undefined
  }
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
  if (url.username !== '' || url.password !== '') return undefined
  if (url.port !== '' && url.port !== '80' && url.port !== '443') return undefined
  return plainHost.test(url.hostname) ? url : undefined
}

/** A backslash, a blank or a control character, which parsers trim, drop or read as a slash. */
function hasTrickyCharacter(text: string): boolean {
  return /[\s\\]|\p{Cc}/u.test(text)
}
