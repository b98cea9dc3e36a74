/** One thing that keeps the gateway from starting. No field ever holds a secret's value. */
export interface SettingsProblem {
  /** As the operator wrote it: `GATEWAY_PORT`, `services[0].places`, `--port`. */
  readonly name: string
  /** The line of the file, where it is in the file. */
  readonly line?: number
  readonly found: string
  readonly wanted: string
  /** The known name nearest to one that is unknown. */
  readonly nearest?: string
}

/** Every problem at once; the message has one a line. */
export class SettingsError extends Error {
  readonly problems: readonly SettingsProblem[]

  constructor(problems: readonly SettingsProblem[], file: string | null) {
    const distinct = withoutRepetitions(problems)
    const count = distinct.length === 1 ? 'one problem' : `${distinct.length} problems`
    const lines = file === null ? '' : ` (lines are of ${file})`
    super(
      [`The settings have ${count}${lines}:`, ...distinct.map((problem) => `  ${formatProblem(problem)}`)].join('\n'),
    )
    this.name = 'SettingsError'
    this.problems = distinct
  }
}

function withoutRepetitions(problems: readonly SettingsProblem[]): SettingsProblem[] {
  return [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()]
}

function formatProblem({ name, line, found, wanted, nearest }: SettingsProblem): string {
  const where = line === undefined ? '' : ` (line ${line})`
  const hint = nearest === undefined ? '' : `; the nearest is ${nearest}`
  return `${name}${where}: found ${found}, wanted ${wanted}${hint}`
}
