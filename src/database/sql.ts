/** For rooms that name no package themselves; values in a template become parameters, never text. */
export { sql } from 'kysely'
