/** What was asked of the key store cannot be done as it was asked; the message is for whoever asked. */
export class KeyRequestError extends Error {
  /** The field at fault as the admin API spells it. */
  readonly field: string | undefined

  constructor(message: string, field?: string) {
    super(message)
    this.name = 'KeyRequestError'
    this.field = field
  }
}
