import { homedir } from 'node:os'
import { join } from 'node:path'

/** What a shell does to a file's name, for names that no shell has seen: quotes go, `~/` is the home. */
export function expandHome(typed: string): string {
  const name = /^(["'])(.*)\1$/.exec(typed)?.[2] ?? typed
  return name.startsWith('~/') ? join(homedir(), name.slice(2)) : name
}
