export interface Instruction {
  /** In capitals. */
  readonly name: string
  /** What follows, with continued lines joined and `${ARG}`s of the head filled in. */
  readonly text: string
}

export interface Stage {
  readonly image: string
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

/** Reads a Dockerfile's stages. Knows what ours uses: no heredocs, no escape directive. */
export function readDockerfile(source: string): Stage[] {
  const lines = source.split('\n').filter((line) => !/^\s*(?:#|$)/.test(line))
  const instructions = lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map(readInstruction)
  const first = instructions.findIndex(({ name }) => name === 'FROM')
  const values = new Map(instructions.slice(0, first).map(({ text }) => readArgument(text)))
  const filled = instructions.slice(first).map(({ name, text }) => ({ name, text: fill(text, values) }))
  const starts = filled.flatMap(({ name }, index) => (name === 'FROM' ? [index] : []))
  return starts.map((start, index) => readStage(filled.slice(start, starts[index + 1])))
}

function readInstruction(line: string): Instruction {
  const [, name = '', text = ''] = /^\s*(\w+)\s+(.*)$/.exec(line) ?? []
  return { name: name.toUpperCase(), text }
}

function readArgument(text: string): [string, string] {
  const [name = '', value = ''] = text.split('=', 2)
  return [name, value]
}

function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole)
}

function readStage([from, ...instructions]: readonly Instruction[]): Stage {
  const [image = '', , name] = from?.text.split(/\s+/) ?? []
  return { image, name, instructions }
}
