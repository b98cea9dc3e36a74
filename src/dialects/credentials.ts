import type { CredentialForm } from './dialect.ts'

/** Every form is taken on every route; what differs between dialects is which one counts where several stand. */
const allForms: readonly CredentialForm[] = ['bearer', 'x-api-key', 'api-key', 'x-goog-api-key', 'query-key']

export function credentialsFrom(...first: CredentialForm[]): readonly CredentialForm[] {
  return [...new Set([...first, ...allForms])]
}
