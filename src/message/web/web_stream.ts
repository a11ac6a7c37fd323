/** Chunks as a stream that asks for the next one only when it is wanted. */
export function streamOf<Chunk>(
  chunks: AsyncIterator<Chunk, void>,
  copy: (chunk: Chunk) => Chunk = (chunk) => chunk,
): ReadableStream<Chunk> {
  return new ReadableStream<Chunk>({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done) controller.close();
      else controller.enqueue(copy(next.value));
    },
    async cancel() {
      await chunks.return?.();
    },
  }, { highWaterMark: 0 });
}
