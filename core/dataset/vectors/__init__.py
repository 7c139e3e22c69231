"""Files of vectors that an encoder made elsewhere: read in blocks, fitted to an audit's images, checked row by row."""
