/** For rooms that name no package themselves; values in a template become parameters, never text. */
export { CompiledQuery, sql, type Transaction } from 'kysely'
