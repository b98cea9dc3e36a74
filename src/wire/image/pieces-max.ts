/** Honest images have few pieces before the picture; one that is made of nothing else would hold up the event loop. */
export const piecesMax = 1000
