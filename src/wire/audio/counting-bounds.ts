/** A few megabytes can hold days of silence: nobody needs to know how many. */
export const countedSecondsMax = 600

/**
 * How many pieces of a file are looked at for its length. Honest files have few before the sound, but one that is made of
 * nothing else would hold up the event loop.
 */
export const piecesMax = 1000

/** The same for pieces that hold the sound itself, of which ten minutes have fewer. */
export const soundPiecesMax = 100_000
