import { fstatSync, statSync } from 'node:fs'
import { devNull } from 'node:os'
import { outputOf, type Standard } from '../log/terminal-output.ts'

/** Resolves once the text is taken, by a terminal, a file or a pipe, however long that takes; fails where it cannot be. */
export async function show(standard: Standard, text: string): Promise<void> {
  if (leadsNowhere(standard)) throw new Error('What is shown goes nowhere.')
  const output = outputOf(standard)
  const taken = Promise.withResolvers<void>()
  output.on('error', taken.reject)
  output.write(text, (thrown) => (thrown ? taken.reject(thrown) : taken.resolve()))
  await taken.promise
}

/** Node opens this also in the place of what was closed. */
function leadsNowhere({ fd }: Standard): boolean {
  const { rdev } = fstatSync(fd)
  return rdev !== 0 && rdev === statSync(devNull, { throwIfNoEntry: false })?.rdev
}
