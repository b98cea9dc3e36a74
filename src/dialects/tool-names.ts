import { createHash } from 'node:crypto'

/** The names of one request's tools in two spellings: the caller's, which may be anything, and one that vLLM takes. */
export interface ToolNames {
  /** A name that vLLM takes is left as it is. The same name is always spelt the same, which the prefix cache lives on. */
  toModel(name: string): string
  /** The caller's own name again; what was never spelt otherwise is left as it is. */
  toCaller(name: string): string
}

const takenByModel = /^[A-Za-z0-9_-]{1,64}$/
const keptMax = 51

export function createToolNames(): ToolNames {
  const callers = new Map<string, string>()
  return {
    toModel(name) {
      if (takenByModel.test(name)) return name
      const spelt = spell(name)
      callers.set(spelt, name)
      return spelt
    },
    toCaller: (name) => callers.get(name) ?? name,
  }
}

/** The digest keeps names apart that differ only in what is replaced or cut off; together they stay below 64 characters. */
function spell(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12)
  return `${name.slice(0, keptMax).replaceAll(/[^A-Za-z0-9_-]/g, '_')}_${digest}`
}
