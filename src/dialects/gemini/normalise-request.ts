/** What callers fill as they like: names and values in it are not Google's. */
const callersOwn = new Set([
  'args',
  'response',
  'parameters',
  'parametersJsonSchema',
  'responseSchema',
  'responseJsonSchema',
  '_responseJsonSchema',
  'labels',
  'partMetadata',
])
/** Google takes a single item where a list is meant. */
const lists = new Set(['contents', 'parts', 'tools', 'functionDeclarations', 'stopSequences', 'responseModalities'])
const upperCaseEnums = new Set(['mode', 'thinkingLevel', 'responseModalities', 'taskType'])
const lowerCaseEnums = new Set(['role', 'responseMimeType'])

/**
 * A body with every field in Google's camelCase spelling, enum values in one case and lists where lists are meant. Fields
 * that are null are left out: they ask for nothing. Schemas, arguments and results stay as they are.
 */
export function normaliseRequest(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normaliseRequest)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(fields.map(([name, inner]) => normaliseField(camelCase(name), inner)))
}

function normaliseField(name: string, value: unknown): [string, unknown] {
  if (callersOwn.has(name)) return [name, value]
  const listed = lists.has(name) && !Array.isArray(value) ? [value] : value
  if (upperCaseEnums.has(name)) return [name, mapText(listed, (text) => text.toUpperCase())]
  if (lowerCaseEnums.has(name)) return [name, mapText(listed, (text) => text.toLowerCase())]
  return [name, normaliseRequest(listed)]
}

function mapText(value: unknown, change: (text: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapText(item, change))
  return typeof value === 'string' ? change(value) : value
}

/** `_responseJsonSchema` begins with an underscore in either spelling. */
export function camelCase(name: string): string {
  return name.includes('_')
    ? name.replaceAll(/(?<=[A-Za-z0-9])_([a-z0-9])/g, (_, letter) => letter.toUpperCase())
    : name
}
