import type { Exchange } from '../exchange/exchange.ts'
import type { SimulatorOptions } from '../simulator-options.ts'
import { languageCodes } from '../sound/languages.ts'
import { readSound } from '../sound/read-sound.ts'
import { flag, float, misfit, oneOf, type Reader, text } from './read-field.ts'
import { badRequest, type Issue, unknownModel, VllmError, validationErrors } from './vllm-error.ts'

export interface SpeechForm {
  readonly format: 'json' | 'text' | 'verbose_json'
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly language: string
  readonly prompt: string
  readonly temperature: number
  readonly seconds: number
}

const formats = ['json', 'text', 'srt', 'verbose_json', 'vtt'] as const
/** Of sound whose length only a decoder could tell. */
const usualSeconds = 10

/** @throws VllmError in pydantic's or in vLLM's own words. */
export function readSpeechForm({ form }: Exchange, options: SimulatorOptions): SpeechForm {
  const fields = form?.fields ?? new Map<string, string>()
  const file = form?.files.find(({ field }) => field === 'file')
  if (fields.has('file')) {
    const message = "Expected 'file' to be a file-like object, not 'str'."
    throw new VllmError(422, 'Unprocessable Entity', message)
  }
  const issues: Issue[] = []
  if (file === undefined) misfit(issues, { type: 'missing', loc: ['body', 'file'], msg: 'Field required', input: null })
  const read = <T>(name: string, reader: Reader<T>) => reader(fields.get(name), ['body', name], issues)
  const model = read('model', text)
  const format = read('response_format', oneOf(...formats)) ?? 'json'
  const stream = read('stream', flag) ?? false
  const includeUsage = read('stream_include_usage', flag) ?? false
  const temperature = read('temperature', float) ?? 0
  if (issues.length > 0 || file === undefined) throw validationErrors(issues)
  if (includeUsage && !stream) {
    throw badRequest('Stream options can only be defined when `stream=True`.', 'stream_include_usage')
  }
  if (model !== null && model !== '' && model !== options.model) throw unknownModel(model)
  return {
    ...{ format: checkFormat(format, stream), stream, includeUsage, temperature },
    language: checkLanguage(fields.get('language') ?? ''),
    prompt: fields.get('prompt') ?? '',
    seconds: checkSound(file.bytes, options.audioMegabytesMax),
  }
}

function checkFormat(format: (typeof formats)[number], stream: boolean): SpeechForm['format'] {
  if (format === 'srt' || format === 'vtt') {
    throw badRequest('Currently only support response_format: `text`, `json` or `verbose_json`')
  }
  if (format === 'verbose_json' && stream) throw badRequest("verbose_json format doesn't support streaming case")
  return format
}

/** English is what it finds where it is to find out by itself. */
function checkLanguage(language: string): string {
  if (language === '') return 'en'
  if (languageCodes.includes(language)) return language
  const known = languageCodes.map((code) => `'${code}'`).join(', ')
  throw badRequest(`Unsupported language: '${language}'. Must be one of [${known}].`)
}

function checkSound(bytes: Buffer, megabytesMax: number): number {
  const megabytes = bytes.length / 2 ** 20
  if (megabytes > megabytesMax) throw badRequest('Maximum file size exceeded', 'audio_filesize_mb', megabytes)
  const sound = readSound(bytes)
  if (sound === undefined) throw badRequest('Invalid or unsupported audio file.')
  return sound.seconds ?? usualSeconds
}
