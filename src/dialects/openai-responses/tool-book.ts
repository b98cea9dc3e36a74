import { createToolNames } from '../tool-names.ts'

/** A tool as the caller knows it. */
interface BookedTool {
  readonly name: string
  readonly namespace: string | undefined
  /** A custom tool takes plain text; to the model it is a function with one string. */
  readonly isCustom: boolean
}

/** One request's tools under the names that the model knows them by; namespaces are only prefixes to the model. */
export interface ToolBook {
  /** The model's name for a tool of the request; a tool that is not among them is spelt the same way. */
  toModel(name: string, namespace: string | undefined): string
  /** What the model calls; a name that it made up is a function's. */
  toCaller(modelName: string): BookedTool
}

export interface WritableToolBook extends ToolBook {
  /** Resolves two tools that come out under the same name, in the order in which they are added. */
  add(tool: BookedTool): string
}

export function createToolBook(): WritableToolBook {
  const names = createToolNames()
  const byModelName = new Map<string, BookedTool>()
  const modelNames = new Map<string, string>()

  const spell = (name: string, namespace: string | undefined) =>
    names.toModel(namespace === undefined ? name : `${namespace}__${name}`)

  return {
    add(tool) {
      const known = modelNames.get(keyOf(tool.name, tool.namespace))
      if (known !== undefined) return known
      const plain = spell(tool.name, tool.namespace)
      let modelName = plain
      for (let count = 2; byModelName.has(modelName); count++) modelName = `${plain.slice(0, 60)}_${count}`
      byModelName.set(modelName, tool)
      modelNames.set(keyOf(tool.name, tool.namespace), modelName)
      return modelName
    },
    toModel: (name, namespace) => modelNames.get(keyOf(name, namespace)) ?? spell(name, namespace),
    toCaller: (modelName) => byModelName.get(modelName) ?? { name: modelName, namespace: undefined, isCustom: false },
  }
}

function keyOf(name: string, namespace: string | undefined): string {
  return JSON.stringify([namespace ?? null, name])
}
