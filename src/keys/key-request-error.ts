/** What was asked of the key store cannot be done as it was asked; the message is for whoever asked. */
export class KeyRequestError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'KeyRequestError'
  }
}
