/** Values as Python writes them, for the places where vLLM's texts are Python's. */

/** `str(float)`: `3` is `3.0`, infinity is `inf`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const text = String(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

/** `repr(value)`, as pydantic's errors quote what they were given. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return reprText(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : pythonFloat(value)
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  const entries = Object.entries(value).map(([key, inner]) => `${reprText(key)}: ${pythonRepr(inner)}`)
  return `{${entries.join(', ')}}`
}

/** `repr` of a tuple of names and positions, such as where an error lies. */
export function pythonTuple(items: readonly (string | number)[]): string {
  return items.length === 1 ? `(${pythonRepr(items[0])},)` : `(${items.map(pythonRepr).join(', ')})`
}

/** `json.dumps(value, ensure_ascii=False)`, which puts a space after every comma and colon. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${pythonJson(inner)}`)
  return `{${entries.join(', ')}}`
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function reprText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(/[\\\n\r\t]/g, (character) => escapes[character] ?? character)
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`
}
