/** An image as it is sent: no dialect takes it otherwise from everybody. */
export interface Image {
  /** The file's name, for people. */
  readonly name: string
  /** Such as `image/png`. */
  readonly mediaType: string
  readonly base64: string
}

/** What one side said. */
export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly text: string
  readonly images: readonly Image[]
}

/** All that a model is asked; the last turn is the user's. */
export interface Question {
  readonly system?: string | undefined
  readonly turns: readonly Turn[]
  /** Left to the server where it is not given. */
  readonly thinking?: boolean | undefined
  readonly tokensMax?: number | undefined
}
