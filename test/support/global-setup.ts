import type { TestProject } from 'vitest/node'
import { startMariadb } from './mariadb.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A MySQL or MariaDB for the whole run, whose user may create databases. */
    mysqlUrl: string
  }
}

/** Starts one throwaway MariaDB for the run, unless TEST_MYSQL_URL names a server to use instead. */
export default async function setUp({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['TEST_MYSQL_URL']
  if (given !== undefined && given !== '') {
    provide('mysqlUrl', given)
    return undefined
  }
  const mariadb = await startMariadb()
  provide('mysqlUrl', mariadb.url())
  return () => mariadb.stop()
}
