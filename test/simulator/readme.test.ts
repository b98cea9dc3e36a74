import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faultNames } from '../../src/simulator/faults/fault.ts'
import { defaultOptions } from '../../src/simulator/simulator-options.ts'

const readme = readFileSync(join(import.meta.dirname, '../../src/simulator/README.md'), 'utf8')

test.each(faultNames)('the README tells what the fault %s does', (name) => {
  expect(readme).toMatch(new RegExp(`\\| .*\`${name}(?: N)?\``))
})

test.each(Object.keys(defaultOptions))('the README names the option %s', (name) => {
  expect(readme).toContain(`\`${name}\``)
})
