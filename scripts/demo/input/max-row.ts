/** Characters of one row, at most: a file whose brackets or quotes are never closed is not all of memory. */
export const maxRowChars = 16_000_000;
