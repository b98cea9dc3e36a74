import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const script = join(import.meta.dirname, '../../scripts/start-vllm.sh')

interface Run {
  readonly code: number
  readonly output: string
  readonly complaint: string
}

/** What the fake vLLM was given. */
interface Started {
  readonly arguments: string[]
  readonly environment: Record<string, string>
}

export interface FakeMachine {
  /** Temporary; the caller removes it. */
  readonly folder: string
  /** Where the fake programs lie, for PATH. */
  readonly programs: string
  /** Where vLLM's image has its template, on this machine; there is none as long as nobody puts it there. */
  readonly imageTemplate: string
  /** Runs start-vllm.sh where nvidia-smi lists these cards. `STATUS` sets nvidia-smi's exit code. */
  run(cards: readonly string[], environment?: Record<string, string>, ...words: string[]): Promise<Run>
  /** The last start of vLLM; throws ENOENT where there was none. */
  started(): Started
  /** The word after the last use of a flag, in the last start of vLLM. */
  valueAfter(flag: string): string | undefined
}

const nvidiaSmi = `#!/bin/sh
[ "$1" = --query-gpu=index,uuid,name ] || exit 2
printf '%b' "$CARDS"
exit "\${STATUS:-0}"
`
const vllm = `#!/bin/sh
printf '%s\\0' "$@" >"$RECORD.arguments"
env -0 >"$RECORD.environment"
`

/** A machine with cards of our choice: an `nvidia-smi` that lists them and a `vllm` that records how it was started. */
export function fakeMachine(): FakeMachine {
  const folder = mkdtempSync(join(tmpdir(), 'start-vllm-'))
  const programs = join(folder, 'bin')
  mkdirSync(programs)
  writeFileSync(join(programs, 'nvidia-smi'), nvidiaSmi, { mode: 0o755 })
  writeFileSync(join(programs, 'vllm'), vllm, { mode: 0o755 })
  const image = join(folder, 'image')
  mkdirSync(join(image, 'examples'), { recursive: true })
  const copy = join(folder, 'start-vllm.sh')
  writeFileSync(copy, readFileSync(script, 'utf8').replaceAll('/vllm-workspace/', `${image}/`), { mode: 0o755 })

  function started(): Started {
    const read = (what: string) =>
      readFileSync(join(folder, `record.${what}`), 'utf8')
        .split('\0')
        .slice(0, -1)
    const pairs = read('environment').map((pair) => pair.split(/=(.*)/s).slice(0, 2))
    return { arguments: read('arguments'), environment: Object.fromEntries(pairs) }
  }

  return {
    folder,
    programs,
    imageTemplate: join(image, 'examples/tool_chat_template_gemma4.jinja'),
    run(cards, environment = {}, ...words) {
      const lines = cards.map((line) => `${line}\\n`).join('')
      const given = { PATH: `${programs}:/usr/bin:/bin`, RECORD: join(folder, 'record'), CARDS: lines, ...environment }
      return new Promise((resolve) => {
        execFile(copy, words, { env: given, cwd: folder }, (error, output, complaint) => {
          resolve({ code: typeof error?.code === 'number' ? error.code : 0, output, complaint })
        })
      })
    },
    started,
    valueAfter(flag) {
      const words = started().arguments
      return words[words.lastIndexOf(flag) + 1]
    },
  }
}
