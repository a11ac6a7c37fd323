/** Rounds, medians and ratios: the arithmetic of the benchmarks, without a clock or a process. */

/** What one run of one client gave. */
export interface Sample {
  /** Requests or megabytes per second, or the milliseconds of a process. */
  readonly value: number;
  /** What a request (of a download, a megabyte) costs in CPU time of the client's process, in microseconds. */
  readonly cpuMicros?: number;
  /** How far memory rose above its level before the first counted run, where that was watched. */
  readonly growthMB?: number;
}

/** The samples of each client, in the order of rounds. */
export type Samples<Name extends string> = ReadonlyMap<Name, readonly Sample[]>;

/**
 * Runs every client once per round, so that whatever the machine does meets all of them. Each round begins
 * with another client.
 */
export async function interleave<Name extends string>(
  names: readonly Name[],
  rounds: number,
  runOnce: (name: Name) => Promise<Sample>,
): Promise<Samples<Name>> {
  const samples = new Map<Name, Sample[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(round + i) % names.length];
      if (name !== undefined) samples.get(name)?.push(await runOnce(name));
    }
  }
  return samples;
}

/** The middle value; of an even number, the mean of the two in the middle. `NaN` of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? NaN;
  if (sorted.length % 2 === 1) return upper;
  return ((sorted[(sorted.length >> 1) - 1] ?? NaN) + upper) / 2;
}

/** The spread of the values as a share of their median: half the range. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / 2 / median(values);
}

/** The median of a client's samples; `NaN` where there are none. */
export function medianOf<Name extends string>(samples: Samples<Name>, name: Name): number {
  return median((samples.get(name) ?? []).map(({ value }) => value));
}

/** The median CPU time of a request, in microseconds; `NaN` where it was not measured. */
export function cpuOf<Name extends string>(samples: Samples<Name>, name: Name): number {
  return median((samples.get(name) ?? []).map(({ cpuMicros }) => cpuMicros ?? NaN));
}

/** The most that a client's memory grew in any of its runs. */
export function growthOf<Name extends string>(samples: Samples<Name>, name: Name): number {
  return Math.max(...(samples.get(name) ?? []).map(({ growthMB }) => growthMB ?? NaN));
}
