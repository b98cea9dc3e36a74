import { randomBytes } from 'node:crypto'

/**
 * Makes ids that are unique across processes and restarts: 60 random bits a process and a count. They are short to read
 * and cost no randomness per request.
 */
export function createRequestIds(): () => string {
  const process = randomBytes(8).toString('hex').slice(0, 15)
  let count = 0
  return () => `req_${process}${(count++).toString(36).padStart(6, '0')}`
}
