/** What went wrong, in a sentence for the person who asked. */
export class ClientError extends Error {}
