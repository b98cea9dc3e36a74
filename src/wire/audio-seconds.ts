import { readAudioHeader } from './audio-header.ts'

/** How long each piece lasts, once it has been asked: megabytes are not decoded again for every estimate of a request. */
const told = new WeakMap<object, { readonly seconds: number | undefined }>()

/** How long audio in base64 lasts; the longest that there may be where it does not tell. A piece is not to change. */
export function audioSeconds(piece: { readonly data: string }, secondsMax: number): number {
  let known = told.get(piece)
  if (known === undefined) {
    known = { seconds: readAudioHeader(Buffer.from(piece.data, 'base64'))?.seconds }
    told.set(piece, known)
  }
  return known.seconds ?? secondsMax
}
