import type { TestProject } from 'vitest/node'
import { startMysqlServer } from './mysql-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A MySQL or MariaDB for the whole run, whose user may create databases. */
    mysqlUrl: string
  }
}

/** Starts one throwaway MariaDB or MySQL for the run, unless TEST_MYSQL_URL names a server to use instead. */
export default async function setUp({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['TEST_MYSQL_URL']
  if (given !== undefined && given !== '') {
    provide('mysqlUrl', given)
    return undefined
  }
  const mysql = await startMysqlServer()
  provide('mysqlUrl', mysql.url())
  return () => mysql.stop()
}
