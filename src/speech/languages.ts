/** The languages of Whisper, by ISO 639-1 where there is such a code. */
const codes =
  'af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh'

/** Whisper's own, where they are other than the names that everybody has. */
const ownNames: Readonly<Record<string, string>> = {
  bn: 'bengali',
  ht: 'haitian creole',
  jw: 'javanese',
  mi: 'maori',
  nn: 'nynorsk',
  ps: 'pashto',
  tl: 'tagalog',
  my: 'myanmar',
}

interface Names {
  readonly nameByCode: ReadonlyMap<string, string>
  readonly codeByName: ReadonlyMap<string, string>
}

let known: Names | undefined

/** Made when first asked for: to name them all takes as long as a fiftieth of the gateway's start. */
function names(): Names {
  if (known !== undefined) return known
  const english = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })
  const nameOf = (code: string) => ownNames[code] ?? english.of(code)?.toLowerCase() ?? code
  const pairs = codes.split(' ').map((code) => [code, nameOf(code)] as const)
  known = { nameByCode: new Map(pairs), codeByName: new Map(pairs.map(([code, name]) => [name, code] as const)) }
  return known
}

/** The code of a language by its code, its English name or a locale such as `pt-BR`; undefined where there is none. */
export function languageCode(written: string): string | undefined {
  const word = written.trim().toLowerCase()
  const code = word.split(/[-_]/, 1)[0] ?? ''
  if (/^[a-z]{2,3}([-_][a-z0-9]{2,8})*$/.test(word) && names().nameByCode.has(code)) return code
  return names().codeByName.get(word)
}

/** Its English name, as OpenAI tells it, whichever way the model server did. */
export function languageName(told: string): string {
  return names().nameByCode.get(told.toLowerCase()) ?? told.toLowerCase()
}
