/** Percentages have two decimals. As whole hundredths, their sums and shares are exact. */
export const hundredths = (percent: number): number => Math.round(percent * 100)

export const wholeInHundredths = 10_000

/** Whether `part` of `whole` is at least, or more than, this percentage. */
export const isAtLeast = (part: number, whole: number, percent: number): boolean =>
  part * wholeInHundredths >= hundredths(percent) * whole

export const isMoreThan = (part: number, whole: number, percent: number): boolean =>
  part * wholeInHundredths > hundredths(percent) * whole
