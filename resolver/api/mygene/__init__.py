"""A documented subset of the API of MyGene.info, version 3, answered by the same resolver as `/resolve`."""
