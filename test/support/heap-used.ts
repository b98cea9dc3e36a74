import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What is in use when all that is not has been taken away, in bytes. */
export function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}
