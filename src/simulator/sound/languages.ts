/** The languages that Whisper knows, each with its code. */
const written = `
  en english; zh chinese; de german; es spanish; ru russian; ko korean; fr french; ja japanese; pt portuguese; tr
  turkish; pl polish; ca catalan; nl dutch; ar arabic; sv swedish; it italian; id indonesian; hi hindi; fi
  finnish; vi vietnamese; he hebrew; uk ukrainian; el greek; ms malay; cs czech; ro romanian; da danish; hu
  hungarian; ta tamil; no norwegian; th thai; ur urdu; hr croatian; bg bulgarian; lt lithuanian; la latin; mi
  maori; ml malayalam; cy welsh; sk slovak; te telugu; fa persian; lv latvian; bn bengali; sr serbian; az
  azerbaijani; sl slovenian; kn kannada; et estonian; mk macedonian; br breton; eu basque; is icelandic; hy
  armenian; ne nepali; mn mongolian; bs bosnian; kk kazakh; sq albanian; sw swahili; gl galician; mr marathi; pa
  punjabi; si sinhala; km khmer; sn shona; yo yoruba; so somali; af afrikaans; oc occitan; ka georgian; be
  belarusian; tg tajik; sd sindhi; gu gujarati; am amharic; yi yiddish; lo lao; uz uzbek; fo faroese; ht haitian
  creole; ps pashto; tk turkmen; nn nynorsk; mt maltese; sa sanskrit; lb luxembourgish; my myanmar; bo tibetan; tl
  tagalog; mg malagasy; as assamese; tt tatar; haw hawaiian; ln lingala; ha hausa; ba bashkir; jw javanese; su
  sundanese; yue cantonese
`

const names: ReadonlyMap<string, string> = new Map(written.split(';').map(pairOf))

export const languageCodes: readonly string[] = [...names.keys()]

/** The name of a language by its code or its name; English is what is found out, undefined what nobody knows. */
export function languageName(asked: string): string | undefined {
  const language = asked.toLowerCase()
  if (language === '' || language === 'auto') return 'english'
  return names.get(language) ?? [...names.values()].find((name) => name === language)
}

export function languageCode(name: string): string {
  return [...names].find(([, known]) => known === name)?.[0] ?? 'en'
}

function pairOf(pair: string): [string, string] {
  const [code = '', ...words] = pair.trim().split(/\s+/)
  return [code, words.join(' ')]
}
