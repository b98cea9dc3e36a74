import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faultNames } from '../../src/simulator/faults/fault.ts'
import { defaultLlamaOptions } from '../../src/simulator/llama/llama-options.ts'
import { defaultOptions } from '../../src/simulator/simulator-options.ts'
import { defaultWhisperOptions } from '../../src/simulator/whisper/whisper-options.ts'

const readme = readFileSync(join(import.meta.dirname, '../../src/simulator/README.md'), 'utf8')

test.each(faultNames)('the README tells what the fault %s does', (name) => {
  expect(readme).toMatch(new RegExp(`\\| .*\`${name}(?: N)?\``))
})

const options = Object.keys({ ...defaultOptions, ...defaultLlamaOptions, ...defaultWhisperOptions })

test.each(options)('the README names the option %s', (name) => {
  expect(readme).toContain(`\`${name}\``)
})
