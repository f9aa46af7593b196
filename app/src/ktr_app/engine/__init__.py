"""Running a transformation: a lazy chain of row batches, in constant memory."""
