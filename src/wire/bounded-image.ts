import { type ImageHeader, readImageHeader } from './image-header.ts'

/** In pixels. */
export interface ImageBounds {
  readonly imageSide: number
  readonly imagePixels: number
}

/** Why bytes are no image that may be decoded, in the words for the caller. */
export interface ImageMisfit {
  readonly found: string
  readonly wanted: string
}

/** The header of an image within bounds, or what is wrong with it. */
export function readBoundedImage(
  bytes: Buffer,
  { imageSide, imagePixels }: ImageBounds,
): Pick<ImageHeader, 'format'> | ImageMisfit {
  const header = readImageHeader(bytes)
  if (header === undefined) return { found: 'bytes of another format', wanted: 'a PNG, JPEG, WebP or GIF image' }
  const { width, height } = header
  if (width <= imageSide && height <= imageSide && width * height <= imagePixels) return header
  return {
    found: `an image of ${width} by ${height} pixels`,
    wanted: `at most ${imageSide} pixels a side and ${imagePixels} in all`,
  }
}
