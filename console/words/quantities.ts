/** Texts for sizes, rates and durations. Decimal units, as storage is sold and billed. */

const units = ['B', 'kB', 'MB', 'GB', 'TB']

const number = (value: number, digits: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: digits })

/** `1.7 MB` */
export const bytes = (count: number): string => {
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3))
  const value = count / 1000 ** power
  return `${number(value, value < 10 && power > 0 ? 1 : 0)} ${units[power]}`
}

/** `350 kB/s` */
export const rate = (bytesPerSecond: number): string => `${bytes(bytesPerSecond)}/s`

/** `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`; two units at most. */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const days = Math.floor(hours / 24)
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`
}

/** `3 devices`, `1 device` */
export const count = (of: number, one: string, many = `${one}s`): string =>
  `${number(of, 0)} ${of === 1 ? one : many}`
